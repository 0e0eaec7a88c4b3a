/// One compound on several proteins: where a model that ignores the pocket is blind by construction.
#pragma once

#include "workflows/labelled_data.hpp"

#include "keyway/workflows/evaluate.hpp"

#include <optional>

namespace keyway::workflows {

/// Over the usable rows of `result.table`; empty where no compound has values on two proteins.
std::optional<Selectivity> measure_selectivity(const EvaluateOptions& options, LabelledData& data,
                                               const EvaluateResult& result,
                                               const std::vector<std::size_t>& used);

}  // namespace keyway::workflows

/// What a few measured compounds of a series are worth: the table of `evaluate --known`.
#pragma once

#include "workflows/labelled_data.hpp"

#include "keyway/workflows/evaluate.hpp"

#include <cstddef>
#include <map>
#include <string>
#include <vector>

namespace keyway::workflows {

/// For each count: `options.known_draws` random choices of known compounds from every group that leaves at
/// least `min_group` rows to rank, the same choices for every method. `groups` holds positions in
/// `result.table`.
std::vector<KnownStudy> study_known(const EvaluateOptions& options, LabelledData& data,
                                    const EvaluateResult& result,
                                    const std::map<std::string, std::vector<std::size_t>>& groups);

}  // namespace keyway::workflows

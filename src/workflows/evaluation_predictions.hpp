/// Every prediction that an evaluation compares: the model's, its pocket controls, and the baselines without
/// network.
#pragma once

#include "workflows/baselines.hpp"
#include "workflows/labelled_data.hpp"

#include "keyway/workflows/evaluate.hpp"

#include <optional>

namespace keyway::workflows {

/// Fills `pk_pred`, `pk_sd`, pocket_blanked and pocket_swapped of every row of `result.table`, which stands
/// in the order of `data.rows`. The result does not depend on the number of threads. Throws
/// Error(interrupted).
void predict_with_network(const EvaluateOptions& options, const model::Predictor& predictor,
                          LabelledData& data, const Context& context, EvaluateResult& result);

/// Fills heavy_atoms and, with training data, nearest_neighbour and target_mean. Returns the pK scale of
/// heavy_atoms.
std::optional<HeavyAtomLine> predict_without_network(const EvaluateOptions& options, LabelledData& data,
                                                     const Context& context, EvaluateResult& result);

}  // namespace keyway::workflows

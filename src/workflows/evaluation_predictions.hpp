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

/// Empty without `options.training_data`.
std::optional<TrainingReference> read_training_reference(const EvaluateOptions& options,
                                                         const LabelledData& data, const Context& context);

/// Fills heavy_atoms and, where there is a reference, nearest_neighbour and target_mean.
void predict_without_network(const EvaluateOptions& options, const TrainingReference* reference,
                             LabelledData& data, EvaluateResult& result);

}  // namespace keyway::workflows

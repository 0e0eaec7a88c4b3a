/// What a finished run's run.json says, read back.
#pragma once

#include "workflows/training_plan.hpp"

#include "keyway/workflows/train.hpp"

namespace keyway::workflows {

/// The name of the best validation in run.json.
const char* best_validation_key(const TrainOptions& options);
/// Throws Error(incompatible) for a file that cannot be understood.
TrainSummary summary_of_finished_run(const TrainingFiles& files, const TrainOptions& options);

}  // namespace keyway::workflows

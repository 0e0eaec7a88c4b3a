/// One finetuning, from the model's weights to the last step, looked at along the way.
#pragma once

#include "keyway/model/network.hpp"
#include "keyway/workflows/finetune.hpp"

#include <memory>
#include <vector>

namespace keyway::workflows {

using Compounds = std::vector<const KnownCompound*>;

struct CourseInput {
    const PocketGraph& pocket;
    Compounds known, held_out;
    std::uint64_t seed = 0;
    int steps = 0;
};

/// Predictions after 0, check_every, 2 check_every, ... steps, in the order of the compounds, and the trainer
/// as it is after the last step.
struct FinetuneCourse {
    std::vector<std::vector<model::Prediction>> known, held_out;
    std::unique_ptr<model::Trainer> trainer;
};

/// Depends on its arguments alone.
FinetuneCourse run_course(const CourseInput& input, const FinetuneOptions& options,
                          const model::Network& network);

/// Predictions of `held_out` by the process on the residuals of `known`, given both predictions.
std::vector<model::Prediction> with_process(const CourseInput& input,
                                            const std::vector<model::Prediction>& known,
                                            const std::vector<model::Prediction>& held_out);

}  // namespace keyway::workflows

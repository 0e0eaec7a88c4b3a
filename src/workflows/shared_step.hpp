/// One optimiser step whose batches are shared out over ranks.
#pragma once

#include "workflows/batch_sampler.hpp"

#include "keyway/core/context.hpp"
#include "keyway/model/network.hpp"
#include "keyway/parallel/gpu_sum.hpp"
#include "keyway/parallel/ranks.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace keyway::workflows {

/// A batch as all ranks draw it, whoever works on it.
struct DrawnBatch {
    BatchSampler::Batch content;
    std::uint64_t seed = 0;  ///< of noise, mirroring and dropout
};

/// `count` batches of one step. Depends on the state of `random` alone.
std::vector<DrawnBatch> draw_batches(const BatchSampler& sampler, int count, Random& random);

struct SharedStep {
    model::StepResult result;  ///< means over the batches; the same on every rank
    std::size_t rows = 0;      ///< of all batches
    std::string first_pocket;  ///< of the first batch that is not finite, else of the first one
    bool stop = false;         ///< some rank was asked to stop
};

/// What a rank brings along.
struct StepShare {
    model::Trainer& trainer;
    parallel::Ranks& ranks;
    parallel::GpuSum* gpu_sum;  ///< of gradients on GPUs; null: through main memory
    const StopFlag& stop;
    std::function<model::TrainBatch(const BatchSampler::Batch&)> batch_of;
};

/// Rank r adds the gradients of batches r, r + size, ...; then the losses are exchanged (one text) and, if
/// all are finite, the gradients are summed (one all-reduce of the flat arena) and every rank takes the same
/// step. A batch's loss, augmentation and dropout are its own, so the number of ranks changes nothing but the
/// order in which floats are added. Throws everywhere what one rank throws.
SharedStep shared_step(const StepShare& share, const std::vector<DrawnBatch>& batches, double learning_rate);

}  // namespace keyway::workflows

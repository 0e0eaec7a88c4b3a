/// Trainer on top of an AffinityModel: what one optimisation step is.
#pragma once

#include "model/devices.hpp"

#include <memory>

namespace keyway::model {

struct TrainerSetup {
    ModelConfig config;
    OptimiserOptions options;
    std::uint64_t seed = 0;
    at::Device device = at::kCPU;
};

/// `threads` must outlive the trainer.
std::unique_ptr<Trainer> make_torch_trainer(const TrainerSetup& setup, const IntraOpThreads& threads);

}  // namespace keyway::model

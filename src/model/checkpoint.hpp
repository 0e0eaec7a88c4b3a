/// A training run frozen in a file: the arenas, the optimiser, the random state and the caller's own text.
#pragma once

#include "model/affinity_model.hpp"
#include "model/optimiser.hpp"

#include "keyway/core/random.hpp"

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace keyway::model {

/// The parts of a trainer, borrowed.
struct TrainingState {
    const AffinityModel& model;
    const AffinityModel& average;
    Optimiser& optimiser;
    Random& random;
    /// Arrays besides those of network and optimiser, by name; written in place to restore.
    std::vector<std::pair<const char*, at::Tensor>> further{};
};

/// Safetensors with checksums, written atomically. Throws Error(failure) if anything is not finite.
void write_checkpoint(const std::filesystem::path& path, const TrainingState& state,
                      const std::string& caller_state);

/// Fills the state and returns the caller's text. Throws Error(incompatible), leaving the state as it was,
/// for a damaged file, another configuration or another version's parameters.
std::string read_checkpoint(const std::filesystem::path& path, const TrainingState& state);

}  // namespace keyway::model

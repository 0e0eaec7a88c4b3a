/// Weights between the parameter arena and a safetensors file, with passport and golden scores.
#pragma once

#include "model/affinity_model.hpp"
#include "model/golden.hpp"
#include "model/safetensors.hpp"

#include "keyway/nn/parameters.hpp"

#include <filesystem>
#include <memory>
#include <vector>

namespace keyway::model {

/// Names, types and shapes of the arena's entries.
std::vector<TensorSpec> tensor_specs(const nn::Parameters& parameters);

/// The scores of the golden set, with pocket and blanked, computed like any prediction.
std::vector<Prediction> compute_golden(const AffinityModel& model);

/// Writes weights, passport and golden scores (computed on the CPU). Sets the passport's config, versions and
/// checksum. Throws Error(failure) for weights or scores that are not finite.
void save_model(const AffinityModel& model, Passport passport, const std::filesystem::path& path);

struct LoadedModel {
    std::unique_ptr<AffinityModel> model;
    Passport passport;
    std::vector<Prediction> golden;  ///< as `compute_golden` gave them here
};

/// Throws Error(input) for a missing file, Error(incompatible) for anything that does not fit.
LoadedModel load_model(const std::filesystem::path& path, at::Device device);

}  // namespace keyway::model

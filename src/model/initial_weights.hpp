/// Training that does not start from random numbers: weights of a model, parts held fixed, a pull back.
#pragma once

#include "keyway/model/network.hpp"
#include "keyway/nn/parameters.hpp"

#include <ATen/core/Tensor.h>

#include <filesystem>
#include <string>

namespace keyway::model {

/// Copies every tensor that file and network share; throws like `Trainer::load_weights`.
StartingWeights fill_from_weights(const nn::Parameters& parameters, const std::filesystem::path& path);

/// Keeps gradients for the parameters that `names` allows (see `OptimiserOptions::trainable`) and switches
/// them off for the others. Throws Error(usage) for a name that fits nothing. Returns `parameters`.
const nn::Parameters& only(const nn::Parameters& parameters, const std::string& names);

/// Adds weight * (values - start) to the gradients of what is trained.
void pull_towards(const at::Tensor& start, const nn::Parameters& parameters, double weight);

}  // namespace keyway::model

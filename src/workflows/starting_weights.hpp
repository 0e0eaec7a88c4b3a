/// `--init`: a training that starts from a model's weights.
#pragma once

#include "keyway/core/context.hpp"
#include "keyway/core/pocket_definition.hpp"
#include "keyway/model/network.hpp"

#include <string>

namespace keyway::workflows {

/// To be asked before anything is written. Throws Error(incompatible) where the model's pockets were cut in
/// another way than the data's, and like `model::read_passport`.
void check_starting_weights(const std::string& name_or_path, const PocketDefinition& data);

/// Loads them and says which tensors are taken, new and unused. Throws like `Trainer::load_weights`.
void start_from(const std::string& name_or_path, model::Trainer& trainer, LogSink& log);

}  // namespace keyway::workflows

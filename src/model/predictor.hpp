/// Predictor on top of an AffinityModel.
#pragma once

#include "model/devices.hpp"
#include "model/weights.hpp"

#include <memory>

namespace keyway::model {

/// Throws Error(usage) where the precision cannot be had. `threads` must outlive the predictor.
std::unique_ptr<Predictor> make_predictor(LoadedModel loaded, Precision precision,
                                          const IntraOpThreads& threads);

}  // namespace keyway::model

/// The Network that LibTorch computes. The program reaches it through the door; tests link it.
#pragma once

#include "keyway/model/network.hpp"

namespace keyway::model {

const Network& torch_network();

}  // namespace keyway::model

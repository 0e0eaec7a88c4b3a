/// Entry of libkeyway_network.so: what the door (door.cpp) looks for.
#include "model/network_abi.hpp"
#include "model/torch_network.hpp"

extern "C" {
__attribute__((visibility("default"))) extern const std::uint32_t keyway_network_abi;
const std::uint32_t keyway_network_abi = keyway::model::kNetworkAbi;

__attribute__((visibility("default"))) const keyway::model::Network* keyway_network_open() {
    return &keyway::model::torch_network();
}
}

/// The fake network as a library that the program opens through $KEYWAY_NETWORK_LIBRARY.
#include "support/fake_network.hpp"

#include "model/network_abi.hpp"

extern "C" {
extern const std::uint32_t keyway_network_abi;
const std::uint32_t keyway_network_abi = keyway::model::kNetworkAbi;

const keyway::model::Network* keyway_network_open() {
    static const keyway::testing::FakeNetwork network;
    return &network;
}
}

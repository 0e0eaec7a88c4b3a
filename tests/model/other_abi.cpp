/// A network library from another keyway, as far as the door can see.
#include <cstdint>

extern "C" {
extern const std::uint32_t keyway_network_abi;
const std::uint32_t keyway_network_abi = 0;
const void* keyway_network_open() { return nullptr; }
}

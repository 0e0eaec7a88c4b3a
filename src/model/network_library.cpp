/// Entry of libkeyway_network.so: what the door (door.cpp) looks for.
#include "model/network_abi.hpp"
#include "model/torch_network.hpp"

#include <malloc.h>

namespace {

/// LibTorch takes and returns the same large buffers at every step. glibc would hand each of them back to the
/// kernel, which then clears every page anew: half the time of encoding a pocket. Freed memory is kept
/// instead.
void keep_freed_memory() {
#ifdef __GLIBC__
    mallopt(M_MMAP_THRESHOLD, 1 << 30);
    mallopt(M_TRIM_THRESHOLD, 0x7fffffff);
    mallopt(M_TOP_PAD, 64 << 20);
#endif
}

}  // namespace

extern "C" {
__attribute__((visibility("default"))) extern const std::uint32_t keyway_network_abi;
const std::uint32_t keyway_network_abi = keyway::model::kNetworkAbi;

__attribute__((visibility("default"))) const keyway::model::Network* keyway_network_open() {
    keep_freed_memory();
    return &keyway::model::torch_network();
}
}

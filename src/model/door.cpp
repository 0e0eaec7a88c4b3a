/// The door to LibTorch: opens libkeyway_network.so on first use.
#include "model/locations.hpp"
#include "model/network_abi.hpp"

#include "keyway/core/error.hpp"
#include "keyway/model/network.hpp"

#include <dlfcn.h>

#include <filesystem>

namespace keyway::model {
namespace {

namespace fs = std::filesystem;

std::string loader_error() {
    const char* text = dlerror();
    return text ? text : "no reason given";
}

fs::path find_library() {
    const auto candidates = network_library_candidates();
    std::string searched;
    for (const fs::path& candidate : candidates) {
        std::error_code error;
        if (fs::exists(candidate, error)) return candidate;
        searched += (searched.empty() ? "" : ", ") + candidate.string();
    }
    throw Error(ErrorKind::failure, "the network library was not found, searched: " + searched,
                "build with KEYWAY_NETWORK=ON, or set KEYWAY_NETWORK_LIBRARY to libkeyway_network.so");
}

void* symbol(void* library, const char* name, const fs::path& path) {
    if (void* address = dlsym(library, name)) return address;
    throw Error(ErrorKind::failure, path.string() + " is no keyway network library: " + loader_error(),
                "KEYWAY_NETWORK_LIBRARY must name the libkeyway_network.so of this very build");
}

/// The library stays open until the program ends: LibTorch cannot be unloaded.
const Network& open_library() {
    const fs::path path = find_library();
    void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (!library)
        throw Error(ErrorKind::failure, "cannot load the network library: " + loader_error(),
                    "is the LibTorch that keyway was built with still in place? `ldd " + path.string() +
                        "` shows what is missing");
    const auto abi = *static_cast<const std::uint32_t*>(symbol(library, kNetworkAbiSymbol, path));
    if (abi != kNetworkAbi)
        throw Error(ErrorKind::failure,
                    path.string() + " belongs to another keyway: expected interface " +
                        std::to_string(kNetworkAbi) + ", got " + std::to_string(abi),
                    "install the program and libkeyway_network.so from one build");
    const auto open = reinterpret_cast<const Network* (*)()>(symbol(library, kNetworkOpenSymbol, path));
    return *open();
}

}  // namespace

const Network& network() {
    static const Network& opened = open_library();  // a failed attempt is repeated by the next call
    return opened;
}

}  // namespace keyway::model

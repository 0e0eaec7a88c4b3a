/// What the program and libkeyway_network.so must agree on before the first virtual call.
#pragma once

#include <cstdint>

namespace keyway::model {

/// Raise with every change of network.hpp, passport.hpp, config.hpp or the sample structs.
inline constexpr std::uint32_t kNetworkAbi = 8;

inline constexpr char kNetworkAbiSymbol[] = "keyway_network_abi";    ///< std::uint32_t
inline constexpr char kNetworkOpenSymbol[] = "keyway_network_open";  ///< const Network* ()

}  // namespace keyway::model

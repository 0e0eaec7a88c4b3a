/// What the program and libkeyway_mpi.so must agree on before the first virtual call.
#pragma once

#include "keyway/parallel/ranks.hpp"

#include <cstdint>

namespace keyway::parallel {

/// Raise with every change of ranks.hpp.
inline constexpr std::uint32_t kMpiAbi = 2;

inline constexpr char kMpiLibrary[] = "libkeyway_mpi.so";
inline constexpr char kMpiAbiSymbol[] = "keyway_mpi_abi";      ///< std::uint32_t
inline constexpr char kMpiStartSymbol[] = "keyway_mpi_start";  ///< MpiStart
using MpiStart = Ranks*(double patience_seconds);              ///< the caller owns the result

}  // namespace keyway::parallel

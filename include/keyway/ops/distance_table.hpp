/// Coefficients of distance_bias.hpp as the CPU kernels read them. No LibTorch.
#pragma once

#include <cstdint>

namespace keyway::ops::cpu {

struct DistanceTable {
    const float* coefficient = nullptr;  ///< [knots, outputs]
    std::int64_t knots = 0, outputs = 0;
    float cutoff_angstrom = 0;
};

}  // namespace keyway::ops::cpu

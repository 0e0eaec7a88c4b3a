/// Layer norm of one row.
#pragma once

#include "ops/cpu/lanes.hpp"

#include "keyway/ops/ligand_kernels.hpp"

namespace keyway::ops::cpu::KEYWAY_ISA {

/// y = (x - mean) / sqrt(variance + 1e-5) * gain + bias; V divides the channels. y may be x.
template <int V>
static inline void normalise(const float* x, const Norm& norm, float* y) {
    const std::int64_t n = norm.channels;
    Vec<V> sum{}, square{};
    for (std::int64_t c = 0; c < n; c += V) sum += load<V>(x + c);
    const float mean = sum_of(sum) / static_cast<float>(n);
    for (std::int64_t c = 0; c < n; c += V) {
        const Vec<V> centred = load<V>(x + c) - mean;
        square += centred * centred;
    }
    const float scale = 1.0f / __builtin_sqrtf(sum_of(square) / static_cast<float>(n) + 1e-5f);
    for (std::int64_t c = 0; c < n; c += V)
        store<V>(y + c, (load<V>(x + c) - mean) * scale * load<V>(norm.gain + c) + load<V>(norm.bias + c));
}

}  // namespace keyway::ops::cpu::KEYWAY_ISA

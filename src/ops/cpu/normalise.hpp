/// Layer norm of one row.
#pragma once

#include "ops/cpu/lanes.hpp"

#include "keyway/ops/ligand_kernels.hpp"

namespace keyway::ops::cpu::KEYWAY_ISA {

/// y = (x - mean) / sqrt(variance + 1e-5) * gain + bias; V divides the channels. y may be x. Sums run in four
/// chains, which hide each other's latency.
template <int V>
static inline void normalise(const float* x, const Norm& norm, float* y) {
    constexpr std::int64_t kChains = 4;
    const std::int64_t n = norm.channels, whole = n / (kChains * V) * (kChains * V);
    Vec<V> sum[kChains] = {}, square[kChains] = {};
    for (std::int64_t c = 0; c < whole; c += kChains * V)
        for (int k = 0; k < kChains; ++k) sum[k] += load<V>(x + c + k * V);
    for (std::int64_t c = whole; c < n; c += V) sum[0] += load<V>(x + c);
    const float mean = sum_of((sum[0] + sum[1]) + (sum[2] + sum[3])) / static_cast<float>(n);
    for (std::int64_t c = 0; c < whole; c += kChains * V)
        for (int k = 0; k < kChains; ++k) {
            const Vec<V> centred = load<V>(x + c + k * V) - mean;
            square[k] += centred * centred;
        }
    for (std::int64_t c = whole; c < n; c += V) {
        const Vec<V> centred = load<V>(x + c) - mean;
        square[0] += centred * centred;
    }
    const float variance = sum_of((square[0] + square[1]) + (square[2] + square[3])) / static_cast<float>(n);
    const float scale = 1.0f / __builtin_sqrtf(variance + 1e-5f);
    for (std::int64_t c = 0; c < n; c += V)
        store<V>(y + c, (load<V>(x + c) - mean) * scale * load<V>(norm.gain + c) + load<V>(norm.bias + c));
}

}  // namespace keyway::ops::cpu::KEYWAY_ISA

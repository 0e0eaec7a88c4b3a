/// exp, sigmoid, SiLU and tanh of W floats at once, without libm.
///
/// Errors against double precision, held by tests/ops/ligand_kernels_test.cpp: exp 2e-7 relative on [-87, 88]
/// (arguments outside are clamped there), sigmoid 2e-7 and tanh 3e-7 absolute. NaN stays NaN.
#pragma once

#include "ops/cpu/lanes.hpp"

namespace keyway::ops::cpu::KEYWAY_ISA {

template <int W>
struct BitLanes;
template <>
struct BitLanes<4> {
    using Type = unsigned __attribute__((vector_size(16)));
};
template <>
struct BitLanes<8> {
    using Type = unsigned __attribute__((vector_size(32)));
};
template <>
struct BitLanes<16> {
    using Type = unsigned __attribute__((vector_size(64)));
};

template <int W>
static inline __attribute__((always_inline)) Vec<W> larger(Vec<W> a, Vec<W> b) {
    return a > b ? a : b;
}

/// exp(x) = 2^n exp(r), |r| <= ln 2 / 2; the polynomial is Cephes' expf.
template <int W>
static inline __attribute__((always_inline)) Vec<W> exp_of(Vec<W> x) {
    using Bits = typename BitLanes<W>::Type;
    constexpr float kRounder = 12582912.0f;  // 1.5 * 2^23: adding it leaves round(x) in the low bits
    x = x < -87.0f ? broadcast<W>(-87.0f) : x;
    x = x > 88.0f ? broadcast<W>(88.0f) : x;
    const Vec<W> shifted = x * 1.44269504088896341f + kRounder, n = shifted - kRounder;
    const Vec<W> r = (x - n * 0.693359375f) - n * -2.12194440e-4f;
    Vec<W> p = broadcast<W>(1.9875691500e-4f);
    p = p * r + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    p = p * (r * r) + r + 1.0f;
    const Bits power = ((Bits)shifted << 23) + (127u << 23);
    return p * (Vec<W>)power;
}

template <int W>
static inline __attribute__((always_inline)) Vec<W> sigmoid_of(Vec<W> x) {
    return 1.0f / (1.0f + exp_of<W>(-x));
}

template <int W>
static inline __attribute__((always_inline)) Vec<W> silu_of(Vec<W> x) {
    return x / (1.0f + exp_of<W>(-x));
}

/// Exactly odd: mirror images must get exactly opposite messages.
template <int W>
static inline __attribute__((always_inline)) Vec<W> tanh_of(Vec<W> x) {
    const Vec<W> size = x < 0.0f ? -x : x, e = exp_of<W>(-2.0f * size), y = (1.0f - e) / (1.0f + e);
    return x < 0.0f ? -y : y;
}

}  // namespace keyway::ops::cpu::KEYWAY_ISA

/// exp, sigmoid, SiLU and tanh of W floats at once, without libm.
///
/// Errors against double precision, held by tests/ops/ligand_kernels_test.cpp: exp (2 + 0.8 |x|) 1e-7
/// relative on [-87, 88] (arguments outside are clamped there), sigmoid 2e-7 and tanh 3e-7 absolute. NaN
/// stays NaN.
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

/// Where `b` is NaN so is the result.
template <int W>
static inline __attribute__((always_inline)) Vec<W> larger(Vec<W> a, Vec<W> b) {
    return a > b ? a : b;
}
template <int W>
static inline __attribute__((always_inline)) Vec<W> smaller(Vec<W> a, Vec<W> b) {
    return a < b ? a : b;
}

/// A constant that the compiler takes for a variable: only then it uses the instruction for a larger number.
template <int W>
static inline __attribute__((always_inline)) Vec<W> opaque(float x) {
#ifdef __x86_64__
    __asm__("" : "+x"(x));  // one number: a vector may be wider than this instruction set's registers
#endif
    return broadcast<W>(x);
}

/// 2^x on [-126, 127]: 2^n 2^r, |r| <= 1/2. The polynomial has the least largest relative error (9e-8) of
/// those of degree 5 that are 1 at 0.
template <int W>
static inline __attribute__((always_inline)) Vec<W> exp2_of(Vec<W> x) {
    using Bits = typename BitLanes<W>::Type;
    // 1.5 * 2^23 + 127: adding it leaves the exponent of 2^round(x) in the low bits.
    constexpr float kRounder = 12583039.0f;
    const Vec<W> shifted = x + kRounder, r = x - (shifted - kRounder);
    Vec<W> p = broadcast<W>(1.326472731307149e-3f);
    p = p * r + 9.671512991189957e-3f;
    p = p * r + 5.550733581185341e-2f;
    p = p * r + 2.4022242426872253e-1f;
    p = p * r + 6.931470036506653e-1f;
    p = p * r + 1.0f;
    return p * (Vec<W>)((Bits)shifted << 23);
}

inline constexpr float kLog2E = 1.44269504088896341f;

template <int W>
static inline __attribute__((always_inline)) Vec<W> exp_of(Vec<W> x) {
    return exp2_of<W>(smaller<W>(opaque<W>(127.0f), larger<W>(opaque<W>(-126.0f), x * kLog2E)));
}

/// exp(x - top) of a softmax, x <= top; `top2` = top * kLog2E. Below 2^-126 it stays there.
template <int W, class Top>
static inline __attribute__((always_inline)) Vec<W> exp_below(Vec<W> x, Top top2) {
    return exp2_of<W>(larger<W>(opaque<W>(-126.0f), x * kLog2E - top2));
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

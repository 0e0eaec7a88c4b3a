/// Vectors of W floats in GCC's vector extension: one source, compiled once per instruction set.
///
/// Everything here is `static` or lives in the instruction set's own namespace, so that no function compiled
/// for AVX-512 can be picked by the linker for a machine without it. No standard templates for the same
/// reason.
#pragma once

#ifndef KEYWAY_ISA
#error "compile kernels through src/ops/CMakeLists.txt, which defines KEYWAY_ISA"
#endif

namespace keyway::ops::cpu::KEYWAY_ISA {

template <int W>
struct Lanes;
template <>
struct Lanes<1> {
    using Type = float __attribute__((vector_size(4), aligned(4), may_alias));
};
template <>
struct Lanes<4> {
    using Type = float __attribute__((vector_size(16), aligned(4), may_alias));
};
template <>
struct Lanes<8> {
    using Type = float __attribute__((vector_size(32), aligned(4), may_alias));
};
template <>
struct Lanes<16> {
    using Type = float __attribute__((vector_size(64), aligned(4), may_alias));
};
template <int W>
using Vec = typename Lanes<W>::Type;

template <int W>
static inline __attribute__((always_inline)) Vec<W> load(const float* from) {
    return *reinterpret_cast<const Vec<W>*>(from);
}
template <int W>
static inline __attribute__((always_inline)) void store(float* to, Vec<W> x) {
    *reinterpret_cast<Vec<W>*>(to) = x;
}
template <int W>
static inline __attribute__((always_inline)) void add_to(float* to, Vec<W> x) {
    *reinterpret_cast<Vec<W>*>(to) += x;
}
template <int W>
static inline __attribute__((always_inline)) Vec<W> broadcast(float x) {
    return x - Vec<W>{};
}

/// Floats of the widest register: wider vectors would be split and spilled.
#if defined(__AVX512F__)
inline constexpr int kRegisterLanes = 16;
#elif defined(__AVX2__)
inline constexpr int kRegisterLanes = 8;
#else
inline constexpr int kRegisterLanes = 4;
#endif

/// Calls `work.template operator()<W>()` with the widest W that divides `width` and fits a register.
template <class Work>
static inline void with_lanes(int width, const Work& work) {
    if constexpr (kRegisterLanes >= 16)
        if (width % 16 == 0) return work.template operator()<16>();
    if constexpr (kRegisterLanes >= 8)
        if (width % 8 == 0) return work.template operator()<8>();
    work.template operator()<4>();
}

/// Sum of the lanes, pairwise: the order is the same on every instruction set.
static inline __attribute__((always_inline)) float sum_of(Vec<4> x) { return (x[0] + x[2]) + (x[1] + x[3]); }
static inline __attribute__((always_inline)) float sum_of(Vec<8> x) {
    const Vec<4> low = __builtin_shufflevector(x, x, 0, 1, 2, 3),
                 high = __builtin_shufflevector(x, x, 4, 5, 6, 7);
    return sum_of(low + high);
}
static inline __attribute__((always_inline)) float sum_of(Vec<16> x) {
    const Vec<8> low = __builtin_shufflevector(x, x, 0, 1, 2, 3, 4, 5, 6, 7);
    const Vec<8> high = __builtin_shufflevector(x, x, 8, 9, 10, 11, 12, 13, 14, 15);
    return sum_of(low + high);
}

/// The largest lane.
static inline __attribute__((always_inline)) float most_of(Vec<4> x) {
    const float a = x[0] > x[1] ? x[0] : x[1], b = x[2] > x[3] ? x[2] : x[3];
    return a > b ? a : b;
}
static inline __attribute__((always_inline)) float most_of(Vec<8> x) {
    const Vec<4> low = __builtin_shufflevector(x, x, 0, 1, 2, 3),
                 high = __builtin_shufflevector(x, x, 4, 5, 6, 7);
    return most_of(low > high ? low : high);
}
static inline __attribute__((always_inline)) float most_of(Vec<16> x) {
    const Vec<8> low = __builtin_shufflevector(x, x, 0, 1, 2, 3, 4, 5, 6, 7);
    const Vec<8> high = __builtin_shufflevector(x, x, 8, 9, 10, 11, 12, 13, 14, 15);
    return most_of(low > high ? low : high);
}

}  // namespace keyway::ops::cpu::KEYWAY_ISA

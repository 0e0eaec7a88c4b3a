/// Kernels on the atoms of a pocket: declarations of one instruction set, and the nine components of W
/// channels.
#pragma once

#include "ops/cpu/kernels.hpp"
#include "ops/cpu/lanes.hpp"

namespace keyway::ops::cpu::KEYWAY_ISA {

void linear(const LinearShape& n, const float* x, const float* weight, const float* bias, float* scratch,
            float* y);
void linear_backward_input(const LinearShape& n, const float* y_gradient, const float* weight, Write write,
                           float* scratch, float* x_gradient);
void linear_backward_weight(const LinearShape& n, const float* x, const float* y_gradient, float* scratch,
                            float* weight_gradient, float* bias_gradient);
void node_product(AtomRows n, MatrixProduct kind, const CartesianView& u, const CartesianView& m,
                  const CartesianOut& z);
void node_product_backward(AtomRows n, MatrixProduct kind, const CartesianView& u, const CartesianView& m,
                           const CartesianView& z_gradient, const CartesianOut& u_gradient,
                           const CartesianOut& m_gradient);
void equivariant_norm(AtomRows n, const CartesianView& x, const NormGainsView& gains, const CartesianOut& y);
void equivariant_norm_backward(AtomRows n, const CartesianView& x, const NormGainsView& gains,
                               const CartesianView& y_gradient, const CartesianOut& x_gradient,
                               const NormGainsOut& gains_gradient);
void invariants(AtomRows n, const CartesianView& x, float* y);
void invariants_backward(AtomRows n, const CartesianView& x, const float* y, const float* y_gradient,
                         const CartesianOut& x_gradient);
void gated_update(AtomRows n, const CartesianView& x, const CartesianView& z, const float* gate,
                  const CartesianOut& y);
void gated_update_backward(AtomRows n, const CartesianView& z, const float* gate,
                           const CartesianView& y_gradient, float* zv_gradient, float* zt_gradient,
                           float* gate_gradient);

using Wide = Vec<kRegisterLanes>;

static inline __attribute__((always_inline)) Wide load_wide(const float* from) {
    return load<kRegisterLanes>(from);
}
static inline __attribute__((always_inline)) void store_wide(float* to, Wide x) {
    store<kRegisterLanes>(to, x);
}
static inline __attribute__((always_inline)) Wide root(Wide x) {
    for (int k = 0; k < kRegisterLanes; ++k) x[k] = __builtin_sqrtf(x[k]);
    return x;
}

/// s, v and T of one atom in one register's channels.
struct Nine {
    Wide s, v0, v1, v2, xx, yy, xy, xz, yz;
};

/// Where they lie: `place.at(atom, channel)` for arrays of C channels.
struct NinePlace {
    std::int64_t s, v, t, channels;
    static NinePlace of(AtomRows n, std::int64_t atom, std::int64_t channel) {
        const std::int64_t row = atom * n.channels;
        return {row + channel, 3 * row + channel, 5 * row + channel, n.channels};
    }
};

static inline __attribute__((always_inline)) Nine load_nine(const CartesianView& x, const NinePlace& at) {
    const std::int64_t C = at.channels;
    const float *v = x.v + at.v, *t = x.t + at.t;
    return {load_wide(x.s + at.s), load_wide(v),         load_wide(v + C),
            load_wide(v + 2 * C),  load_wide(t),         load_wide(t + C),
            load_wide(t + 2 * C),  load_wide(t + 3 * C), load_wide(t + 4 * C)};
}

static inline __attribute__((always_inline)) void store_nine(const CartesianOut& x, const NinePlace& at,
                                                             const Nine& value) {
    const std::int64_t C = at.channels;
    float *v = x.v + at.v, *t = x.t + at.t;
    store_wide(x.s + at.s, value.s);
    store_wide(v, value.v0), store_wide(v + C, value.v1), store_wide(v + 2 * C, value.v2);
    store_wide(t, value.xx), store_wide(t + C, value.yy), store_wide(t + 2 * C, value.xy);
    store_wide(t + 3 * C, value.xz), store_wide(t + 4 * C, value.yz);
}

/// Calls work(place) for every atom and register of channels.
template <class Work>
static inline void for_each_nine(AtomRows n, const Work& work) {
    for (std::int64_t atom = 0; atom < n.atoms; ++atom)
        for (std::int64_t c = 0; c < n.channels; c += kRegisterLanes) work(NinePlace::of(n, atom, c));
}

}  // namespace keyway::ops::cpu::KEYWAY_ISA

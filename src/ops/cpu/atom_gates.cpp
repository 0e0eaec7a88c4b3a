/// Invariant lengths, and the gated residual update, with their adjoints. Rows of 3 C numbers lie as vectors
/// do.
#include "ops/cpu/atom_rows.hpp"
#include "ops/cpu/math.hpp"

namespace keyway::ops::cpu::KEYWAY_ISA {
namespace {

constexpr int W = kRegisterLanes;
constexpr float kLengthEpsilon = 1e-6f;

}  // namespace

void invariants(AtomRows n, const CartesianView& x, float* y) {
    for_each_nine(n, [&](const NinePlace& at) {
        const Nine k = load_nine(x, at);
        const Wide zz = k.xx + k.yy;
        float* row = y + at.v;
        store_wide(row, k.s);
        store_wide(row + n.channels, root(k.v0 * k.v0 + k.v1 * k.v1 + k.v2 * k.v2 + kLengthEpsilon));
        store_wide(row + 2 * n.channels,
                   root(k.xx * k.xx + k.yy * k.yy + zz * zz +
                        2.0f * (k.xy * k.xy + k.xz * k.xz + k.yz * k.yz) + kLengthEpsilon));
    });
}

void invariants_backward(AtomRows n, const CartesianView& x, const float* y, const float* y_gradient,
                         const CartesianOut& x_gradient) {
    for_each_nine(n, [&](const NinePlace& at) {
        const Nine k = load_nine(x, at);
        const Wide zz = k.xx + k.yy;
        const float *length = y + at.v, *g = y_gradient + at.v;
        const Wide v = load_wide(g + n.channels) / load_wide(length + n.channels);
        const Wide t = load_wide(g + 2 * n.channels) / load_wide(length + 2 * n.channels), t2 = t + t;
        store_nine(x_gradient, at,
                   {load_wide(g), k.v0 * v, k.v1 * v, k.v2 * v, (k.xx + zz) * t, (k.yy + zz) * t, k.xy * t2,
                    k.xz * t2, k.yz * t2});
    });
}

void gated_update(AtomRows n, const CartesianView& x, const CartesianView& z, const float* gate,
                  const CartesianOut& y) {
    for_each_nine(n, [&](const NinePlace& at) {
        const float* g = gate + at.v;
        const Wide v = sigmoid_of<W>(load_wide(g + n.channels)),
                   t = sigmoid_of<W>(load_wide(g + 2 * n.channels));
        const Nine k = load_nine(z, at);
        Nine out{load_wide(x.s + at.s) + k.s + load_wide(g),
                 k.v0 * v,
                 k.v1 * v,
                 k.v2 * v,
                 k.xx * t,
                 k.yy * t,
                 k.xy * t,
                 k.xz * t,
                 k.yz * t};
        if (x.v) {
            const Nine old = load_nine(x, at);
            out.v0 += old.v0, out.v1 += old.v1, out.v2 += old.v2;
            out.xx += old.xx, out.yy += old.yy, out.xy += old.xy, out.xz += old.xz, out.yz += old.yz;
        }
        store_nine(y, at, out);
    });
}

void gated_update_backward(AtomRows n, const CartesianView& z, const float* gate,
                           const CartesianView& y_gradient, float* zv_gradient, float* zt_gradient,
                           float* gate_gradient) {
    const std::int64_t C = n.channels;
    for_each_nine(n, [&](const NinePlace& at) {
        const std::int64_t row = at.v;
        const Wide v = sigmoid_of<W>(load_wide(gate + row + C)),
                   t = sigmoid_of<W>(load_wide(gate + row + 2 * C));
        const Nine k = load_nine(z, at), g = load_nine(y_gradient, at);
        float *dv = zv_gradient + at.v, *dt = zt_gradient + at.t, *dgate = gate_gradient + row;
        store_wide(dv, g.v0 * v), store_wide(dv + C, g.v1 * v), store_wide(dv + 2 * C, g.v2 * v);
        store_wide(dt, g.xx * t), store_wide(dt + C, g.yy * t), store_wide(dt + 2 * C, g.xy * t);
        store_wide(dt + 3 * C, g.xz * t), store_wide(dt + 4 * C, g.yz * t);
        store_wide(dgate, g.s);
        store_wide(dgate + C, (k.v0 * g.v0 + k.v1 * g.v1 + k.v2 * g.v2) * v * (1.0f - v));
        store_wide(dgate + 2 * C,
                   (k.xx * g.xx + k.yy * g.yy + k.xy * g.xy + k.xz * g.xz + k.yz * g.yz) * t * (1.0f - t));
    });
}

}  // namespace keyway::ops::cpu::KEYWAY_ISA

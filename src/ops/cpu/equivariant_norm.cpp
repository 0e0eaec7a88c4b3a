/// Layer norm of scalars and root-mean-square norms of vectors and matrices: values and adjoint, row by row.
#include "ops/cpu/atom_rows.hpp"

namespace keyway::ops::cpu::KEYWAY_ISA {
namespace {

constexpr int W = kRegisterLanes;
constexpr float kLayerEpsilon = 1e-5f, kRootEpsilon = 1e-3f;

/// Mean of s, and what one atom's scalars, vectors and matrices are multiplied by.
struct Scales {
    float mean, s, v, t;
};

inline Scales scales_of(AtomRows n, const CartesianView& x, std::int64_t atom) {
    const float share = 1.0f / static_cast<float>(n.channels);
    Wide sum{}, vv{}, tt{}, ss{};
    for (std::int64_t c = 0; c < n.channels; c += W) {
        const Nine k = load_nine(x, NinePlace::of(n, atom, c));
        const Wide zz = k.xx + k.yy;
        sum += k.s;
        vv += k.v0 * k.v0 + k.v1 * k.v1 + k.v2 * k.v2;
        tt += k.xx * k.xx + k.yy * k.yy + zz * zz + 2.0f * (k.xy * k.xy + k.xz * k.xz + k.yz * k.yz);
    }
    const float mean = sum_of(sum) * share;
    for (std::int64_t c = 0; c < n.channels; c += W) {
        const Wide centred = load_wide(x.s + atom * n.channels + c) - mean;
        ss += centred * centred;
    }
    const auto inverse_root = [&](Wide squares, float epsilon) {
        return 1.0f / __builtin_sqrtf(sum_of(squares) * share + epsilon);
    };
    return {mean, inverse_root(ss, kLayerEpsilon), inverse_root(vv, kRootEpsilon),
            inverse_root(tt, kRootEpsilon)};
}

}  // namespace

void equivariant_norm(AtomRows n, const CartesianView& x, const NormGainsView& gains, const CartesianOut& y) {
    for (std::int64_t atom = 0; atom < n.atoms; ++atom) {
        const Scales scale = scales_of(n, x, atom);
        for (std::int64_t c = 0; c < n.channels; c += W) {
            const NinePlace at = NinePlace::of(n, atom, c);
            const Nine k = load_nine(x, at);
            const Wide v = load_wide(gains.v + c) * scale.v, t = load_wide(gains.t + c) * scale.t;
            store_nine(y, at,
                       {(k.s - scale.mean) * scale.s * load_wide(gains.s + c) + load_wide(gains.s_bias + c),
                        k.v0 * v, k.v1 * v, k.v2 * v, k.xx * t, k.yy * t, k.xy * t, k.xz * t, k.yz * t});
        }
    }
}

/// With y = r gain x, r = (m + eps)^(-1/2) and m the mean square: dx = r gain dy - r^3 / (2 C) (sum of
/// gain x dy) d(C m)/dx.
void equivariant_norm_backward(AtomRows n, const CartesianView& x, const NormGainsView& gains,
                               const CartesianView& y_gradient, const CartesianOut& x_gradient,
                               const NormGainsOut& gains_gradient) {
    const float share = 1.0f / static_cast<float>(n.channels);
    for (std::int64_t c = 0; c < n.channels; ++c)
        gains_gradient.s[c] = gains_gradient.s_bias[c] = gains_gradient.v[c] = gains_gradient.t[c] = 0;
    for (std::int64_t atom = 0; atom < n.atoms; ++atom) {
        const Scales r = scales_of(n, x, atom);
        Wide g_sum{}, gs_sum{}, gv_sum{}, gt_sum{};
        for (std::int64_t c = 0; c < n.channels; c += W) {
            const NinePlace at = NinePlace::of(n, atom, c);
            const Nine k = load_nine(x, at), g = load_nine(y_gradient, at);
            const Wide hat = (k.s - r.mean) * r.s, gs = g.s * load_wide(gains.s + c);
            const Wide v = k.v0 * g.v0 + k.v1 * g.v1 + k.v2 * g.v2;
            const Wide t = k.xx * g.xx + k.yy * g.yy + k.xy * g.xy + k.xz * g.xz + k.yz * g.yz;
            g_sum += gs;
            gs_sum += gs * hat;
            gv_sum += v * load_wide(gains.v + c);
            gt_sum += t * load_wide(gains.t + c);
            add_to<W>(gains_gradient.s + c, g.s * hat);
            add_to<W>(gains_gradient.s_bias + c, g.s);
            add_to<W>(gains_gradient.v + c, v * r.v);
            add_to<W>(gains_gradient.t + c, t * r.t);
        }
        const float g_mean = sum_of(g_sum) * share, gs_mean = sum_of(gs_sum) * share;
        const float pull_v = sum_of(gv_sum) * share * r.v * r.v * r.v;
        const float pull_t = sum_of(gt_sum) * share * r.t * r.t * r.t;
        for (std::int64_t c = 0; c < n.channels; c += W) {
            const NinePlace at = NinePlace::of(n, atom, c);
            const Nine k = load_nine(x, at), g = load_nine(y_gradient, at);
            const Wide hat = (k.s - r.mean) * r.s, zz = k.xx + k.yy;
            const Wide v = load_wide(gains.v + c) * r.v, t = load_wide(gains.t + c) * r.t;
            store_nine(
                x_gradient, at,
                {(g.s * load_wide(gains.s + c) - g_mean - hat * gs_mean) * r.s, g.v0 * v - k.v0 * pull_v,
                 g.v1 * v - k.v1 * pull_v, g.v2 * v - k.v2 * pull_v, g.xx * t - (k.xx + zz) * pull_t,
                 g.yy * t - (k.yy + zz) * pull_t, g.xy * t - k.xy * (2 * pull_t),
                 g.xz * t - k.xz * (2 * pull_t), g.yz * t - k.yz * (2 * pull_t)});
        }
    }
}

}  // namespace keyway::ops::cpu::KEYWAY_ISA

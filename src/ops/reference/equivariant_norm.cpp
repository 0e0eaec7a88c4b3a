/// Reference of equivariant_norm.hpp.
#include "keyway/ops/equivariant_norm.hpp"

#include <ATen/ATen.h>

namespace keyway::ops {

namespace {

constexpr double kEpsilon = 1e-3;

at::Tensor scaled(const at::Tensor& x, const at::Tensor& squared_norm, const at::Tensor& gain) {
    const at::Tensor scale = (squared_norm.mean(1, true) + kEpsilon).rsqrt().unsqueeze(1);  // [N, 1, 1]
    return x * scale * gain;
}

}  // namespace

Cartesian equivariant_norm_reference(const Cartesian& x, const NormGains& gains) {
    return {at::layer_norm(x.s, {x.s.size(1)}, gains.s, gains.s_bias),
            scaled(x.v, squared_norm_v(x.v), gains.v), scaled(x.t, squared_norm_t(x.t), gains.t)};
}

}  // namespace keyway::ops

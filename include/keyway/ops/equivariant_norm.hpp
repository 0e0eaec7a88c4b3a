/// Normalisation that commutes with rotations.
#pragma once

#include "keyway/ops/cartesian.hpp"

namespace keyway::ops {

struct NormGains {
    at::Tensor s, s_bias, v, t;  ///< [C] each
};

/// s: layer norm. v and T: divided by sqrt(mean over channels of the squared norm + 1e-3), times a gain per
/// channel. The constant keeps the gradient bounded where an atom has no vectors yet.
Cartesian equivariant_norm(const Cartesian& x, const NormGains& gains);
/// The same by stock operations, whatever the device and type.
Cartesian equivariant_norm_reference(const Cartesian& x, const NormGains& gains);

}  // namespace keyway::ops

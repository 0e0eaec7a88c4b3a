/// The end of a pocket layer: a residual step whose vectors and matrices pass a gate.
#pragma once

#include "keyway/ops/cartesian.hpp"

namespace keyway::ops {

/// y.s = x.s + z.s + g0;  y.v = x.v + sigma(g1) z.v;  y.t = x.t + sigma(g2) z.t, with gate = [g0 | g1 | g2]
/// [N, 3 C]. x.v and x.t may be undefined (zeros).
Cartesian gated_update(const Cartesian& x, const Cartesian& z, const at::Tensor& gate);
/// The same by stock operations, whatever the device and type.
Cartesian gated_update_reference(const Cartesian& x, const Cartesian& z, const at::Tensor& gate);

}  // namespace keyway::ops

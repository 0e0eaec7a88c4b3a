/// What of a Cartesian feature does not turn.
#pragma once

#include "keyway/ops/cartesian.hpp"

namespace keyway::ops {

/// [s | sqrt(|v|^2 + 1e-6) | sqrt(|T|^2 + 1e-6)] per channel; the constant keeps the root's slope finite at
/// zero.
/// -> [N, 3 C]
at::Tensor invariants(const Cartesian& x);
/// The same by stock operations, whatever the device and type.
at::Tensor invariants_reference(const Cartesian& x);

}  // namespace keyway::ops

/// The tensor product at atoms: one 3x3 matrix product per channel holds all couplings of l <= 2.
#pragma once

#include "keyway/ops/cartesian.hpp"

namespace keyway::ops {

/// M(x) = s I + [v]x + T for both arguments, Z = U M (so3) or (U M + M U) / 2 (o3), and back:
/// z.s = tr Z / 3, z.v = axial vector of the skew part, z.t = symmetric traceless part.
/// The matrix form of TensorNet, arXiv 2306.06482, eq. 4-8; the commutator is what sees chirality.
/// u.v and u.t may be undefined (zeros).
Cartesian node_product(const Cartesian& u, const Cartesian& m, Parity parity);
/// The same by stock operations, whatever the device and type.
Cartesian node_product_reference(const Cartesian& u, const Cartesian& m, Parity parity);

}  // namespace keyway::ops

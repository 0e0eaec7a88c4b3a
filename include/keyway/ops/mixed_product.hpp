/// The update of a pocket layer as one operation: channels mixed, 3x3 product at atoms, channels mixed.
#pragma once

#include "keyway/ops/cartesian.hpp"

namespace keyway::ops {

/// One matrix [C, C] for each degree: y = x W'.
struct Mixer {
    at::Tensor s, v, t;
};

/// z = after [ u . (before m) ] with the product of node_product.hpp; u.v and u.t may be undefined (zeros).
/// On the CPU some atoms at a time go all the way, so that what lies between stays in the cache; the backward
/// pass computes the product again instead of reading it from memory.
Cartesian mixed_product(const Cartesian& u, const Cartesian& m, const Mixer& before, const Mixer& after,
                        Parity parity);
/// The same by stock operations, whatever the device and type.
Cartesian mixed_product_reference(const Cartesian& u, const Cartesian& m, const Mixer& before,
                                  const Mixer& after, Parity parity);

}  // namespace keyway::ops

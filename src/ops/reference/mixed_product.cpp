/// Reference of mixed_product.hpp.
#include "keyway/ops/mixed_product.hpp"

#include "keyway/ops/node_product.hpp"

#include <ATen/ATen.h>

namespace keyway::ops {

namespace {

Cartesian mixed(const Cartesian& x, const Mixer& w) {
    return {at::linear(x.s, w.s), at::linear(x.v, w.v), at::linear(x.t, w.t)};
}

}  // namespace

Cartesian mixed_product_reference(const Cartesian& u, const Cartesian& m, const Mixer& before,
                                  const Mixer& after, Parity parity) {
    return mixed(node_product_reference(u, mixed(m, before), parity), after);
}

}  // namespace keyway::ops

/// Reference of invariants.hpp.
#include "keyway/ops/invariants.hpp"

#include <ATen/ATen.h>

namespace keyway::ops {

at::Tensor invariants_reference(const Cartesian& x) {
    const auto length = [](const at::Tensor& squared) { return (squared + 1e-6).sqrt(); };
    return at::cat({x.s, length(squared_norm_v(x.v)), length(squared_norm_t(x.t))}, 1);  // [N, 3 C]
}

}  // namespace keyway::ops

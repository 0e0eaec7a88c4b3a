/// Reference of gated_update.hpp.
#include "keyway/ops/gated_update.hpp"

#include <ATen/ATen.h>

namespace keyway::ops {

Cartesian gated_update_reference(const Cartesian& state, const Cartesian& z, const at::Tensor& gate) {
    const Cartesian x = with_zeros(state);
    const auto g = gate.chunk(3, 1);  // [N, C] each
    return {x.s + z.s + g[0], x.v + at::sigmoid(g[1]).unsqueeze(1) * z.v,
            x.t + at::sigmoid(g[2]).unsqueeze(1) * z.t};
}

}  // namespace keyway::ops

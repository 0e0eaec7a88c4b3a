/// Reference of gine.hpp.
#include "keyway/ops/gine.hpp"

#include "keyway/ops/segment.hpp"

#include <ATen/ATen.h>

namespace keyway::ops {

at::Tensor gine_aggregate_reference(const at::Tensor& h, const BondGraph& bonds, const at::Tensor& embedding,
                                    const at::Tensor& gate) {
    const at::Tensor neighbour =
        h.index_select(0, bonds.sender) + embedding.index_select(0, bonds.type);  // [bonds, d]
    const at::Tensor open = at::sigmoid(gate).index_select(0, bonds.type);
    return segment_sum_reference(open * at::silu(neighbour), bonds.receivers);  // [A, d]
}

}  // namespace keyway::ops

/// Reference of edge_weights.hpp.
#include "keyway/ops/edge_weights.hpp"

#include <ATen/ATen.h>

#include <cmath>

namespace keyway::ops {

at::Tensor edge_weights(const EdgeAttention& attention, const EdgeGraph& graph, const at::Tensor& envelope,
                        const at::Tensor& radial, double expected_degree) {
    const std::int64_t heads = attention.bias.size(0), width = attention.query.size(1) / heads;
    const at::Tensor q = attention.query.index_select(0, graph.receivers.row);  // [E, C]
    const at::Tensor k = attention.key.index_select(0, graph.sender);           // [E, C]
    const at::Tensor logit =
        (q * k).view({graph.sender.size(0), heads, width}).sum(2) / std::sqrt(static_cast<double>(width));
    const at::Tensor gate = at::sigmoid(logit + attention.bias) * envelope.unsqueeze(1);  // [E, H]
    return radial * (gate / std::sqrt(expected_degree)).unsqueeze(1);                     // [E, P, H]
}

}  // namespace keyway::ops

/// Reference of edge_message.hpp.
#include "keyway/ops/edge_message.hpp"

#include "keyway/ops/edge_conv.hpp"
#include "keyway/ops/radial_spline.hpp"

#include <ATen/ATen.h>

namespace keyway::ops {

Cartesian edge_message_reference(const Cartesian& x, const EdgeAttention& attention,
                                 const RadialFunctions& radial, const EdgeGraph& graph, Parity parity) {
    at::Tensor weights = edge_weights(attention, graph, cutoff_envelope(graph.length, radial.cutoff_angstrom),
                                      radial_spline(graph, radial.table, radial.cutoff_angstrom),
                                      radial.expected_degree);  // [E, 9, H]
    if (parity == Parity::o3) {
        at::Tensor kept = at::ones({kEdgePaths, 1}, weights.options());
        kept.select(0, kParityPath).zero_();
        weights = weights * kept;
    }
    return edge_conv(with_zeros(x), weights, graph);
}

}  // namespace keyway::ops

/// The whole message of a pocket layer in one operation: spline x cutoff x attention weights, nine paths, sum
/// over neighbours.
///
/// On the CPU in single precision this runs as fused kernels (`src/ops/cpu`) with a closed-form adjoint;
/// elsewhere, and for head widths that are no multiple of 4, as the reference operations.
#pragma once

#include "keyway/ops/cartesian.hpp"
#include "keyway/ops/edge_graph.hpp"
#include "keyway/ops/edge_weights.hpp"

namespace keyway::ops {

struct RadialFunctions {
    at::Tensor table;  ///< [classes, knots, 9, H], see radial_spline.hpp
    double cutoff_angstrom = 0;
    double expected_degree = 0;  ///< weights are divided by its root
};

/// m = edge_conv(x, edge_weights(attention, radial)) [R, (1|3|5), C] of senders' x [N, (1|3|5), C]; o3 leaves
/// the path v x u out.
/// x.v and x.t may be undefined (zeros).
Cartesian edge_message(const Cartesian& x, const EdgeAttention& attention, const RadialFunctions& radial,
                       const EdgeGraph& graph, Parity parity);

/// The same by the reference operations, whatever the device and type.
Cartesian edge_message_reference(const Cartesian& x, const EdgeAttention& attention,
                                 const RadialFunctions& radial, const EdgeGraph& graph, Parity parity);

}  // namespace keyway::ops

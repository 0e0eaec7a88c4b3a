/// The message of the pocket encoder: nine linear, equivariant paths per edge, summed over neighbours.
#pragma once

#include "keyway/ops/cartesian.hpp"
#include "keyway/ops/edge_graph.hpp"

namespace keyway::ops {

inline constexpr int kEdgePaths = 9;
/// The path that mixes parity (v x u): without it and with an anticommuting node product the network is O(3).
inline constexpr int kParityPath = 4;

/// For channel c of head h, w_p = weights[e, p, h], u = direction of the edge, sums over senders j:
///   m0_i = sum w0 s + w1 (v . u)
///   m1_i = sum w2 s u + w3 v + w4 (v x u) + w5 (T u)
///   m2_i = sum w6 s (u u' - I/3) + w7 T + w8 (v u' + u v' - 2/3 (v . u) I)
/// x: features of the N senders, C channels = H heads of C / H; weights [E, 9, H]. -> R receivers
Cartesian edge_conv(const Cartesian& x, const at::Tensor& weights, const EdgeGraph& graph);

}  // namespace keyway::ops

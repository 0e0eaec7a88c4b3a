/// Attention weights of pocket edges: a sigmoid gate (no normalisation, so coordination counts survive) times
/// radial functions.
#pragma once

#include "keyway/ops/edge_graph.hpp"

namespace keyway::ops {

struct EdgeAttention {
    at::Tensor query;  ///< [R, C] of receivers, C = H heads of C / H channels
    at::Tensor key;    ///< [N, C] of senders
    at::Tensor bias;   ///< [H]
};

/// w_{ij,p,h} = env(r) sigma(q_i^h . k_j^h / sqrt(C / H) + bias_h) R_{p,h}(r) / sqrt(expected degree)
/// envelope [E], radial [E, P, H] -> [E, P, H]
at::Tensor edge_weights(const EdgeAttention& attention, const EdgeGraph& graph, const at::Tensor& envelope,
                        const at::Tensor& radial, double expected_degree);

}  // namespace keyway::ops

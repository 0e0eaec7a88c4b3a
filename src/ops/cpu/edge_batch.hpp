/// Eight edges side by side: what the two halves of the edge message share.
#pragma once

#include "ops/cpu/kernels.hpp"
#include "ops/cpu/lanes.hpp"
#include "ops/cpu/transpose.hpp"

namespace keyway::ops::cpu::KEYWAY_ISA {

inline constexpr int kPaths = 9, kBatch = 8;
using Batch = Vec<kBatch>;  ///< one number of each edge

/// Room for the weights [9, H] of an edge, a multiple of kBatch.
inline constexpr int kWeights = kPaths * kMaxHeads;
static_assert(kWeights % kBatch == 0);

/// Up to eight edges; the first stands in the lanes beyond the last.
struct EdgeBatch {
    int count = 0;
    std::int64_t edge[kBatch];
};

/// Weights of all paths and heads of some edges, envelope * gate * spline: [9, H] in an array of kWeights.
/// What lies beyond, and in lanes beyond the last edge, means nothing.
void batch_weights(const EdgeList& graph, Channels size, const RadialTable& radial, const EdgeBatch& batch,
                   const float* gates, Batch* weight);
/// Their adjoint: sets the logits of these edges, adds to the tables and the bias.
void batch_weights_backward(const EdgeList& graph, Channels size, const RadialTable& radial,
                            const EdgeBatch& batch, const float* gates, const Batch* weight_gradient,
                            const EdgeGateGradient& gradient);
/// sigmoid(q_i . k_j / sqrt(width) + bias) of every edge and head: [E, H]
void edge_gates(const EdgeList& graph, Channels size, const EdgeGate& gate, float* gates);
/// From the logits of all edges to queries and keys.
void edge_gates_backward(const EdgeList& graph, Channels size, const EdgeGate& gate,
                         const EdgeGateGradient& gradient);

void edge_message(const EdgeList& graph, Channels size, const EdgeInput& in, float* gates, float* scratch,
                  const CartesianOut& m);
void edge_message_backward(const EdgeList& graph, Channels size, const EdgeInput& in, const float* gates,
                           const CartesianView& m_gradient, float* scratch, const EdgeGradient& gradient);

/// The sum of the lanes of each of eight vectors.
static inline __attribute__((always_inline)) Batch sums_of(const Vec<4>* x) {
    Batch sum;
    for (int k = 0; k < kBatch; ++k) sum[k] = sum_of(x[k]);
    return sum;
}
static inline __attribute__((always_inline)) Batch sums_of(const Vec<8>* x) {
    Batch pairs[4], fours[2];
    for (int k = 0; k < 4; ++k)
        pairs[k] = __builtin_shufflevector(x[2 * k], x[2 * k + 1], 0, 8, 1, 9, 4, 12, 5, 13) +
                   __builtin_shufflevector(x[2 * k], x[2 * k + 1], 2, 10, 3, 11, 6, 14, 7, 15);
    for (int k = 0; k < 2; ++k)
        fours[k] = __builtin_shufflevector(pairs[2 * k], pairs[2 * k + 1], 0, 1, 8, 9, 4, 5, 12, 13) +
                   __builtin_shufflevector(pairs[2 * k], pairs[2 * k + 1], 2, 3, 10, 11, 6, 7, 14, 15);
    return __builtin_shufflevector(fours[0], fours[1], 0, 1, 2, 3, 8, 9, 10, 11) +
           __builtin_shufflevector(fours[0], fours[1], 4, 5, 6, 7, 12, 13, 14, 15);
}
static inline __attribute__((always_inline)) Batch sums_of(const Vec<16>* x) {
    Vec<8> half[kBatch];
    for (int k = 0; k < kBatch; ++k)
        half[k] = __builtin_shufflevector(x[k], x[k], 0, 1, 2, 3, 4, 5, 6, 7) +
                  __builtin_shufflevector(x[k], x[k], 8, 9, 10, 11, 12, 13, 14, 15);
    return sums_of(half);
}

}  // namespace keyway::ops::cpu::KEYWAY_ISA

/// The CPU kernels of keyway: plain functions on raw pointers, one table per instruction set.
///
/// No LibTorch, no allocation, no atomics: every output is written by one loop in a fixed order, so results
/// do not depend on threads. Results of different instruction sets agree to rounding (fused multiply-add).
/// Arrays are contiguous, row-major, channels last; C channels = H heads of C / H; C / H is a multiple of 4.
#pragma once

#include <cstdint>
#include <span>

namespace keyway::ops::cpu {

inline constexpr int kMaxHeads = 64;

/// Edges sorted by receiver (`include/keyway/ops/edge_graph.hpp`): R receivers, N senders, E edges.
struct EdgeList {
    std::int64_t receivers = 0, senders = 0, edges = 0;
    const std::int64_t* ptr = nullptr;         ///< [R + 1] edges of receiver i are ptr[i] .. ptr[i + 1]
    const std::int64_t* receiver = nullptr;    ///< [E]
    const std::int64_t* sender = nullptr;      ///< [E]
    const std::int64_t* sent_ptr = nullptr;    ///< [N + 1] edges of sender j are those of sent_edge from
    const std::int64_t* sent_edge = nullptr;   ///< [E] sent_ptr[j] up to sent_ptr[j + 1]
    const std::int64_t* edge_class = nullptr;  ///< [E]
    const float* length = nullptr;             ///< [E] [A]
    const float* direction = nullptr;          ///< [E, 3] unit vector from receiver to sender
};

struct Channels {
    int channels = 0, heads = 0;
};

/// Read-only and writable views of scalars [N, C], vectors [N, 3, C] and matrices [N, 5, C].
struct CartesianView {
    const float *s = nullptr, *v = nullptr, *t = nullptr;
};
struct CartesianOut {
    float *s = nullptr, *v = nullptr, *t = nullptr;
};

/// Radial functions: table [classes, knots, 9, H] of cubic B-spline coefficients on [0, cutoff].
struct RadialTable {
    const float* table = nullptr;
    std::int64_t classes = 0, knots = 0;
    float cutoff_angstrom = 0;
    float scale = 1;  ///< 1 / sqrt(expected degree)
};

/// Attention logits: q [R, C], k [N, C], bias [H].
struct EdgeGate {
    const float *query = nullptr, *key = nullptr, *bias = nullptr;
};
struct EdgeGateGradient {
    float *query = nullptr, *key = nullptr, *bias = nullptr;  ///< overwritten
    float* table = nullptr;                                   ///< [classes, knots, 9, H], overwritten
    float* logit = nullptr;                                   ///< [E, H] scratch
};

/// All that a message is made of. A null x.v (and x.t) stands for zeros; its gradient is then not written.
struct EdgeInput {
    CartesianView x;
    EdgeGate gate;
    RadialTable radial;
};
struct EdgeGradient {
    CartesianOut x;  ///< overwritten
    EdgeGateGradient gate;
};

/// Rows of C channels; C is a multiple of kChannelStep, the widest register.
inline constexpr std::int64_t kChannelStep = 16;
struct AtomRows {
    std::int64_t atoms = 0, channels = 0;
};

/// y = x W' + b: x [rows, in], W [out, in], y [rows, out]; `in` and `out` are multiples of kChannelStep.
struct LinearShape {
    std::int64_t rows = 0, in = 0, out = 0;
};
enum class Write { overwrite, add };

/// Rows that a product takes at a time, so that they stay in the second-level cache.
inline constexpr std::int64_t kLinearBlock = 240;
/// Numbers of scratch with which every linear kernel is content.
inline std::int64_t linear_scratch(const LinearShape& n) {
    return n.in * (n.out > kLinearBlock ? n.out : kLinearBlock);
}

/// U M, or (U M + M U) / 2, which a mirror leaves alone.
enum class MatrixProduct { plain, symmetrised };

/// Gains of equivariant_norm, [C] each; also their gradients, which are overwritten.
struct NormGainsView {
    const float *s = nullptr, *s_bias = nullptr, *v = nullptr, *t = nullptr;
};
struct NormGainsOut {
    float *s = nullptr, *s_bias = nullptr, *v = nullptr, *t = nullptr;
};

struct Kernels {
    const char* isa;
    /// Nine paths summed over neighbours (ops/edge_conv.hpp), weighted by envelope * sigmoid(q.k / sqrt(C/H)
    /// + bias) * spline * scale (ops/edge_weights.hpp). Sets the sigmoids [E, H] for the adjoint. x [N, ...],
    /// m [R, ...], scratch [N, 9, C].
    void (*edge_message)(const EdgeList&, Channels, const EdgeInput&, float* gates, float* scratch,
                         const CartesianOut& m);
    /// The adjoint in one pass over senders, which computes splines again; scratch [R, 9, C].
    void (*edge_message_backward)(const EdgeList&, Channels, const EdgeInput&, const float* gates,
                                  const CartesianView& m_gradient, float* scratch, const EdgeGradient&);

    /// `bias` [out] may be null; scratch: linear_scratch(...) numbers, also below.
    void (*linear)(const LinearShape&, const float* x, const float* weight, const float* bias, float* scratch,
                   float* y);
    void (*linear_backward_input)(const LinearShape&, const float* y_gradient, const float* weight, Write,
                                  float* scratch, float* x_gradient);
    /// `bias_gradient` may be null.
    void (*linear_backward_weight)(const LinearShape&, const float* x, const float* y_gradient,
                                   float* scratch, float* weight_gradient, float* bias_gradient);
    /// ops/node_product.hpp. A null u.v (and u.t) stands for zeros; its gradient is then not written.
    void (*node_product)(AtomRows, MatrixProduct, const CartesianView& u, const CartesianView& m,
                         const CartesianOut& z);
    void (*node_product_backward)(AtomRows, MatrixProduct, const CartesianView& u, const CartesianView& m,
                                  const CartesianView& z_gradient, const CartesianOut& u_gradient,
                                  const CartesianOut& m_gradient);
    /// ops/equivariant_norm.hpp
    void (*equivariant_norm)(AtomRows, const CartesianView& x, const NormGainsView&, const CartesianOut& y);
    void (*equivariant_norm_backward)(AtomRows, const CartesianView& x, const NormGainsView&,
                                      const CartesianView& y_gradient, const CartesianOut& x_gradient,
                                      const NormGainsOut&);
    /// ops/invariants.hpp: y [N, 3 C]; the adjoint reads the lengths from y.
    void (*invariants)(AtomRows, const CartesianView& x, float* y);
    void (*invariants_backward)(AtomRows, const CartesianView& x, const float* y, const float* y_gradient,
                                const CartesianOut& x_gradient);
    /// ops/gated_update.hpp: gate [N, 3 C]. A null x.v (and x.t) stands for zeros. The gradients of x, and of
    /// z.s, are those of y.
    void (*gated_update)(AtomRows, const CartesianView& x, const CartesianView& z, const float* gate,
                         const CartesianOut& y);
    void (*gated_update_backward)(AtomRows, const CartesianView& z, const float* gate,
                                  const CartesianView& y_gradient, float* zv_gradient, float* zt_gradient,
                                  float* gate_gradient);
};

/// The fastest table that this CPU can run; `KEYWAY_ISA=portable|avx2|avx512` in the environment limits it.
const Kernels& kernels();
/// All tables that this CPU can run, portable first; for tests and benchmarks.
std::span<const Kernels* const> runnable_kernels();

/// The table that operations use; null: the reference serves. At the start `kernels()`.
const Kernels* kernels_in_use();
/// For tests and benchmarks, never while operations run.
void use_kernels(const Kernels* table);

}  // namespace keyway::ops::cpu

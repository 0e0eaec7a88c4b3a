/// The pocket encoder: Cartesian SO(3) tensors up to l = 2, edge messages without an MLP, a 3x3 product at
/// atoms.
#pragma once

#include "keyway/nn/layers.hpp"
#include "keyway/ops/cartesian.hpp"
#include "keyway/ops/edge_graph.hpp"
#include "keyway/ops/mixed_product.hpp"

#include <optional>
#include <vector>

namespace keyway::nn {

struct PocketEncoderOptions {
    std::int64_t feature_rows = 0, edge_classes = 0;
    std::int64_t channels = 0, heads = 0;
    int layers = 0;
    int spline_knots = 0;
    double edge_cutoff_angstrom = 0;
    ops::Parity parity = ops::Parity::so3;
};

/// What the state holds: the embedding is scalar, so the first layer has no weights for vectors and matrices
/// it cannot see.
enum class Degrees { scalars, all };

/// With x_hat = (s, v, T) = norm(x):
///     m = W_m edge_message(W_send s, v, T)
///     z = W_z [ (W_self s, v, T) . m ]
///     g = MLP(s, |v|, |T|)
///     x.s += z.s + g0;  x.v += sigma(g1) z.v;  x.T += sigma(g2) z.T
/// W_m and W_z have one matrix for each degree l. Vectors and matrices are mixed nowhere else: as in
/// TensorNet (arXiv 2306.06482), once between message and product and once before the state.
class PocketLayer {
public:
    PocketLayer(const Scope& scope, const PocketEncoderOptions& options, Degrees input);
    /// The new state of the graph's receivers; `receiver` [R] int64 names their atoms, undefined where all
    /// atoms receive.
    ops::Cartesian operator()(const ops::Cartesian& x, const ops::EdgeGraph& graph,
                              const at::Tensor& receiver = {}) const;

private:
    /// One weight matrix for each degree l.
    struct Mixer {
        Mixer(const Scope& scope, std::int64_t channels);
        ops::Mixer weights() const;
        Linear s, v, t;
    };
    ops::Cartesian normed(const ops::Cartesian& x) const;

    PocketEncoderOptions options_;
    LayerNorm norm_s_;
    std::optional<Parameter> norm_v_, norm_t_;
    Linear query_, key_, send_, self_;
    Parameter attention_bias_, radial_table_;
    Mixer receive_, product_;
    Mlp gate_;
};

class PocketEncoder {
public:
    PocketEncoder(const Scope& scope, const PocketEncoderOptions& options);

    /// State of some atoms after the last layer, which nobody else receives in.
    /// feature_row [N, columns], atom [T] int64, each once; undefined: all. -> [T, ...]
    ops::Cartesian encode(const at::Tensor& feature_row, const ops::EdgeGraph& graph,
                          const at::Tensor& atom = {}) const;
    /// Invariant tokens LN(MLP([s; |W v|; |W T|])). -> [T, C]
    at::Tensor tokens(const ops::Cartesian& state) const;
    /// The learned token that stands for "no pocket", once per pocket. -> [pockets, C]
    at::Tensor blank_tokens(std::int64_t pockets) const;

private:
    PocketEncoderOptions options_;
    Embedding embedding_;
    std::vector<PocketLayer> layers_;
    Linear token_v_, token_t_;
    Mlp token_;
    LayerNorm token_norm_;
    Parameter blank_token_;
};

}  // namespace keyway::nn

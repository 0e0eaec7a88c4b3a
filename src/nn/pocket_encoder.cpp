/// Equations: pocket_encoder.hpp.
#include "keyway/nn/pocket_encoder.hpp"

#include "keyway/ops/edge_conv.hpp"
#include "keyway/ops/edge_message.hpp"
#include "keyway/ops/equivariant_norm.hpp"
#include "keyway/ops/node_product.hpp"

#include <ATen/ATen.h>

#include <cmath>

namespace keyway::nn {

namespace {

// Mean number of pocket atoms within the cutoff: 31 at 6 A and 60 at 8 A, measured on whole-residue pockets.
// A constant of the model, never of the batch.
double expected_degree(double cutoff_angstrom) { return 31 * std::pow(cutoff_angstrom / 6, 2.3); }

// The constant keeps the root's slope finite at zero.
at::Tensor length(const at::Tensor& squared) { return (squared + 1e-6).sqrt(); }

}  // namespace

PocketLayer::Mixer::Mixer(const Scope& scope, std::int64_t channels, Degrees degrees)
    : s(scope / "s", {channels, channels}) {
    if (degrees == Degrees::scalars) return;
    v.emplace(scope / "v", Linear::Shape{channels, channels});
    t.emplace(scope / "t", Linear::Shape{channels, channels});
}

ops::Cartesian PocketLayer::Mixer::operator()(const ops::Cartesian& x) const {
    return {s(x.s), v ? (*v)(x.v) : x.v, t ? (*t)(x.t) : x.t};
}

PocketLayer::PocketLayer(const Scope& scope, const PocketEncoderOptions& options, Degrees input)
    : options_(options),
      norm_s_(scope / "norm_s", options.channels),
      query_(scope / "query", {options.channels, options.channels}),
      key_(scope / "key", {options.channels, options.channels}),
      attention_bias_(scope.add("attention_bias", {options.heads}, Init::zeros())),
      radial_table_(scope.add("radial_table",
                              {options.edge_classes, options.spline_knots, ops::kEdgePaths, options.heads},
                              Init::normal(1))),
      send_(scope / "send", options.channels, input),
      receive_(scope / "receive", options.channels, Degrees::all),
      self_(scope / "self", options.channels, input),
      product_(scope / "product", options.channels, Degrees::all),
      gate_(scope / "gate",
            {(input == Degrees::all ? 3 : 1) * options.channels, options.channels, 3 * options.channels}) {
    if (input == Degrees::scalars) return;
    norm_v_ = scope.add("norm_v", {options.channels}, Init::ones());
    norm_t_ = scope.add("norm_t", {options.channels}, Init::ones());
    gate_v_.emplace(scope / "gate_v", Linear::Shape{options.channels, options.channels});
    gate_t_.emplace(scope / "gate_t", Linear::Shape{options.channels, options.channels});
}

ops::Cartesian PocketLayer::normed(const ops::Cartesian& x) const {
    if (!norm_v_) return {norm_s_(x.s), x.v, x.t};
    return ops::equivariant_norm(x, {*norm_s_.gain, *norm_s_.bias, **norm_v_, **norm_t_});
}

at::Tensor PocketLayer::gates(const ops::Cartesian& x) const {
    if (!gate_v_) return gate_(x.s);
    return gate_(at::cat(
        {x.s, length(ops::squared_norm_v((*gate_v_)(x.v))), length(ops::squared_norm_t((*gate_t_)(x.t)))},
        1));
}

ops::Cartesian PocketLayer::operator()(const ops::Cartesian& x, const ops::EdgeGraph& graph) const {
    const ops::Cartesian in = normed(x);
    const ops::Cartesian message = receive_(ops::edge_message(
        send_(in), {query_(in.s), key_(in.s), *attention_bias_},
        {*radial_table_, options_.edge_cutoff_angstrom, expected_degree(options_.edge_cutoff_angstrom)},
        graph, options_.parity));
    const ops::Cartesian z = product_(ops::node_product(self_(in), message, options_.parity));
    const auto g = gates(in).chunk(3, 1);  // [N, C] each
    return {x.s + z.s + g[0], x.v + at::sigmoid(g[1]).unsqueeze(1) * z.v,
            x.t + at::sigmoid(g[2]).unsqueeze(1) * z.t};
}

PocketEncoder::PocketEncoder(const Scope& scope, const PocketEncoderOptions& options)
    : options_(options),
      embedding_(scope / "embedding", options.feature_rows, options.channels),
      token_v_(scope / "token_v", {options.channels, options.channels}),
      token_t_(scope / "token_t", {options.channels, options.channels}),
      token_(scope / "token", {3 * options.channels, options.channels, options.channels}),
      token_norm_(scope / "token_norm", options.channels),
      blank_token_(scope.add("blank_token", {1, options.channels}, Init::normal(1))) {
    for (int k = 0; k < options.layers; ++k)
        layers_.emplace_back(scope / "layers" / k, options, k == 0 ? Degrees::scalars : Degrees::all);
}

ops::Cartesian PocketEncoder::encode(const at::Tensor& feature_row, const ops::EdgeGraph& graph) const {
    const at::Tensor s = embedding_(feature_row);  // [N, C]
    ops::Cartesian x{s, at::zeros({s.size(0), 3, s.size(1)}, s.options()),
                     at::zeros({s.size(0), 5, s.size(1)}, s.options())};
    for (const PocketLayer& layer : layers_) x = layer(x, graph);
    return x;
}

at::Tensor PocketEncoder::tokens(const ops::Cartesian& state, const at::Tensor& token_atom) const {
    const at::Tensor s = state.s.index_select(0, token_atom);  // [T, C]
    const at::Tensor v = length(ops::squared_norm_v(token_v_(state.v.index_select(0, token_atom))));
    const at::Tensor t = length(ops::squared_norm_t(token_t_(state.t.index_select(0, token_atom))));
    return token_norm_(token_(at::cat({s, v, t}, 1)));
}

at::Tensor PocketEncoder::blank_tokens(std::int64_t pockets) const {
    return blank_token_->expand({pockets, -1});
}

}  // namespace keyway::nn

/// Equations: pocket_encoder.hpp.
#include "keyway/nn/pocket_encoder.hpp"

#include "keyway/ops/edge_conv.hpp"
#include "keyway/ops/edge_message.hpp"
#include "keyway/ops/equivariant_norm.hpp"
#include "keyway/ops/gated_update.hpp"
#include "keyway/ops/invariants.hpp"
#include "keyway/ops/linear.hpp"

#include <ATen/ATen.h>

#include <cmath>

namespace keyway::nn {

namespace {

// Mean number of pocket atoms within the cutoff: 31 at 6 A and 60 at 8 A, measured on whole-residue pockets.
// A constant of the model, never of the batch.
double expected_degree(double cutoff_angstrom) { return 31 * std::pow(cutoff_angstrom / 6, 2.3); }

at::Tensor rows_of(const at::Tensor& x, const at::Tensor& atom) {
    return x.defined() ? x.index_select(0, atom) : x;
}

/// Undefined `atom`: all of them.
ops::Cartesian rows_of(const ops::Cartesian& x, const at::Tensor& atom) {
    if (!atom.defined()) return x;
    return {rows_of(x.s, atom), rows_of(x.v, atom), rows_of(x.t, atom)};
}

}  // namespace

PocketLayer::Mixer::Mixer(const Scope& scope, std::int64_t channels)
    : s(scope / "s", {channels, channels}),
      v(scope / "v", {channels, channels}),
      t(scope / "t", {channels, channels}) {}

ops::Mixer PocketLayer::Mixer::weights() const { return {*s.weight, *v.weight, *t.weight}; }

PocketLayer::PocketLayer(const Scope& scope, const PocketEncoderOptions& options, Degrees input)
    : options_(options),
      norm_s_(scope / "norm_s", options.channels),
      query_(scope / "query", {options.channels, options.channels}),
      key_(scope / "key", {options.channels, options.channels}),
      send_(scope / "send", {options.channels, options.channels}),
      self_(scope / "self", {options.channels, options.channels}),
      attention_bias_(scope.add("attention_bias", {options.heads}, Init::zeros())),
      radial_table_(scope.add("radial_table",
                              {options.edge_classes, options.spline_knots, ops::kEdgePaths, options.heads},
                              Init::normal(1))),
      receive_(scope / "receive", options.channels),
      product_(scope / "product", options.channels),
      gate_(scope / "gate",
            {(input == Degrees::all ? 3 : 1) * options.channels, options.channels, 3 * options.channels}) {
    if (input == Degrees::scalars) return;
    norm_v_ = scope.add("norm_v", {options.channels}, Init::ones());
    norm_t_ = scope.add("norm_t", {options.channels}, Init::ones());
}

ops::Cartesian PocketLayer::normed(const ops::Cartesian& x) const {
    if (!norm_v_) return {norm_s_(x.s), x.v, x.t};
    return ops::equivariant_norm(x, {*norm_s_.gain, *norm_s_.bias, **norm_v_, **norm_t_});
}

ops::Cartesian PocketLayer::operator()(const ops::Cartesian& x, const ops::EdgeGraph& graph,
                                       const at::Tensor& receiver) const {
    const ops::Cartesian n = normed(x), own = rows_of(n, receiver);
    const auto sent = ops::linear(n.s, {*send_.weight, *key_.weight});      // [N, C] each
    const auto kept = ops::linear(own.s, {*self_.weight, *query_.weight});  // [R, C] each
    const ops::Cartesian message = ops::edge_message(
        {sent[0], n.v, n.t}, {kept[1], sent[1], *attention_bias_},
        {*radial_table_, options_.edge_cutoff_angstrom, expected_degree(options_.edge_cutoff_angstrom)},
        graph, options_.parity);
    const ops::Cartesian z = ops::mixed_product({kept[0], own.v, own.t}, message, receive_.weights(),
                                                product_.weights(), options_.parity);
    return ops::gated_update(rows_of(x, receiver), z, gate_(norm_v_ ? ops::invariants(own) : own.s));
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

ops::Cartesian PocketEncoder::encode(const at::Tensor& feature_row, const ops::EdgeGraph& graph,
                                     const at::Tensor& atom) const {
    ops::Cartesian x{embedding_(feature_row), {}, {}};  // [N, C]
    for (std::size_t k = 0; k + 1 < layers_.size(); ++k) x = layers_[k](x, graph);
    return layers_.back()(x, atom.defined() ? ops::towards(graph, atom) : graph, atom);
}

at::Tensor PocketEncoder::tokens(const ops::Cartesian& state) const {
    return token_norm_(token_(ops::invariants({state.s, token_v_(state.v), token_t_(state.t)})));
}

at::Tensor PocketEncoder::blank_tokens(std::int64_t pockets) const {
    return blank_token_->expand({pockets, -1});
}

}  // namespace keyway::nn

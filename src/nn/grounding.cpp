/// Equations: grounding.hpp.
#include "keyway/nn/grounding.hpp"

#include "keyway/ops/distance_bias.hpp"
#include "keyway/ops/ligand_kernels.hpp"
#include "keyway/ops/pair_attention.hpp"

#include <ATen/ATen.h>

namespace keyway::nn {
namespace {

/// Keeps the direction of a vector that is hardly there from being noise.
constexpr double kSmallestSquare = 1e-2;

/// Distances of atoms and the tokens of their pocket. [A, 3] -> [A, most]
at::Tensor distances(const at::Tensor& anchor, const at::Tensor& position, const ops::PairLayout& layout) {
    const at::Tensor atom = layout.atoms_to_blocks(anchor), token = layout.tokens_to_blocks(position);
    at::Tensor squared;                     // [blocks, rows, columns]
    for (int axis = 0; axis < 3; ++axis) {  // no product of positions: it would cancel far from the origin
        const at::Tensor d = atom.select(2, axis).unsqueeze(2) - token.select(2, axis).unsqueeze(1);
        squared = squared.defined() ? squared + d * d : d * d;
    }
    return layout.blocks_to_atoms((squared + ops::cpu::kSoftSquaredAngstrom).sqrt());
}

}  // namespace

Grounding::Grounding(const Scope& scope, Shape shape)
    : shape_(shape),
      norm_(scope / "norm", shape.channels),
      query_(scope / "query", {shape.channels, shape.channels}),
      key_(scope / "key", {shape.token_channels, shape.channels}),
      vector_(scope / "vector", {shape.token_channels, shape.heads * vectors_per_head()}),
      mix_(scope / "mix", {shape.channels, shape.heads}),
      offset_(scope / "offset", {shape.channels, shape.heads * vectors_per_head(), 0.5}),
      radial_table_(scope.add("radial_table", {kAnchorKnots, shape.heads + 1}, Init::zeros())) {}

AnchorKeys Grounding::project(const TokenSpace& tokens) const {
    const at::Tensor& v = tokens.vector;
    const std::int64_t count = v.size(0), heads = shape_.heads, vectors = vectors_per_head();
    const at::Tensor size = (v.square().sum(1, true).mean(2, true) + kSmallestSquare).sqrt();  // [T, 1, 1]
    const at::Tensor u = vector_(v / size)                                                     // [T, 3, H K]
                             .view({count, 3, heads, vectors})
                             .permute({0, 2, 3, 1})
                             .reshape({count, heads, 3 * vectors});
    const at::Tensor place = tokens.position.unsqueeze(1).expand({count, heads, 3});
    const std::int64_t spare = shape_.channels / heads - 3 - 3 * vectors;
    return {key_(tokens.token),
            at::constant_pad_nd(at::cat({place, u}, 2), {0, spare}).view({count, shape_.channels}),
            tokens.position};
}

at::Tensor Grounding::anchors(const at::Tensor& h, const AnchorKeys& pocket,
                              const ops::Pairing& pairing) const {
    const std::int64_t atoms = h.size(0), heads = shape_.heads, vectors = vectors_per_head();
    const at::Tensor n = norm_(h);
    const at::Tensor seen =
        ops::attend_tokens(query_(n), {pocket.key, pocket.value, {}}, pairing, static_cast<int>(heads))
            .view({atoms, heads, -1});
    const at::Tensor place = (at::softmax(mix_(n), 1).unsqueeze(2) * seen.narrow(2, 0, 3)).sum(1);
    const at::Tensor arrows = seen.narrow(2, 3, 3 * vectors).reshape({atoms, heads * vectors, 3});
    return place + (offset_(n).unsqueeze(2) * arrows).sum(1);  // [A, 3]
}

Grounded Grounding::operator()(const at::Tensor& h, const AnchorKeys& pocket,
                               const ops::Pairing& pairing) const {
    if (!pocket.position.defined()) return {};
    Grounded grounded{.anchor = anchors(h, pocket, pairing)};
    const at::Tensor bias = ops::distance_bias(distances(grounded.anchor, pocket.position, pairing.dense),
                                               *radial_table_, kAnchorCutoffAngstrom);  // [H + 1, A, most]
    grounded.attention_bias = bias.narrow(0, 0, shape_.heads);
    grounded.gate_bias = bias.select(0, shape_.heads);
    return grounded;
}

}  // namespace keyway::nn

/// Equations: fusion.hpp.
#include "keyway/nn/fusion.hpp"

#include "keyway/ops/cross_attention.hpp"

#include <ATen/ATen.h>

namespace keyway::nn {

Pairing::Pairing(const ops::PairOffsets& offsets, at::Device device)
    : dense(ops::PairLayout::smallest(offsets, device)),
      by_ligand(ops::PairLayout::by_ligand(offsets, device)) {}

Fusion::Reverse::Reverse(const Scope& scope, const FusionOptions& options)
    : pocket_query(scope / "pocket_query", {options.token_channels, options.channels}),
      norm(scope / "norm", options.channels),
      key(scope / "key", {options.channels, options.channels}),
      value(scope / "value", {options.channels, 2 * options.channels}) {}

Fusion::Layer::Layer(const Scope& scope, const FusionOptions& options, bool last)
    : pocket_key(scope / "pocket_key", {options.token_channels, options.channels}),
      pocket_value(scope / "pocket_value", {options.token_channels, options.channels}),
      norm(scope / "norm", options.channels),
      query(scope / "query", {options.channels, options.channels}),
      out(scope / "out", {options.channels, options.channels}),
      gine(scope / "gine", {options.channels, options.bond_types, options.stereo_coordinates}) {
    if (options.reverse_update && !last) reverse.emplace(scope / "reverse", options);
}

Fusion::Fusion(const Scope& scope, const FusionOptions& options) : options_(options) {
    for (int k = 0; k < options.layers; ++k)
        layers_.emplace_back(scope / "layers" / k, options, k + 1 == options.layers);
}

std::vector<PocketKeys> Fusion::project(const at::Tensor& token) const {
    std::vector<PocketKeys> keys;
    for (const Layer& layer : layers_)
        keys.push_back({layer.pocket_key(token), layer.pocket_value(token),
                        layer.reverse ? layer.reverse->pocket_query(token) : at::Tensor()});
    return keys;
}

at::Tensor Fusion::operator()(at::Tensor h, const std::vector<PocketKeys>& pocket, const LigandInput& ligands,
                              const Pairing& pairing, Dropout& dropout) const {
    const int heads = static_cast<int>(options_.heads);
    at::Tensor key_change, value_change;  // [L, tokens, d]; undefined until a ligand has answered
    for (std::size_t k = 0; k < layers_.size(); ++k) {
        const Layer& layer = layers_[k];
        const ops::PairLayout& layout = key_change.defined() ? pairing.by_ligand : pairing.dense;
        at::Tensor key = layout.tokens_to_blocks(pocket[k].key),
                   value = layout.tokens_to_blocks(pocket[k].value);
        if (key_change.defined()) key = key + key_change, value = value + value_change;
        const at::Tensor query = layout.atoms_to_blocks(layer.query(layer.norm(h)));
        const at::Tensor seen = ops::cross_attention(query, key, value, layout.token_mask(), heads);
        h = h + dropout(layer.out(layout.blocks_to_atoms(seen)));
        h = layer.gine(h, ligands, {}, dropout);

        if (!layer.reverse) continue;
        const ops::PairLayout& own = pairing.by_ligand;
        const at::Tensor atom = layer.reverse->norm(h);
        const at::Tensor answer = ops::cross_attention(
            own.tokens_to_blocks(pocket[k].query), own.atoms_to_blocks(layer.reverse->key(atom)),
            own.atoms_to_blocks(layer.reverse->value(atom)), own.atom_mask(), heads);  // [L, tokens, 2 d]
        const auto change =
            answer.view({answer.size(0), answer.size(1), heads, 2, -1}).unbind(3);  // [L, tokens, H, d / H]
        const at::Tensor dk = change[0].flatten(2), dv = change[1].flatten(2);
        key_change = key_change.defined() ? key_change + dk : dk;
        value_change = value_change.defined() ? value_change + dv : dv;
    }
    return h;
}

}  // namespace keyway::nn

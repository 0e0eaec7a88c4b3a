/// Equations: fusion.hpp.
#include "keyway/nn/fusion.hpp"

#include "keyway/ops/pair_attention.hpp"

#include <ATen/ATen.h>

namespace keyway::nn {

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
                              const Pairing& pairing, Dropout& dropout, const SecondPass& second) const {
    const int heads = static_cast<int>(options_.heads);
    ops::TokenChanges change;  // [L, most, d]; undefined until a ligand has answered
    for (std::size_t k = 0; k < layers_.size(); ++k) {
        const Layer& layer = layers_[k];
        const at::Tensor bias = second && k + 1 == layers_.size() ? second(h) : at::Tensor();
        const at::Tensor seen = ops::attend_tokens(
            layer.query(layer.norm(h)), {pocket[k].key, pocket[k].value, change, bias}, pairing, heads);
        h = h + dropout(layer.out(seen));
        h = layer.gine(h, ligands, {}, dropout);

        if (!layer.reverse) continue;
        const at::Tensor atom = layer.reverse->norm(h);
        const ops::TokenChanges answer = ops::answer_tokens(
            pocket[k].query, {layer.reverse->key(atom), layer.reverse->value(atom)}, pairing, heads);
        change.key = change.key.defined() ? change.key + answer.key : answer.key;
        change.value = change.value.defined() ? change.value + answer.value : answer.value;
    }
    return h;
}

}  // namespace keyway::nn

/// Reference of pair_attention.hpp: padded blocks and stock operations.
#include "keyway/ops/pair_attention.hpp"

#include "keyway/ops/cross_attention.hpp"

#include <ATen/ATen.h>

namespace keyway::ops {

at::Tensor attend_tokens_reference(const at::Tensor& query, const TokenKeys& tokens, const Pairing& pairing,
                                   int heads) {
    const bool changed = tokens.change.key.defined();
    const PairLayout& layout = changed ? pairing.by_ligand : pairing.dense;
    at::Tensor key = layout.tokens_to_blocks(tokens.key), value = layout.tokens_to_blocks(tokens.value);
    if (changed) key = key + tokens.change.key, value = value + tokens.change.value;
    at::Tensor bias;
    if (tokens.bias.defined())
        bias =
            layout.atoms_to_blocks(tokens.bias.transpose(0, 1)).transpose(1, 2);  // [blocks, H, rows, most]
    return layout.blocks_to_atoms(
        cross_attention(layout.atoms_to_blocks(query), key, value, layout.token_mask(), heads, bias));
}

TokenChanges answer_tokens_reference(const at::Tensor& query, const AtomKeys& atoms, const Pairing& pairing,
                                     int heads) {
    const PairLayout& own = pairing.by_ligand;
    const at::Tensor answer =
        cross_attention(own.tokens_to_blocks(query), own.atoms_to_blocks(atoms.key),
                        own.atoms_to_blocks(atoms.value), own.atom_mask(), heads);  // [L, most, 2 d]
    const auto change =
        answer.view({answer.size(0), answer.size(1), heads, 2, -1}).unbind(3);  // [L, most, H, d / H]
    return {change[0].flatten(2), change[1].flatten(2)};
}

at::Tensor pair_sum_reference(const PairForms& forms, const Pairing& pairing) {
    const PairLayout& layout = pairing.dense;
    const auto form = [&](const at::Tensor& atom, const at::Tensor& token) {  // -> [blocks, rows, columns]
        return at::matmul(layout.atoms_to_blocks(atom), layout.tokens_to_blocks(token).transpose(1, 2));
    };
    at::Tensor logit = form(forms.atom_gate * forms.gate_scale, forms.token_gate) + forms.gate_bias;
    if (forms.pair_bias.defined()) logit = logit + layout.atoms_to_blocks(forms.pair_bias);
    at::Tensor pairs = at::sigmoid(logit) * form(forms.atom_energy * forms.energy_scale, forms.token_energy);
    if (layout.token_mask().defined())
        pairs = pairs * layout.token_mask().to(pairs.scalar_type()).unsqueeze(1);  // 0 where no token is
    return layout.blocks_to_atoms(pairs.sum(2));
}

}  // namespace keyway::ops

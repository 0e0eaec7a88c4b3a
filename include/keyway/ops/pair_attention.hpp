/// Attention between the atoms of ligands and the tokens of their pockets, both ways, and the sum over pairs.
///
/// On the CPU in single precision these run as fused kernels that keep no [atoms, tokens] array for the
/// backward pass; elsewhere as the reference operations, which copy ragged rows into padded blocks.
/// Head widths that are no multiple of 4 take the reference too.
#pragma once

#include "keyway/ops/pairing.hpp"

namespace keyway::ops {

/// What a ligand adds to the keys and values of its pocket: [L, most, d] each, or both undefined.
/// Rows beyond a pocket's tokens mean nothing.
struct TokenChanges {
    at::Tensor key, value;
};

struct TokenKeys {
    at::Tensor key, value;  ///< [T, d]
    TokenChanges change;
    /// b [H, A, most], of an atom and the tokens of its pocket in order; undefined: none
    at::Tensor bias = {};
};

/// y_a^h = sum_t softmax_t(q_a^h . (k + dk)_t^h / sqrt(d / H) + b_at^h) (v + dv)_t^h. query [A, d] -> [A, d]
at::Tensor attend_tokens(const at::Tensor& query, const TokenKeys& tokens, const Pairing& pairing, int heads);
at::Tensor attend_tokens_reference(const at::Tensor& query, const TokenKeys& tokens, const Pairing& pairing,
                                   int heads);

struct AtomKeys {
    at::Tensor key;    ///< [A, d]
    at::Tensor value;  ///< [A, H * 2 * d / H]: of each head what it adds to keys, then to values
};

/// For each ligand and token of its pocket: (dk, dv)_t^h = sum_a softmax_a(q_t^h . k_a^h / sqrt(d / H))
/// v_a^h. query [T, d]
TokenChanges answer_tokens(const at::Tensor& query, const AtomKeys& atoms, const Pairing& pairing, int heads);
TokenChanges answer_tokens_reference(const at::Tensor& query, const AtomKeys& atoms, const Pairing& pairing,
                                     int heads);

struct PairForms {
    at::Tensor atom_gate, atom_energy;    ///< [A, w]
    at::Tensor token_gate, token_energy;  ///< [T, w]
    at::Tensor gate_bias;                 ///< [1]
    double gate_scale = 1, energy_scale = 1;
    at::Tensor pair_bias = {};  ///< b [A, most]; undefined: none
};

/// y_a = sum_t sigmoid(gate_scale g_a . g_t + bias + b_at) * energy_scale e_a . e_t -> [A]
at::Tensor pair_sum(const PairForms& forms, const Pairing& pairing);
at::Tensor pair_sum_reference(const PairForms& forms, const Pairing& pairing);

}  // namespace keyway::ops

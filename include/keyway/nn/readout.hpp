/// From fused ligand atoms to numbers: a sum over atom pairs, a small pooled term, variance, distance bins,
/// retrieval.
#pragma once

#include "keyway/nn/fusion.hpp"
#include "keyway/nn/layers.hpp"
#include "keyway/ops/csr.hpp"
#include "keyway/ops/pair_attention.hpp"

namespace keyway::nn {

/// A pocket of ordinary size; a blank token stands for this many.
inline constexpr double kTypicalTokens = 200;

/// The pocket's side of the pair read-out. [T, pair channels] each.
struct PairKeys {
    at::Tensor gate, energy, distance;
    double tokens_each = 1;  ///< how many pocket atoms a token stands for
};

/// With h' = LN(h): gate = sigma(<A1 h', B1 p> / sqrt(d_p) + b + b_at), energy = <A2 h', B2 p> / sqrt(d_p) /
/// 400 * tokens_each, pair_pk = sum over all pairs of gate * energy. The constant makes a sum over 25 atoms
/// and 200 tokens start at order one even where all terms have one sign; it is the same for every pocket, so
/// contacts add up across pockets too.
class PairReadout {
public:
    struct Shape {
        std::int64_t token_channels, channels, pair_channels, distance_bins;
    };
    struct Pairs {
        at::Tensor gate, energy;  ///< [blocks, rows, columns]; energy is 0 where a slot is not real
    };
    PairReadout(const Scope& scope, Shape shape);

    PairKeys project(const at::Tensor& token, double tokens_each) const;
    /// `gate_bias` b_at [A, most] is what grounding adds; undefined: nothing.
    Pairs pairs(const at::Tensor& h, const PairKeys& pocket, const ops::PairLayout& layout,
                const at::Tensor& gate_bias = {}) const;
    /// Sum of gate * energy over all pairs of a ligand, without keeping the pairs. -> [ligands]
    at::Tensor sum(const at::Tensor& h, const PairKeys& pocket, const ops::Pairing& pairing,
                   const ops::Csr& atoms_of_ligand, const at::Tensor& gate_bias = {}) const;
    /// Logits <h W_k, p> of each distance bin. -> [blocks, rows, columns, bins]
    at::Tensor distance_logits(const at::Tensor& h, const PairKeys& pocket,
                               const ops::PairLayout& layout) const;

private:
    ops::PairForms forms(const at::Tensor& h, const PairKeys& pocket, const at::Tensor& gate_bias) const;

    Shape shape_;
    LayerNorm norm_;
    Linear atom_gate_, token_gate_, atom_energy_, token_energy_, atom_distance_, token_distance_;
    Parameter gate_bias_;
    Linear distance_form_;
    Parameter distance_bias_;
};

/// What cannot be told atom pair by atom pair: a small MLP of pooled ligand features plus the bias, and the
/// variance.
class PooledReadout {
public:
    PooledReadout(const Scope& scope, std::int64_t channels, std::int64_t hidden);

    /// [mean over atoms, sum over atoms / 25] of LN(h). -> [ligands, 2 d]
    at::Tensor pool(const at::Tensor& h, const ops::Csr& atoms_of_ligand) const;
    at::Tensor pk(const at::Tensor& pooled) const;            ///< -> [ligands]
    at::Tensor log_variance(const at::Tensor& pooled) const;  ///< -> [ligands] in (-5, 5); input is detached

private:
    LayerNorm norm_;
    Mlp pk_, log_variance_;
    Parameter bias_;
};

/// sum over the set bits b of a ligand's Morgan fingerprint of w_b / 4: fragments that are worth the same in
/// any pocket, which a linear model finds from far fewer compounds than the graph needs. w starts at 0; the
/// constant makes a step of the optimiser move the sum over some 50 bits about as much as other read-outs.
class FingerprintSum {
public:
    static constexpr double kScale = 0.25;
    FingerprintSum(const Scope& scope, std::int64_t bits);
    /// `bit` [F] with the ligands as rows -> [ligands]
    at::Tensor operator()(const at::Tensor& bit, const ops::Csr& bits_of_ligand) const;

private:
    Parameter weight_;
};

/// Attention-pooled, projected to unit length. [entries, in] -> [rows, out]
class RetrievalHead {
public:
    RetrievalHead(const Scope& scope, std::int64_t in, std::int64_t out);
    at::Tensor operator()(const at::Tensor& x, const ops::Csr& rows) const;

private:
    LayerNorm norm_;
    Linear weight_, out_;
};

}  // namespace keyway::nn

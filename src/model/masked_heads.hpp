/// What pretraining asks of the network's states. These heads live in the trainer and its checkpoints only:
/// shipped weights do not know them.
#pragma once

#include "model/masking.hpp"

#include "keyway/model/config.hpp"
#include "keyway/nn/layers.hpp"
#include "keyway/nn/parameters.hpp"

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

namespace keyway::model {

/// States of a forward pass: pocket tokens before fusion, ligand atoms after it.
struct MaskedStates {
    at::Tensor token;                           ///< [T, C]
    at::Tensor atom;                            ///< [A, d]
    const std::vector<std::int64_t>& atom_ptr;  ///< [pairs + 1]
};

/// Logits and values for the hidden parts, in their order; undefined where nothing is hidden.
struct MaskedGuesses {
    at::Tensor residue_type;  ///< [residues, 24] logits
    at::Tensor element;       ///< [atoms, 16] logits
    at::Tensor hydrogens;     ///< [atoms]
};

/// residue: p = mean of its tokens, c = sum_a softmax_a(<W_q p, W_k h_a> / sqrt(d)) W_v h_a over the ligand's
/// fused atoms, logits = MLP([p, c]): the pocket's own tokens never see the ligand, so c is the only way from
/// the other side. Ligand atoms have met the pocket in fusion: element and hydrogens = MLP(h).
class MaskedHeads {
public:
    MaskedHeads(const ModelConfig& config, const nn::Parameters::Layout& layout);

    const nn::Parameters& parameters() const { return parameters_; }
    MaskedGuesses operator()(const MaskedStates& states, const MaskedInput& input) const;

private:
    nn::Parameters parameters_;
    std::int64_t channels_;
    nn::Linear query_, key_, value_;
    nn::Mlp residue_, atom_;
};

/// Mean cross-entropies and mean squared error [hydrogens^2]; undefined where nothing is hidden.
struct MaskedLosses {
    at::Tensor residue_type, element, hydrogens;
};
MaskedLosses masked_losses(const MaskedGuesses& guesses, const MaskedInput& input);

/// Counts right guesses and classes.
MaskedResult masked_result(const MaskedGuesses& guesses, const MaskedInput& input);

}  // namespace keyway::model

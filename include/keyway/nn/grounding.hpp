/// Grounding: every ligand atom gets an anchor in space, and what comes after knows how far the anchor is
/// from each pocket atom. First find the place, then ask what sits next to it.
#pragma once

#include "keyway/nn/layers.hpp"
#include "keyway/ops/pairing.hpp"

namespace keyway::nn {

/// Beyond this an anchor and a token do not know their distance.
inline constexpr double kAnchorCutoffAngstrom = 12;
inline constexpr int kAnchorKnots = 16;

/// The pocket's side, projected once per pocket. Undefined where the pocket is blanked: it has no places.
struct AnchorKeys {
    at::Tensor key;       ///< [T, d]
    at::Tensor value;     ///< [T, d]: of each head the position, K vectors and zeros
    at::Tensor position;  ///< [T, 3] [A]
};

/// Tokens as they lie in space.
struct TokenSpace {
    at::Tensor token;     ///< [T, C]
    at::Tensor vector;    ///< [T, 3, C] of the pocket encoder
    at::Tensor position;  ///< [T, 3] [A]
};

/// All undefined without places.
struct Grounded {
    at::Tensor anchor;          ///< [A, 3] in the pocket's frame [A]
    at::Tensor attention_bias;  ///< [H, A, most] of the last fusion layer
    at::Tensor gate_bias;       ///< [A, most] of the contact gates
};

/// With n = LN(h), head h of H, alpha_at^h = softmax_t(<W_q n_a, W_k p_t>^h), u_t = W_v v_t / |v_t|_rms:
///
///     anchor_a = sum_h softmax_h(W_m n_a)^h sum_t alpha_at^h position_t
///              + sum_hk (W_g n_a)^hk sum_t alpha_at^h u_t^hk
///
/// which turns and moves with the pocket. Radial functions of |anchor_a - position_t| (ops/distance_bias.hpp)
/// are the biases; they start at zero, so a fresh grounded network computes what the ungrounded one does.
class Grounding {
public:
    struct Shape {
        std::int64_t token_channels, channels, heads;  ///< channels / heads is at least 6
    };
    Grounding(const Scope& scope, Shape shape);

    AnchorKeys project(const TokenSpace& tokens) const;
    Grounded operator()(const at::Tensor& h, const AnchorKeys& pocket, const ops::Pairing& pairing) const;

    std::int64_t vectors_per_head() const { return (shape_.channels / shape_.heads - 3) / 3; }

private:
    at::Tensor anchors(const at::Tensor& h, const AnchorKeys& pocket, const ops::Pairing& pairing) const;

    Shape shape_;
    LayerNorm norm_;
    Linear query_, key_, vector_, mix_, offset_;
    Parameter radial_table_;  // [knots, H + 1]: of each head's attention, then of the gate
};

}  // namespace keyway::nn

/// Fusion: ligand atoms attend to pocket tokens, bonds carry what they learned, and the ligand answers back.
#pragma once

#include "keyway/nn/layers.hpp"
#include "keyway/nn/ligand_encoder.hpp"
#include "keyway/ops/pairing.hpp"

#include <functional>
#include <vector>

namespace keyway::nn {

struct FusionOptions {
    std::int64_t token_channels = 0;  ///< C of pocket tokens
    std::int64_t channels = 0, heads = 0;
    std::int64_t bond_types = 0, stereo_coordinates = 0;
    int layers = 0;
    bool reverse_update = true;
};

/// The pocket's side of one fusion layer, projected once per pocket. [T, d] each.
struct PocketKeys {
    at::Tensor key, value;
    at::Tensor query;  ///< of the reverse direction; undefined in the last layer and without reverse update
};

using ops::Pairing;

/// Called before the last layer with the atoms as they are, [A, d]: what its attention adds to the logits,
/// [H, A, most], or undefined.
using SecondPass = std::function<at::Tensor(const at::Tensor& h)>;

/// (1) h += W_o attention(LN(h) W_q; K + dK, V + dV)
/// (2) h = GINE layer(h): bond propagation is the feed-forward block
/// (3) all layers but the last: (dK, dV) += attention over the ligand's atoms (W_p p; W_k LN(h), W_v LN(h)),
///     head by head. The update is linear in the values, so each ligand owns a changed pocket without any
///     GEMM on tokens.
class Fusion {
public:
    Fusion(const Scope& scope, const FusionOptions& options);

    /// token [T, C] -> one entry per layer
    std::vector<PocketKeys> project(const at::Tensor& token) const;
    /// h [A, d] -> [A, d]
    at::Tensor operator()(at::Tensor h, const std::vector<PocketKeys>& pocket, const LigandInput& ligands,
                          const Pairing& pairing, Dropout& dropout, const SecondPass& second = {}) const;

private:
    struct Reverse {
        Reverse(const Scope& scope, const FusionOptions& options);
        Linear pocket_query;
        LayerNorm norm;
        Linear key, value;  // value: [d -> 2 d], for each head (change of key, change of value)
    };
    struct Layer {
        Layer(const Scope& scope, const FusionOptions& options, bool last);
        Linear pocket_key, pocket_value;
        LayerNorm norm;
        Linear query, out;
        GineLayer gine;
        std::optional<Reverse> reverse;
    };

    FusionOptions options_;
    std::vector<Layer> layers_;
};

}  // namespace keyway::nn

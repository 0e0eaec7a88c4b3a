/// A training head: how far apart atoms of one ligand lie in space, told from the graph alone.
#pragma once

#include "keyway/nn/layers.hpp"

namespace keyway::nn {

/// Logits of distance bins, <(W z_i) (W z_j), U_b> + c_b with z = LN(h): the same for (i, j) and (j, i).
class LigandDistances {
public:
    struct Shape {
        std::int64_t channels, pair_channels, bins;
    };
    LigandDistances(const Scope& scope, Shape shape);
    /// h [A, d], first and second [pairs] atoms -> [pairs, bins]
    at::Tensor operator()(const at::Tensor& h, const at::Tensor& first, const at::Tensor& second) const;

private:
    LayerNorm norm_;
    Linear atom_, bins_;
};

}  // namespace keyway::nn

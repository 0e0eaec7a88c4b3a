/// The ligand encoder: GINE+ with a virtual node and signed-volume stereo messages.
#pragma once

#include "keyway/nn/layers.hpp"
#include "keyway/ops/gine.hpp"
#include "keyway/ops/signed_volume.hpp"

#include <vector>

namespace keyway::nn {

struct LigandEncoderOptions {
    std::int64_t feature_rows = 0, bond_types = 0;
    std::int64_t channels = 0;
    std::int64_t stereo_coordinates = 0;
    int layers = 0;
};

/// A batch of ligand graphs as the network sees it.
struct LigandInput {
    at::Tensor feature_row;    ///< [A, columns]
    ops::Csr atoms_of_ligand;  ///< rows are ligands
    ops::BondGraph bonds;
    ops::StereoCentres stereo;
};

/// m_a = gated sum over neighbours;  h += W2 SiLU(W1 LN(h + m + context)) + stereo message at centres
class GineLayer {
public:
    struct Shape {
        std::int64_t channels, bond_types, stereo_coordinates;
    };
    GineLayer(const Scope& scope, Shape shape);
    /// h [A, d]; context [A, d] is added to the input of the MLP and may be undefined.
    at::Tensor operator()(const at::Tensor& h, const LigandInput& ligands, const at::Tensor& context,
                          Dropout& dropout) const;

private:
    at::Tensor stereo_message(const at::Tensor& h, const ops::StereoCentres& centres) const;  // [S, d]

    Shape shape_;
    Parameter bond_embedding_, bond_gate_;
    LayerNorm norm_;
    Mlp mlp_;
    LayerNorm stereo_norm_;
    Linear stereo_point_;
    Parameter stereo_hydrogen_;
    Linear stereo_out_;
};

class LigandEncoder {
public:
    LigandEncoder(const Scope& scope, const LigandEncoderOptions& options);
    at::Tensor operator()(const LigandInput& ligands, Dropout& dropout) const;  ///< -> [A, d]

private:
    LigandEncoderOptions options_;
    Embedding embedding_;
    std::vector<GineLayer> layers_;
    std::vector<Mlp> virtual_node_;  // one fewer than layers
    Parameter virtual_start_;
};

}  // namespace keyway::nn

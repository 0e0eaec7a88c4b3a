/// Equations: ligand_encoder.hpp, signed_volume.hpp, gine.hpp.
#include "keyway/nn/ligand_encoder.hpp"

#include "keyway/ops/segment.hpp"

#include <ATen/ATen.h>

namespace keyway::nn {

GineLayer::GineLayer(const Scope& scope, Shape shape)
    : shape_(shape),
      bond_embedding_(scope.add("bond_embedding", {shape.bond_types, shape.channels}, Init::normal(0.5))),
      bond_gate_(scope.add("bond_gate", {shape.bond_types, shape.channels}, Init::normal(0.5))),
      norm_(scope / "norm", shape.channels),
      mlp_(scope / "mlp", {shape.channels, 2 * shape.channels, shape.channels}),
      stereo_norm_(scope / "stereo_norm", shape.channels),
      stereo_point_(scope / "stereo_point", {shape.channels, 3 * shape.stereo_coordinates}),
      stereo_hydrogen_(scope.add("stereo_hydrogen", {shape.stereo_coordinates, 3}, Init::normal(1))),
      stereo_out_(scope / "stereo_out", {shape.stereo_coordinates, shape.channels}) {}

at::Tensor GineLayer::operator()(const at::Tensor& h, const LigandInput& ligands, const at::Tensor& context,
                                 Dropout& dropout) const {
    at::Tensor input = h + ops::gine_aggregate(h, ligands.bonds, *bond_embedding_, *bond_gate_);  // [A, d]
    if (context.defined()) input = input + context;
    const at::Tensor updated = h + mlp_(norm_(input), dropout);
    if (ligands.stereo.atom.size(0) == 0) return updated;
    return updated.index_add(0, ligands.stereo.atom, stereo_message(h, ligands.stereo));
}

at::Tensor GineLayer::stereo_message(const at::Tensor& h, const ops::StereoCentres& centres) const {
    const at::Tensor point =
        stereo_point_(stereo_norm_(h)).view({h.size(0), shape_.stereo_coordinates, 3});  // [A, G, 3]
    // The volume is cubic in its input; tanh bounds it and is odd, so mirror images still get opposite
    // messages.
    return stereo_out_(at::tanh(ops::signed_volume(point, *stereo_hydrogen_, centres)));  // [S, d]
}

LigandEncoder::LigandEncoder(const Scope& scope, const LigandEncoderOptions& options)
    : options_(options),
      embedding_(scope / "embedding", options.feature_rows, options.channels),
      virtual_start_(scope.add("virtual_start", {1, options.channels}, Init::normal(0.5))) {
    for (int k = 0; k < options.layers; ++k)
        layers_.emplace_back(scope / "layers" / k, GineLayer::Shape{options.channels, options.bond_types,
                                                                    options.stereo_coordinates});
    for (int k = 0; k + 1 < options.layers; ++k)
        virtual_node_.emplace_back(scope / "virtual_node" / k,
                                   Mlp::Shape{options.channels, 2 * options.channels, options.channels});
}

at::Tensor LigandEncoder::operator()(const LigandInput& ligands, Dropout& dropout) const {
    const ops::Csr& rows = ligands.atoms_of_ligand;
    at::Tensor h = embedding_(ligands.feature_row);  // [A, d]
    const at::Tensor root_size = (rows.ptr.narrow(0, 1, rows.rows()) - rows.ptr.narrow(0, 0, rows.rows()))
                                     .to(h.scalar_type())
                                     .sqrt()
                                     .unsqueeze(1);               // [L, 1]
    at::Tensor node = virtual_start_->expand({rows.rows(), -1});  // [L, d]
    for (std::size_t k = 0; k < layers_.size(); ++k) {
        h = layers_[k](h, ligands, node.index_select(0, rows.row), dropout);
        if (k < virtual_node_.size())
            node = node + virtual_node_[k](ops::segment_sum(h, rows) / root_size, dropout);
    }
    return h;
}

}  // namespace keyway::nn

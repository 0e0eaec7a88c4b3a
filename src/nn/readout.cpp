/// Equations: readout.hpp.
#include "keyway/nn/readout.hpp"

#include "keyway/ops/segment.hpp"

#include <ATen/ATen.h>

#include <cmath>

namespace keyway::nn {

PairReadout::PairReadout(const Scope& scope, Shape shape)
    : shape_(shape),
      norm_(scope / "norm", shape.channels),
      atom_gate_(scope / "atom_gate", {shape.channels, shape.pair_channels}),
      token_gate_(scope / "token_gate", {shape.token_channels, shape.pair_channels}),
      atom_energy_(scope / "atom_energy", {shape.channels, shape.pair_channels, 0.3}),
      token_energy_(scope / "token_energy", {shape.token_channels, shape.pair_channels}),
      atom_distance_(scope / "atom_distance", {shape.channels, shape.pair_channels}),
      token_distance_(scope / "token_distance", {shape.token_channels, shape.pair_channels}),
      gate_bias_(scope.add("gate_bias", {1}, Init::value(-1))),
      distance_form_(scope / "distance_form",
                     {shape.pair_channels, shape.distance_bins * shape.pair_channels}),
      distance_bias_(scope.add("distance_bias", {shape.distance_bins}, Init::zeros())) {}

PairKeys PairReadout::project(const at::Tensor& token, double tokens_each) const {
    return {token_gate_(token), token_energy_(token), token_distance_(token), tokens_each};
}

ops::PairForms PairReadout::forms(const at::Tensor& h, const PairKeys& pocket,
                                  const at::Tensor& gate_bias) const {
    const double scale = 1 / std::sqrt(static_cast<double>(shape_.pair_channels));
    const at::Tensor normed = norm_(h);
    return {.atom_gate = atom_gate_(normed),
            .atom_energy = atom_energy_(normed),
            .token_gate = pocket.gate,
            .token_energy = pocket.energy,
            .gate_bias = *gate_bias_,
            .gate_scale = scale,
            .energy_scale = scale * pocket.tokens_each / (2 * kTypicalTokens),
            .pair_bias = gate_bias};
}

PairReadout::Pairs PairReadout::pairs(const at::Tensor& h, const PairKeys& pocket,
                                      const ops::PairLayout& layout, const at::Tensor& gate_bias) const {
    const auto form = [&](const at::Tensor& atom, const at::Tensor& token) {  // -> [blocks, rows, columns]
        return at::matmul(layout.atoms_to_blocks(atom), layout.tokens_to_blocks(token).transpose(1, 2));
    };
    const ops::PairForms of = forms(h, pocket, gate_bias);
    at::Tensor logit = form(of.atom_gate * of.gate_scale, of.token_gate) + of.gate_bias;
    if (gate_bias.defined()) logit = logit + layout.atoms_to_blocks(gate_bias);
    Pairs pairs{at::sigmoid(logit), form(of.atom_energy * of.energy_scale, of.token_energy)};
    if (layout.token_mask().defined())
        pairs.energy =
            pairs.energy * layout.token_mask().to(h.scalar_type()).unsqueeze(1);  // 0 where there is no token
    return pairs;
}

at::Tensor PairReadout::sum(const at::Tensor& h, const PairKeys& pocket, const ops::Pairing& pairing,
                            const ops::Csr& atoms_of_ligand, const at::Tensor& gate_bias) const {
    return ops::segment_sum(ops::pair_sum(forms(h, pocket, gate_bias), pairing), atoms_of_ligand);
}

at::Tensor PairReadout::distance_logits(const at::Tensor& h, const PairKeys& pocket,
                                        const ops::PairLayout& layout) const {
    const std::int64_t bins = shape_.distance_bins, width = shape_.pair_channels;
    const at::Tensor atom =
        distance_form_(atom_distance_(norm_(h)) / std::sqrt(static_cast<double>(width)));  // [A, bins width]
    const at::Tensor blocks =
        layout.atoms_to_blocks(atom).view({layout.blocks(), layout.rows() * bins, width});
    return at::matmul(
               blocks,
               layout.tokens_to_blocks(pocket.distance).transpose(1, 2))  // [blocks, rows bins, columns]
               .view({layout.blocks(), layout.rows(), bins, layout.columns()})
               .transpose(2, 3) +
           *distance_bias_;
}

PooledReadout::PooledReadout(const Scope& scope, std::int64_t channels, std::int64_t hidden)
    : norm_(scope / "norm", channels),
      pk_(scope / "pooled", {2 * channels, hidden, 1, 0.3}),
      log_variance_(scope / "log_variance", {2 * channels, hidden, 1, 0.3}),
      bias_(scope.add("bias", {1}, Init::value(6.5))) {}

at::Tensor PooledReadout::pool(const at::Tensor& h, const ops::Csr& atoms_of_ligand) const {
    const at::Tensor sum = ops::segment_sum(norm_(h), atoms_of_ligand);  // [L, d]
    const std::int64_t ligands = atoms_of_ligand.rows();
    const at::Tensor size =
        atoms_of_ligand.ptr.narrow(0, 1, ligands) - atoms_of_ligand.ptr.narrow(0, 0, ligands);
    // A typical ligand has 25 heavy atoms: both halves start alike, and the second one knows the size.
    return at::cat({sum / size.to(h.scalar_type()).unsqueeze(1), sum / 25}, 1);  // [L, 2 d]
}

at::Tensor PooledReadout::pk(const at::Tensor& pooled) const { return pk_(pooled).squeeze(1) + *bias_; }

at::Tensor PooledReadout::log_variance(const at::Tensor& pooled) const {
    return 5 * at::tanh(log_variance_(pooled.detach()).squeeze(1) / 5);
}

FingerprintSum::FingerprintSum(const Scope& scope, std::int64_t bits)
    : weight_(scope.add("weight", {bits}, {.decays = true})) {}

at::Tensor FingerprintSum::operator()(const at::Tensor& bit, const ops::Csr& bits_of_ligand) const {
    return kScale * ops::segment_sum(weight_->index_select(0, bit).unsqueeze(1), bits_of_ligand).squeeze(1);
}

RetrievalHead::RetrievalHead(const Scope& scope, std::int64_t in, std::int64_t out)
    : norm_(scope / "norm", in), weight_(scope / "weight", {in, 1}), out_(scope / "out", {in, out}) {}

at::Tensor RetrievalHead::operator()(const at::Tensor& x, const ops::Csr& rows) const {
    const at::Tensor normed = norm_(x);
    const at::Tensor pooled =
        ops::segment_sum(normed * ops::segment_softmax(weight_(normed), rows), rows);  // [rows, in]
    const at::Tensor y = out_(pooled);
    return y / (y.square().sum(1, true) + 1e-12).sqrt();  // [rows, out]
}

}  // namespace keyway::nn

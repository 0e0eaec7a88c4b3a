/// Packing: panels for dense layers, transposed keys and per-head values for attention.
#include "model/cpu_engine_weights.hpp"

#include <ATen/ATen.h>

#include <cmath>
#include <string>

namespace keyway::model {
namespace {

using ops::cpu::kPanel;
using ops::cpu::kTokenPanel;
using ops::cpu::round_up;

Floats floats_of(const at::Tensor& tensor) {
    const at::Tensor host = tensor.detach().to(at::kCPU, at::kFloat).contiguous();
    return {host.data_ptr<float>(), host.data_ptr<float>() + host.numel()};
}

/// [out, in] -> [ceil(out / kPanel), ceil(in / 2), kPanel, 2] of bf16
Halves bf16_panels(const at::Tensor& weight) {
    const std::int64_t out = weight.size(0), in = weight.size(1);
    const at::Tensor padded =
        at::constant_pad_nd(weight, {0, round_up(in, 2) - in, 0, round_up(out, kPanel) - out});
    const at::Tensor panels = padded.view({-1, kPanel, round_up(in, 2) / 2, 2}).transpose(1, 2);
    const at::Tensor halves = panels.to(at::kCPU, at::kBFloat16).contiguous();
    const auto* bits = reinterpret_cast<const std::uint16_t*>(halves.data_ptr<at::BFloat16>());
    return {bits, bits + halves.numel()};
}

/// Reads parameters by the names that the network's layers gave them.
class Reader {
public:
    explicit Reader(const nn::Parameters& parameters, Precision precision, std::string prefix = {})
        : parameters_(parameters), precision_(precision), prefix_(std::move(prefix)) {}

    Reader operator/(const std::string& name) const {
        return Reader(parameters_, precision_, prefix_.empty() ? name : prefix_ + "." + name);
    }
    Reader operator/(int index) const { return *this / std::to_string(index); }

    at::Tensor tensor(const std::string& name) const {
        return parameters_.entry((*this / name).prefix_).value;
    }
    Floats floats(const std::string& name) const { return floats_of(tensor(name)); }

    NormWeights norm() const { return {floats("gain"), floats("bias")}; }

    /// Over atoms: in the precision that was asked for.
    DenseWeights wide(double scale = 1) const {
        if (precision_ == Precision::fp32) return dense(scale);
        return {.half = bf16_panels(tensor("weight").detach() * scale),
                .in = tensor("weight").size(1),
                .out = tensor("weight").size(0)};
    }
    DenseWeights with_bias(DenseWeights layer) const {
        layer.bias = floats("bias");
        layer.bias.resize(round_up(layer.out, kPanel));
        return layer;
    }
    DenseWeights dense(double scale = 1) const {
        const Floats from = floats_of(tensor("weight") * scale);  // [out, in]
        DenseWeights layer{.in = tensor("weight").size(1), .out = tensor("weight").size(0)};
        layer.weight.assign(round_up(layer.out, kPanel) * layer.in, 0);
        for (std::int64_t n = 0; n < layer.out; ++n)
            for (std::int64_t k = 0; k < layer.in; ++k)
                layer.weight[(n / kPanel * layer.in + k) * kPanel + n % kPanel] = from[n * layer.in + k];
        return layer;
    }

    MlpWeights mlp() const {
        const Reader first = *this / "first", second = *this / "second";
        return {first.with_bias(first.dense()), second.with_bias(second.dense())};
    }
    MlpWeights wide_mlp() const {
        const Reader first = *this / "first", second = *this / "second";
        return {first.with_bias(first.wide()), second.with_bias(second.wide())};
    }

    GineWeights gine() const {
        return {.embedding = floats("bond_embedding"),
                .gate = floats_of(at::sigmoid(tensor("bond_gate").detach())),
                .norm = (*this / "norm").norm(),
                .mlp = (*this / "mlp").wide_mlp(),
                .stereo_norm = (*this / "stereo_norm").norm(),
                .stereo_point = (*this / "stereo_point").dense(),
                .stereo_out = (*this / "stereo_out").dense(),
                .stereo_hydrogen = floats("stereo_hydrogen")};
    }

    FusionWeights fusion(double scale, bool has_reverse) const {
        FusionWeights layer{.norm = (*this / "norm").norm(),
                            .query = (*this / "query").wide(scale),
                            .out = (*this / "out").wide(),
                            .gine = (*this / "gine").gine()};
        if (has_reverse)
            layer.reverse = {(*this / "reverse" / "norm").norm(), (*this / "reverse" / "key").wide(scale),
                             (*this / "reverse" / "value").wide()};
        return layer;
    }

private:
    const nn::Parameters& parameters_;
    Precision precision_;
    std::string prefix_;
};

/// Rows of `table`, each padded with zeros to a multiple of kPanel.
Floats padded_rows(const at::Tensor& table) {
    return floats_of(
        at::constant_pad_nd(table.detach(), {0, round_up(table.size(1), kPanel) - table.size(1)}));
}

/// [T, d] -> [d, step], zero beyond T
Floats transposed(const at::Tensor& x, std::int64_t step) {
    return floats_of(at::constant_pad_nd(x.transpose(0, 1), {0, step - x.size(0)}));
}

/// [T, H e] -> [H, step / kTokenPanel, e, kTokenPanel], zero beyond T
Floats key_panels(const at::Tensor& x, std::int64_t step, std::int64_t heads) {
    const at::Tensor padded = at::constant_pad_nd(x, {0, 0, 0, step - x.size(0)});
    return floats_of(
        padded.view({step / kTokenPanel, kTokenPanel, heads, x.size(1) / heads}).permute({2, 0, 3, 1}));
}

/// [T, H e] -> [H, step, e], zero beyond T
Floats by_head(const at::Tensor& x, std::int64_t step, std::int64_t heads) {
    const at::Tensor split = x.view({x.size(0), heads, x.size(1) / heads}).transpose(0, 1);  // [H, T, e]
    return floats_of(at::constant_pad_nd(split, {0, 0, 0, step - x.size(0)}));
}

}  // namespace

EngineWeights::EngineWeights(const AffinityModel& model, Precision precision) : config(model.config()) {
    const Reader root(model.parameters(), precision);
    const double head_scale =
        1 / std::sqrt(static_cast<double>(config.ligand_channels / config.fusion_heads));
    const double pair_scale = 1 / std::sqrt(static_cast<double>(config.pair_channels));

    embedding = padded_rows(root.tensor("ligand.embedding.table"));
    virtual_start = root.floats("ligand.virtual_start");
    for (int k = 0; k < config.ligand_layers; ++k) ligand.push_back((root / "ligand.layers" / k).gine());
    for (int k = 0; k + 1 < config.ligand_layers; ++k)
        virtual_node.push_back((root / "ligand.virtual_node" / k).mlp());
    for (int k = 0; k < config.fusion_layers; ++k)
        fusion.push_back((root / "fusion.layers" / k)
                             .fusion(head_scale, config.reverse_update && k + 1 < config.fusion_layers));
    if (config.grounding) {
        const Reader from = root / "grounding";
        grounding = {.norm = (from / "norm").norm(),
                     .query = (from / "query").dense(head_scale),
                     .mix = (from / "mix").dense(),
                     .offset = (from / "offset").dense(),
                     .radial_table = from.floats("radial_table"),
                     .vectors = from.tensor("offset.weight").size(0) / config.fusion_heads};
    }
    pair_norm = (root / "pair.norm").norm();
    atom_gate = (root / "pair.atom_gate").dense(pair_scale);
    atom_energy = (root / "pair.atom_energy").dense(pair_scale);
    gate_bias = root.floats("pair.gate_bias")[0];
    pooled_norm = (root / "readout.norm").norm();
    pooled = (root / "readout.pooled").mlp();
    log_variance = (root / "readout.log_variance").mlp();
    pk_bias = root.floats(kBiasName)[0];
    if (config.fingerprint_sum)
        fingerprint =
            floats_of(root.tensor("readout.fingerprint.weight").detach() * nn::FingerprintSum::kScale);
    retrieval_norm = (root / "retrieval.ligand.norm").norm();
    retrieval_weight = (root / "retrieval.ligand.weight").dense();
    retrieval_out = (root / "retrieval.ligand.out").dense();
}

EnginePocket::EnginePocket(const ModelConfig& config, const EncodedPockets& pocket)
    : tokens(pocket.token.size(0)), token_step(round_up(tokens, kTokenPanel)) {
    for (const nn::PocketKeys& keys : pocket.fusion)
        layers.push_back(
            {key_panels(keys.key, token_step, config.fusion_heads),
             by_head(keys.value, token_step, config.fusion_heads),
             keys.query.defined() ? key_panels(keys.query, token_step, config.fusion_heads) : Floats()});
    gate = transposed(pocket.pair.gate, token_step);
    energy =
        transposed(pocket.pair.energy * (pocket.pair.tokens_each / (2 * nn::kTypicalTokens)), token_step);
    if (pocket.recalled) {
        recalled_bit = floats_of(pocket.recalled->bit_pk);
        recalled_pk = pocket.recalled->pk.item<float>();
        recalled_log_variance = pocket.recalled->log_variance.item<float>();
    }
    if (!pocket.anchor.position.defined()) return;
    anchor_key = key_panels(pocket.anchor.key, token_step, config.fusion_heads);
    anchor_value = by_head(pocket.anchor.value, token_step, config.fusion_heads);
    position = transposed(pocket.anchor.position, token_step);
}

}  // namespace keyway::model

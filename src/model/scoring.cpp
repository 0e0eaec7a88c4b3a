/// Inference: collate, forward, copy to the host.
#include "model/scoring.hpp"

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <cmath>

namespace keyway::model {
namespace {

constexpr std::size_t kLigandsPerDeviceBatch = 256;

batch::CollateOptions collate_options(const AffinityModel& model) {
    return {.edge_cutoff_angstrom = model.config().edge_cutoff_angstrom,
            .dtype = model.parameters().dtype(),
            .device = model.parameters().device()};
}

batch::LigandBatch collate_for_one_pocket(const AffinityModel& model, std::span<const LigandGraph> ligands) {
    std::vector<const LigandGraph*> pointers;
    for (const LigandGraph& ligand : ligands) pointers.push_back(&ligand);
    const std::vector<int> pocket_of_ligand(ligands.size(), 0);
    return batch::collate_ligands(pointers, pocket_of_ligand, collate_options(model));
}

std::vector<float> to_host(const at::Tensor& values) {
    const at::Tensor flat = values.detach().to(at::kCPU, at::kFloat).contiguous().view({-1});
    const float* begin = flat.data_ptr<float>();
    return {begin, begin + flat.numel()};
}

}  // namespace

EncodedPockets encode_pocket(const AffinityModel& model, const PocketGraph& pocket, PocketUse use) {
    const c10::InferenceMode inference;
    batch::CollateOptions options = collate_options(model);
    options.pocket_input = use == PocketUse::full ? batch::PocketInput::full : batch::PocketInput::blanked;
    const PocketGraph* pointer = &pocket;
    return model.encode_pockets(batch::collate_pockets(std::span(&pointer, 1), options));
}

std::vector<Prediction> predictions_of(const Output& output) {
    const std::vector<float> pk = to_host(output.pk), log_variance = to_host(output.log_variance);
    std::vector<Prediction> predictions(pk.size());
    for (std::size_t i = 0; i < pk.size(); ++i) predictions[i] = {pk[i], std::exp(0.5f * log_variance[i])};
    return predictions;
}

std::vector<Prediction> score_ligands(const AffinityModel& model, const EncodedPockets& pocket,
                                      std::span<const LigandGraph> ligands) {
    const c10::InferenceMode inference;
    const std::size_t step = model.parameters().device().is_cpu() ? 1 : kLigandsPerDeviceBatch;
    std::vector<Prediction> predictions;
    for (std::size_t begin = 0; begin < ligands.size(); begin += step) {
        const auto chunk = ligands.subspan(begin, std::min(step, ligands.size() - begin));
        const auto some = predictions_of(model.forward(pocket, collate_for_one_pocket(model, chunk)));
        predictions.insert(predictions.end(), some.begin(), some.end());
    }
    return predictions;
}

std::vector<float> retrieval_vectors_of(const AffinityModel& model, std::span<const LigandGraph> ligands) {
    const c10::InferenceMode inference;
    std::vector<float> vectors;
    for (const LigandGraph& ligand : ligands) {
        const auto own =
            to_host(model.retrieval_vectors(collate_for_one_pocket(model, std::span(&ligand, 1))));
        vectors.insert(vectors.end(), own.begin(), own.end());
    }
    return vectors;
}

Explanation explain_ligand(const AffinityModel& model, const EncodedPockets& pocket,
                           const LigandGraph& ligand) {
    const c10::InferenceMode inference;
    const Output output =
        model.forward(pocket, collate_for_one_pocket(model, std::span(&ligand, 1)), {.pairs = true});
    Explanation explanation;
    explanation.prediction = predictions_of(output).front();
    explanation.pooled_pk =
        to_host(output.recalled.defined() ? output.pooled + output.recalled : output.pooled).front();
    if (!pocket.token_atom.defined()) {
        explanation.pooled_pk = explanation.prediction.pk;
        return explanation;
    }
    const std::vector<float> gate = to_host(output.pair_gate), energy = to_host(output.pair_energy);
    const at::Tensor token_atom = pocket.token_atom.to(at::kCPU).contiguous();  // [T]
    const std::int64_t tokens = token_atom.size(0);
    for (std::size_t pair = 0; pair < gate.size(); ++pair) {
        const auto row = static_cast<std::int64_t>(pair);
        explanation.contacts.push_back(
            {.ligand_atom = static_cast<int>(row / tokens),
             .pocket_atom = static_cast<int>(token_atom.data_ptr<std::int64_t>()[row % tokens]),
             .gate = gate[pair],
             .pk = gate[pair] * energy[pair]});
    }
    if (output.anchor.defined()) {
        const std::vector<float> anchor = to_host(output.anchor);
        for (std::size_t k = 0; k + 2 < anchor.size(); k += 3)
            explanation.anchor_in_pocket.push_back({anchor[k], anchor[k + 1], anchor[k + 2]});
    }
    return explanation;
}

}  // namespace keyway::model

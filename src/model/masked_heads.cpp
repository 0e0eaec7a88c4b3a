/// Small heads over tokens and fused atoms.
#include "model/masked_heads.hpp"

#include "keyway/sample/columns.hpp"

#include <ATen/ATen.h>

#include <cmath>

namespace keyway::model {
namespace {

constexpr std::int64_t kResidueTypes = kPocketColumns[1].classes, kElements = kLigandColumns[0].classes;

at::Tensor indices(const std::vector<std::int64_t>& values, const at::Tensor& like) {
    return at::tensor(values, at::kLong).to(like.device());
}

std::vector<std::int64_t> residue_types(const MaskedInput& input) {
    std::vector<std::int64_t> classes;
    for (const auto& residue : input.residues) classes.push_back(residue.residue_type);
    return classes;
}

std::vector<std::int64_t> elements(const MaskedInput& input) {
    std::vector<std::int64_t> classes;
    for (const auto& atom : input.atoms) classes.push_back(atom.element);
    return classes;
}

at::Tensor hydrogens(const MaskedInput& input, const at::Tensor& like) {
    std::vector<float> counts;
    for (const auto& atom : input.atoms) counts.push_back(atom.hydrogens);
    return at::tensor(counts, at::kFloat).to(like.options());
}

void count(const at::Tensor& logits, const std::vector<std::int64_t>& classes,
           MaskedResult::Classes& result) {
    if (!logits.defined()) return;
    const at::Tensor guessed = logits.argmax(1).to(at::kCPU);
    for (std::size_t k = 0; k < classes.size(); ++k) {
        ++result.asked[static_cast<int>(classes[k])];
        result.right += guessed[static_cast<std::int64_t>(k)].item<std::int64_t>() == classes[k] ? 1 : 0;
    }
}

}  // namespace

static_assert(kPocketColumns[1].name == "residue_type" && kLigandColumns[0].name == "element");

MaskedHeads::MaskedHeads(const ModelConfig& config, const nn::Parameters::Layout& layout)
    : channels_(config.ligand_channels),
      query_(nn::Scope(parameters_) / "masked" / "query", {config.pocket_channels, config.ligand_channels}),
      key_(nn::Scope(parameters_) / "masked" / "key", {config.ligand_channels, config.ligand_channels}),
      value_(nn::Scope(parameters_) / "masked" / "value", {config.ligand_channels, config.ligand_channels}),
      residue_(nn::Scope(parameters_) / "masked" / "residue",
               {config.pocket_channels + config.ligand_channels, config.ligand_channels, kResidueTypes}),
      atom_(nn::Scope(parameters_) / "masked" / "atom",
            {config.ligand_channels, config.ligand_channels, kElements + 1}) {
    parameters_.allocate(layout);
}

MaskedGuesses MaskedHeads::operator()(const MaskedStates& states, const MaskedInput& input) const {
    MaskedGuesses guesses;
    std::vector<at::Tensor> seen;  // [1, C + d] a residue
    for (const auto& residue : input.residues) {
        const at::Tensor own =
            states.token.index_select(0, indices(residue.tokens, states.token)).mean(0, true);
        const auto pair = static_cast<std::size_t>(residue.pair);
        const at::Tensor atoms =
            states.atom.narrow(0, states.atom_ptr[pair], states.atom_ptr[pair + 1] - states.atom_ptr[pair]);
        const at::Tensor weights =
            at::softmax(at::matmul(query_(own), key_(atoms).t()) / std::sqrt(double(channels_)), 1);
        seen.push_back(at::cat({own, at::matmul(weights, value_(atoms))}, 1));
    }
    if (!seen.empty()) guesses.residue_type = residue_(at::cat(seen, 0));
    std::vector<std::int64_t> hidden;
    for (const auto& atom : input.atoms) hidden.push_back(atom.atom);
    if (!hidden.empty()) {
        const at::Tensor guess = atom_(states.atom.index_select(0, indices(hidden, states.atom)));
        guesses.element = guess.narrow(1, 0, kElements);
        guesses.hydrogens = guess.select(1, kElements);
    }
    return guesses;
}

MaskedLosses masked_losses(const MaskedGuesses& guesses, const MaskedInput& input) {
    MaskedLosses losses;
    const auto cross_entropy = [](const at::Tensor& logits, const std::vector<std::int64_t>& classes) {
        return -at::log_softmax(logits, 1).gather(1, indices(classes, logits).unsqueeze(1)).mean();
    };
    if (guesses.residue_type.defined())
        losses.residue_type = cross_entropy(guesses.residue_type, residue_types(input));
    if (guesses.element.defined()) {
        losses.element = cross_entropy(guesses.element, elements(input));
        losses.hydrogens = (guesses.hydrogens - hydrogens(input, guesses.hydrogens)).square().mean();
    }
    return losses;
}

MaskedResult masked_result(const MaskedGuesses& guesses, const MaskedInput& input) {
    MaskedResult result;
    count(guesses.residue_type, residue_types(input), result.residue_type);
    count(guesses.element, elements(input), result.element);
    if (guesses.hydrogens.defined()) {
        const at::Tensor measured = hydrogens(input, guesses.hydrogens);
        result.hydrogens_squared_error = (guesses.hydrogens - measured).square().sum().item<double>();
        result.hydrogens_sum = measured.sum().item<double>();
        result.hydrogens_sum_of_squares = measured.square().sum().item<double>();
    }
    return result;
}

}  // namespace keyway::model

/// Sums over fixed batches and fixed masks, so that validations of one run can be compared.
#include "workflows/masked_validation.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

namespace keyway::workflows {
namespace {

void add(model::MaskedResult::Classes& sum, const model::MaskedResult::Classes& some) {
    for (const auto& [number, count] : some.asked) sum.asked[number] += count;
    sum.right += some.right;
}

double total(const model::MaskedResult::Classes& classes) {
    double count = 0;
    for (const auto& [number, asked] : classes.asked) count += asked;
    return count;
}

double majority(const model::MaskedResult::Classes& classes) {
    int most = 0;
    for (const auto& [number, asked] : classes.asked) most = std::max(most, asked);
    return most / total(classes);
}

}  // namespace

MaskedValidation::MaskedValidation(LabelledData& data) {
    std::map<int, std::set<int>> ligands_of_pocket;
    for (const auto& row : data.rows) {
        if (row.split != Split::valid) continue;
        auto& ligands = ligands_of_pocket[row.pocket];
        if (ligands.size() < static_cast<std::size_t>(kLigands)) ligands.insert(row.ligand);
    }
    for (const auto& [pocket, ligands] : ligands_of_pocket) {
        model::TrainBatch& batch = batches_.emplace_back();
        batch.pockets = {&data.pocket(pocket)};
        for (const int ligand : ligands) {
            batch.rows.push_back({.ligand = static_cast<int>(batch.ligands.size())});
            batch.ligands.push_back(&data.ligand(ligand));
        }
        pair_count_ += ligands.size();
    }
}

MaskedValidationResult MaskedValidation::run(model::Trainer& trainer) const {
    const auto ask = [&](model::MaskedView view) {
        model::MaskedResult sum;
        for (std::size_t b = 0; b < batches_.size(); ++b)
            for (int round = 0; round < kRounds; ++round) {
                const auto some = trainer.predict_masked(
                    batches_[b], view,
                    b * static_cast<std::size_t>(kRounds) + static_cast<std::size_t>(round));
                add(sum.residue_type, some.residue_type);
                add(sum.element, some.element);
                sum.hydrogens_squared_error += some.hydrogens_squared_error;
                sum.hydrogens_sum += some.hydrogens_sum;
                sum.hydrogens_sum_of_squares += some.hydrogens_sum_of_squares;
            }
        return sum;
    };
    const auto both = ask(model::MaskedView::both), ligand_alone = ask(model::MaskedView::pocket_blanked),
               pocket_alone = ask(model::MaskedView::ligand_hidden);
    const double residues = total(both.residue_type), atoms = total(both.element);
    const double mean = both.hydrogens_sum / atoms;
    return {
        .residue = {both.residue_type.right / residues, pocket_alone.residue_type.right / residues,
                    majority(both.residue_type)},
        .element = {both.element.right / atoms, ligand_alone.element.right / atoms, majority(both.element)},
        .hydrogens_rmse = std::sqrt(both.hydrogens_squared_error / atoms),
        .hydrogens_rmse_alone = std::sqrt(ligand_alone.hydrogens_squared_error / atoms),
        .hydrogens_sd = std::sqrt(both.hydrogens_sum_of_squares / atoms - mean * mean)};
}

std::vector<std::pair<std::string, double>> MaskedValidationResult::items() const {
    return {{"masked_accuracy", accuracy()},
            {"masked_residue_accuracy", residue.right},
            {"masked_residue_accuracy_ligand_hidden", residue.alone},
            {"masked_residue_majority", residue.majority},
            {"masked_element_accuracy", element.right},
            {"masked_element_accuracy_pocket_blanked", element.alone},
            {"masked_element_majority", element.majority},
            {"masked_hydrogens_rmse", hydrogens_rmse},
            {"masked_hydrogens_rmse_pocket_blanked", hydrogens_rmse_alone},
            {"masked_hydrogens_sd", hydrogens_sd}};
}

}  // namespace keyway::workflows

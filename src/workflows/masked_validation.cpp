/// Sums over fixed batches and fixed masks, so that validations of one run can be compared.
#include "workflows/masked_validation.hpp"

#include "workflows/baselines.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

namespace keyway::workflows {
namespace {

constexpr std::uint64_t kPartnerSeed = 1;

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

/// The pockets of one batch with the ligands of another.
model::TrainBatch joined(const model::TrainBatch& pockets, const model::TrainBatch& ligands) {
    model::TrainBatch batch = ligands;
    batch.pockets = pockets.pockets;
    return batch;
}

void add(model::MaskedResult& sum, const model::MaskedResult& some) {
    add(sum.residue_type, some.residue_type);
    add(sum.element, some.element);
    sum.hydrogens_squared_error += some.hydrogens_squared_error;
    sum.hydrogens_sum += some.hydrogens_sum;
    sum.hydrogens_sum_of_squares += some.hydrogens_sum_of_squares;
}

}  // namespace

MaskedValidation::MaskedValidation(LabelledData& data) {
    std::map<int, std::set<int>> ligands_of_pocket;
    std::map<int, std::string> family_of_pocket;
    for (const auto& row : data.rows) {
        if (row.split != Split::valid) continue;
        auto& ligands = ligands_of_pocket[row.pocket];
        if (ligands.size() < static_cast<std::size_t>(kLigands)) ligands.insert(row.ligand);
        family_of_pocket[row.pocket] =
            row.cluster < 0 ? fmt::format("pocket {}", row.pocket) : fmt::format("cluster {}", row.cluster);
    }
    std::vector<std::string> families;
    for (const auto& [pocket, ligands] : ligands_of_pocket) {
        families.push_back(family_of_pocket.at(pocket));
        model::TrainBatch& batch = batches_.emplace_back();
        batch.pockets = {&data.pocket(pocket)};
        for (const int ligand : ligands) {
            batch.rows.push_back({.ligand = static_cast<int>(batch.ligands.size())});
            batch.ligands.push_back(&data.ligand(ligand));
        }
        pair_count_ += ligands.size();
    }
    partner_ = swapped_pockets(families, kPartnerSeed);
}

MaskedValidationResult MaskedValidation::run(model::Trainer& trainer) const {
    const auto ask = [&](model::MaskedView view, const auto& batch_of) {
        model::MaskedResult sum;
        for (std::size_t b = 0; b < batches_.size(); ++b) {
            const model::TrainBatch batch = batch_of(b);
            for (std::size_t round = 0; round < std::size_t{kRounds}; ++round)
                add(sum, trainer.predict_masked(batch, view, b * std::size_t{kRounds} + round));
        }
        return sum;
    };
    const auto own = [&](std::size_t b) { return batches_[b]; };
    const auto both = ask(model::MaskedView::both, own),
               ligand_alone = ask(model::MaskedView::pocket_blanked, own),
               pocket_alone = ask(model::MaskedView::ligand_hidden, own);
    const double residues = total(both.residue_type), atoms = total(both.element);
    const double mean = both.hydrogens_sum / atoms;
    MaskedValidationResult result{
        .residue = {both.residue_type.right / residues, pocket_alone.residue_type.right / residues,
                    majority(both.residue_type)},
        .element = {both.element.right / atoms, ligand_alone.element.right / atoms, majority(both.element)},
        .hydrogens_rmse = std::sqrt(both.hydrogens_squared_error / atoms),
        .hydrogens_rmse_alone = std::sqrt(ligand_alone.hydrogens_squared_error / atoms),
        .hydrogens_sd = std::sqrt(both.hydrogens_sum_of_squares / atoms - mean * mean)};
    if (partner_.empty()) return result;
    // A seed hides the same residues of a pocket and the same atoms of a ligand whatever stands beside them
    // (`model::mask`), so each control asks the same questions as `both`.
    const auto foreign = [&](std::size_t b) { return batches_[static_cast<std::size_t>(partner_[b])]; };
    const auto foreign_ligands = ask(model::MaskedView::both,
                                     [&](std::size_t b) { return joined(batches_[b], foreign(b)); }),
               foreign_pocket = ask(model::MaskedView::both,
                                    [&](std::size_t b) { return joined(foreign(b), batches_[b]); });
    result.residue.swapped = foreign_ligands.residue_type.right / residues;
    result.element.swapped = foreign_pocket.element.right / atoms;
    return result;
}

std::vector<std::pair<std::string, double>> MaskedValidationResult::items() const {
    std::vector<std::pair<std::string, double>> items{
        {"masked_accuracy", accuracy()},
        {"masked_residue_accuracy", residue.right},
        {"masked_residue_accuracy_ligand_hidden", residue.alone},
        {"masked_residue_majority", residue.majority},
        {"masked_element_accuracy", element.right},
        {"masked_element_accuracy_pocket_blanked", element.alone},
        {"masked_element_majority", element.majority},
        {"masked_hydrogens_rmse", hydrogens_rmse},
        {"masked_hydrogens_rmse_pocket_blanked", hydrogens_rmse_alone},
        {"masked_hydrogens_sd", hydrogens_sd}};
    if (residue.swapped) items.emplace_back("masked_residue_accuracy_ligand_swapped", *residue.swapped);
    if (element.swapped) items.emplace_back("masked_element_accuracy_pocket_swapped", *element.swapped);
    return items;
}

}  // namespace keyway::workflows

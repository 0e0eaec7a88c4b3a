/// The numbers that choose the weights in pretraining: hidden parts of held-out pockets and ligands.
#pragma once

#include "workflows/labelled_data.hpp"

#include "keyway/model/network.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace keyway::workflows {

struct MaskedValidationResult {
    /// Shares guessed right; "alone": without the other side; "swapped": the very same hidden parts beside
    /// the other side of a foreign pair. `majority`: always the commonest class of these. What a side tells
    /// of the other is `right - swapped`: a partner that is merely there may help too.
    struct Kind {
        double right = 0, alone = 0, majority = 0;
        std::optional<double> swapped = {};  ///< empty: all held-out pockets are of one family
    };
    Kind residue, element;
    double hydrogens_rmse = 0, hydrogens_rmse_alone = 0, hydrogens_sd = 0;

    double accuracy() const { return (residue.right + element.right) / 2; }
    /// "masked_accuracy", "masked_residue_accuracy", ... -> value.
    std::vector<std::pair<std::string, double>> items() const;
};

/// Pairs of split `valid`: of each pocket up to `kLigands` ligands, asked `kRounds` times with fixed seeds.
/// Each pocket has a partner of another homolog cluster for the swapped control.
class MaskedValidation {
public:
    static constexpr int kLigands = 4, kRounds = 4;

    explicit MaskedValidation(LabelledData& data);

    std::size_t pair_count() const { return pair_count_; }
    MaskedValidationResult run(model::Trainer& trainer) const;

private:
    std::vector<model::TrainBatch> batches_;  ///< one a pocket
    std::vector<int> partner_;                ///< of each batch; empty: there is one family only
    std::size_t pair_count_ = 0;
};

}  // namespace keyway::workflows

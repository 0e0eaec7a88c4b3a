/// The numbers that choose the weights during training, always beside the two baselines that need no
/// training.
#pragma once

#include "workflows/labelled_data.hpp"

#include "keyway/model/network.hpp"

#include <map>
#include <string>
#include <vector>

namespace keyway::workflows {

/// Smallest assay whose rank correlation counts.
inline constexpr int kMinGroup = 5;

struct ValidationResult {
    double mean_assay_spearman = 0;  ///< over assays with at least kMinGroup rows; NaN without any
    double pearson = 0, rmse = 0;    ///< over all rows
    double pocket_blanked_mean_assay_spearman = 0;
    double heavy_atoms_mean_assay_spearman = 0;

    /// "mean_assay_spearman" ... -> value, in the order above.
    std::vector<std::pair<std::string, double>> items() const;
};

/// The uncensored rows of split `valid`: those of the first source if it has any, else all.
class Validation {
public:
    explicit Validation(LabelledData& data);

    std::size_t row_count() const { return rows_.size(); }
    std::size_t assay_count() const { return assays_.size(); }
    double heavy_atoms_mean_assay_spearman() const { return heavy_atoms_; }
    ValidationResult run(model::Trainer& trainer) const;

private:
    std::vector<double> predict(model::Trainer& trainer, model::PocketUse use) const;
    double mean_assay_spearman(const std::vector<double>& predicted) const;

    LabelledData& data_;
    std::vector<int> rows_;                 ///< indices into the data's rows, one pocket after the other
    std::vector<double> measured_;          ///< of rows_
    std::vector<std::vector<int>> assays_;  ///< positions in rows_, assays of at least kMinGroup rows
    double heavy_atoms_ = 0;
};

}  // namespace keyway::workflows

/// The numbers that choose the weights during training, always beside the two baselines that need no
/// training.
#pragma once

#include "workflows/labelled_data.hpp"

#include "keyway/model/network.hpp"

#include <optional>
#include <string>
#include <vector>

namespace keyway::workflows {

/// Smallest assay whose rank correlation counts.
inline constexpr int kMinGroup = 5;

/// Where the held-out ligands lie, as the model has it.
struct PoseErrors {
    double anchor_angstrom = 0;    ///< mean over atoms; NaN for models without grounding
    double centroid_angstrom = 0;  ///< of always saying the middle of the pocket's tokens
    double distance_loss = 0;      ///< cross-entropy of the distance bins; NaN where they are not learnt
};

struct ValidationResult {
    double mean_assay_spearman = 0;  ///< over assays with at least kMinGroup rows; NaN without any
    double pearson = 0, rmse = 0;    ///< over all rows
    double pocket_blanked_mean_assay_spearman = 0;
    double heavy_atoms_mean_assay_spearman = 0;
    std::optional<PoseErrors> poses;  ///< empty: none is held out, or the training does not learn from them

    /// "mean_assay_spearman" ... -> value, in the order above.
    std::vector<std::pair<std::string, double>> items() const;
};

/// The uncensored rows of split `valid`: those of the first source if it has any, else all. Where the
/// training learns from poses, also the first `kMostPoses` of that split.
class Validation {
public:
    static constexpr std::size_t kMostPoses = 32;

    Validation(LabelledData& data, const model::OptimiserOptions& learns);

    std::size_t row_count() const { return rows_.size(); }
    std::size_t assay_count() const { return assays_.size(); }
    std::size_t pose_count() const { return poses_.size(); }
    double heavy_atoms_mean_assay_spearman() const { return heavy_atoms_; }
    ValidationResult run(model::Trainer& trainer) const;

private:
    std::vector<double> predict(model::Trainer& trainer, model::PocketUse use) const;
    double mean_assay_spearman(const std::vector<double>& predicted) const;
    std::optional<PoseErrors> place_poses(model::Trainer& trainer) const;

    LabelledData& data_;
    std::vector<int> rows_;                 ///< indices into the data's rows, one pocket after the other
    std::vector<double> measured_;          ///< of rows_
    std::vector<std::vector<int>> assays_;  ///< positions in rows_, assays of at least kMinGroup rows
    double heavy_atoms_ = 0;
    std::vector<const LabelledPose*> poses_;
    bool learns_distances_ = false;
};

}  // namespace keyway::workflows

/// Applicability domain: how near a ligand and a pocket are to what a model has learned from.
#pragma once

#include "keyway/core/context.hpp"
#include "keyway/model/passport.hpp"
#include "keyway/sample/ligand_graph.hpp"
#include "keyway/sample/pocket_graph.hpp"

#include <filesystem>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace keyway::workflows {

/// The nearest of the training set; NaN and no name: not known.
struct NearestInTraining {
    double similarity = std::numeric_limits<double>::quiet_NaN();  ///< 0 to 1
    std::string name;
};

/// Where one prediction stands.
struct DomainPlace {
    NearestInTraining ligand;  ///< Tanimoto similarity of Morgan fingerprints (radius 2, 2048 bits)
    NearestInTraining pocket;  ///< of counted residue pairs (`pocket_counts.hpp`)
    /// Both are at least as near as 95 % of the training set to other homolog clusters (see
    /// `write_training_domain`); empty: not known.
    std::optional<bool> is_inside;
};

/// What all models of an ensemble have learned from, read from the files beside their weights. Where these
/// differ, the smallest similarity and the strictest verdict count. Const members are thread-safe.
class TrainingDomain {
public:
    static constexpr std::string_view kFileName = "domain.h5";

    struct Model {
        std::filesystem::path weights;
        model::Passport passport;
    };
    /// Throws Error(incompatible) for a damaged file. A model without a file, or with that of other training
    /// data, makes everything unknown, and `note` says why.
    explicit TrainingDomain(std::span<const Model> models);
    ~TrainingDomain();
    TrainingDomain(TrainingDomain&&) noexcept;

    /// Empty: the domain is known.
    const std::string& note() const { return note_; }
    /// SHA-256 over the content, "none" where unknown: what rows depend on.
    std::string identity() const;

    NearestInTraining nearest(const LigandGraph& ligand) const;
    /// In the same order; many at once take half the time.
    std::vector<NearestInTraining> nearest(std::span<const LigandGraph> ligands) const;
    NearestInTraining nearest(const PocketGraph& pocket) const;
    DomainPlace place(const NearestInTraining& ligand, const NearestInTraining& pocket) const;
    /// Of the pocket alone; empty: not known.
    std::optional<bool> holds(const NearestInTraining& pocket) const;

private:
    struct Part;
    std::vector<std::unique_ptr<const Part>> parts_;
    double ligand_threshold_ = 0, pocket_threshold_ = 0;
    std::string note_;
};

/// "nearest training pocket CDK2_03, similarity 0.52, inside the domain"; empty where nothing is known.
std::string describe_pocket_place(const TrainingDomain& domain, const NearestInTraining& pocket);

/// What the file beside the weights says of itself and whose it is, as names and values for people. Throws
/// Error(incompatible) for a damaged file.
std::vector<std::pair<std::string, std::string>> describe_training_domain(const TrainingDomain::Model& model);

/// What the rows of split `train` hold, into `domain.h5` beside `weights`, where it replaces an older one.
///
/// A threshold is the 5 % quantile of leave-one-cluster-out similarities: for each homolog cluster, its
/// ligands (at most 50) and pockets are compared with what the other clusters hold, every cluster with the
/// same weight. So 95 % of the data of a new cluster like the known ones are inside. Fewer than 3 clusters:
/// no thresholds.
///
/// Throws Error(input) without training rows, Error(incompatible) where `datasets` are not what the model was
/// trained on.
void write_training_domain(const TrainingDomain::Model& model,
                           const std::vector<std::filesystem::path>& datasets,
                           const std::filesystem::path& split_file, LogSink& log);

}  // namespace keyway::workflows

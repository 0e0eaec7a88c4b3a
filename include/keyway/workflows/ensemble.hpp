/// Several models as one: the mean of what they say, and a spread that knows where they disagree.
#pragma once

#include "keyway/model/network.hpp"
#include "keyway/workflows/training_domain.hpp"

#include <memory>
#include <span>
#include <string>
#include <vector>

namespace keyway::workflows {

/// What several models say of one ligand: an equal mixture of their normal distributions.
struct Mixture {
    model::Prediction prediction;  ///< mean; pk_sd^2 = mean(pk_sd_i^2) + mean((pk_i - pk)^2)
    float pk_sd_models = 0;        ///< standard deviation of pk over the models; 0 for one model
};
Mixture mixture_of(std::span<const model::Prediction> predictions);

/// A predictor of one or several. With one member everything is that member's own, bit for bit. Retrieval
/// vectors are the first member's: those of several cannot be averaged.
class Ensemble final : public model::Predictor {
public:
    /// At least one. Throws Error(incompatible) where they cut pockets differently.
    explicit Ensemble(std::vector<std::unique_ptr<model::Predictor>> members);

    std::size_t size() const { return members_.size(); }
    const model::Predictor& member(std::size_t index) const { return *members_[index]; }
    std::vector<Mixture> mixtures(const model::EncodedPocket& pocket,
                                  std::span<const LigandGraph> ligands) const;

    /// The first member's; names and hashes of all, joined by " + ".
    const model::Passport& passport() const override { return passport_; }
    std::shared_ptr<const model::EncodedPocket> encode(
        const PocketGraph& pocket, model::PocketUse use = model::PocketUse::full) const override;
    std::vector<model::Prediction> predict(const model::EncodedPocket& pocket,
                                           std::span<const LigandGraph> ligands) const override;
    std::vector<float> retrieval_vectors(std::span<const LigandGraph> ligands) const override;
    /// Contacts, gates and the pooled term are means, so contributions still add up to the prediction.
    /// Anchors are means too, where every member has them.
    model::Explanation explain(const model::EncodedPocket& pocket, const LigandGraph& ligand) const override;

private:
    std::vector<std::unique_ptr<model::Predictor>> members_;
    model::Passport passport_;
};

/// The order of the options `model` and `ensemble`, which hold the first model and any further ones.
std::vector<std::string> all_models(const std::string& first, const std::vector<std::string>& further);

/// Loads each model (name or path). Throws like `Network::load` and `Ensemble`.
std::unique_ptr<Ensemble> load_ensemble(std::span<const std::string> models, const std::string& device,
                                        model::Precision precision, const model::Network& network);

/// What all the members have learned from; `models` as they were loaded.
TrainingDomain domain_of(const Ensemble& ensemble, std::span<const std::string> models);

}  // namespace keyway::workflows

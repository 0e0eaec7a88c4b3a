/// Every member encodes and predicts; means are taken in double precision, in the members' order.
#include "keyway/workflows/ensemble.hpp"

#include "keyway/core/error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace keyway::workflows {
namespace {

class EnsemblePocket final : public model::EncodedPocket {
public:
    explicit EnsemblePocket(std::vector<std::shared_ptr<const model::EncodedPocket>> of_members)
        : of_members_(std::move(of_members)) {}
    std::span<const float> retrieval_vector() const override {
        return of_members_.front()->retrieval_vector();
    }
    const model::EncodedPocket& of_member(std::size_t index) const { return *of_members_[index]; }

private:
    std::vector<std::shared_ptr<const model::EncodedPocket>> of_members_;
};

const EnsemblePocket& own(const model::EncodedPocket& pocket) {
    if (const auto* own = dynamic_cast<const EnsemblePocket*>(&pocket)) return *own;
    throw Error(ErrorKind::failure, "this pocket was not encoded by an ensemble");
}

model::Passport joined_passport(const std::vector<std::unique_ptr<model::Predictor>>& members) {
    model::Passport passport = members.front()->passport();
    for (std::size_t i = 1; i < members.size(); ++i) {
        passport.name += " + " + members[i]->passport().name;
        passport.weights_sha256 += " + " + members[i]->passport().weights_sha256;
    }
    return passport;
}

}  // namespace

Mixture mixture_of(std::span<const model::Prediction> predictions) {
    if (predictions.size() == 1) return {predictions[0], 0};
    const double count = static_cast<double>(predictions.size());
    double pk = 0, variance = 0, between = 0;
    for (const auto& prediction : predictions) pk += prediction.pk / count;
    for (const auto& prediction : predictions) {
        variance += static_cast<double>(prediction.pk_sd) * prediction.pk_sd / count;
        between += (prediction.pk - pk) * (prediction.pk - pk);
    }
    return {{static_cast<float>(pk), static_cast<float>(std::sqrt(variance + between / count))},
            static_cast<float>(std::sqrt(between / (count - 1)))};
}

Ensemble::Ensemble(std::vector<std::unique_ptr<model::Predictor>> members)
    : members_(std::move(members)), passport_(joined_passport(members_)) {
    const auto& first = members_.front()->passport();
    for (const auto& member : members_)
        if (!(member->passport().pocket == first.pocket))
            throw Error(ErrorKind::incompatible,
                        fmt::format("models '{}' and '{}' cut pockets differently ({}; {})", first.name,
                                    member->passport().name, first.pocket.to_text(),
                                    member->passport().pocket.to_text()),
                        "models of an ensemble must share a pocket definition");
}

std::shared_ptr<const model::EncodedPocket> Ensemble::encode(const PocketGraph& pocket,
                                                             model::PocketUse use) const {
    std::vector<std::shared_ptr<const model::EncodedPocket>> of_members;
    for (const auto& member : members_) of_members.push_back(member->encode(pocket, use));
    return std::make_shared<EnsemblePocket>(std::move(of_members));
}

std::vector<Mixture> Ensemble::mixtures(const model::EncodedPocket& pocket,
                                        std::span<const LigandGraph> ligands) const {
    std::vector<std::vector<model::Prediction>> of_members;
    for (std::size_t i = 0; i < members_.size(); ++i)
        of_members.push_back(members_[i]->predict(own(pocket).of_member(i), ligands));
    std::vector<Mixture> mixtures;
    std::vector<model::Prediction> of_ligand(members_.size());
    for (std::size_t k = 0; k < ligands.size(); ++k) {
        for (std::size_t i = 0; i < members_.size(); ++i) of_ligand[i] = of_members[i][k];
        mixtures.push_back(mixture_of(of_ligand));
    }
    return mixtures;
}

std::vector<model::Prediction> Ensemble::predict(const model::EncodedPocket& pocket,
                                                 std::span<const LigandGraph> ligands) const {
    std::vector<model::Prediction> predictions;
    for (const auto& mixture : mixtures(pocket, ligands)) predictions.push_back(mixture.prediction);
    return predictions;
}

std::vector<float> Ensemble::retrieval_vectors(std::span<const LigandGraph> ligands) const {
    return members_.front()->retrieval_vectors(ligands);
}

model::Explanation Ensemble::explain(const model::EncodedPocket& pocket, const LigandGraph& ligand) const {
    model::Explanation mean = members_.front()->explain(own(pocket).of_member(0), ligand);
    if (members_.size() == 1) return mean;
    std::vector<model::Prediction> predictions{mean.prediction};
    for (std::size_t i = 1; i < members_.size(); ++i) {
        const auto other = members_[i]->explain(own(pocket).of_member(i), ligand);
        if (other.contacts.size() != mean.contacts.size())
            throw Error(ErrorKind::incompatible,
                        fmt::format("models '{}' and '{}' explain a score by different contacts",
                                    members_.front()->passport().name, members_[i]->passport().name),
                        "explain with each model on its own");
        predictions.push_back(other.prediction);
        mean.pooled_pk += other.pooled_pk;
        for (std::size_t k = 0; k < mean.contacts.size(); ++k) {
            mean.contacts[k].gate += other.contacts[k].gate;
            mean.contacts[k].pk += other.contacts[k].pk;
        }
        if (other.anchor_in_pocket.size() != mean.anchor_in_pocket.size()) mean.anchor_in_pocket.clear();
        for (std::size_t k = 0; k < mean.anchor_in_pocket.size(); ++k)
            for (std::size_t axis = 0; axis < 3; ++axis)
                mean.anchor_in_pocket[k][axis] += other.anchor_in_pocket[k][axis];
    }
    const auto count = static_cast<float>(members_.size());
    mean.prediction = mixture_of(predictions).prediction;
    mean.pooled_pk /= count;
    for (auto& contact : mean.contacts) {
        contact.gate /= count;
        contact.pk /= count;
    }
    for (auto& anchor : mean.anchor_in_pocket)
        for (float& coordinate : anchor) coordinate /= count;
    return mean;
}

std::vector<std::string> all_models(const std::string& first, const std::vector<std::string>& further) {
    std::vector<std::string> models{first};
    models.insert(models.end(), further.begin(), further.end());
    return models;
}

std::unique_ptr<Ensemble> load_ensemble(std::span<const std::string> models, const std::string& device,
                                        model::Precision precision, const model::Network& network) {
    if (models.empty()) throw Error(ErrorKind::usage, "--model: expected the name or path of a model");
    std::vector<std::unique_ptr<model::Predictor>> members;
    for (const auto& model : models)
        members.push_back(network.load(model::resolve_model(model), device, precision));
    return std::make_unique<Ensemble>(std::move(members));
}

TrainingDomain domain_of(const Ensemble& ensemble, std::span<const std::string> models) {
    std::vector<TrainingDomain::Model> of_members;
    for (std::size_t i = 0; i < models.size(); ++i)
        of_members.push_back({model::resolve_model(models[i]), ensemble.member(i).passport()});
    return TrainingDomain(of_members);
}

}  // namespace keyway::workflows

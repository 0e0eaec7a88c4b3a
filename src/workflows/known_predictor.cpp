/// A predictor around a predictor: what it says is corrected by known compounds.
#include "keyway/core/error.hpp"
#include "keyway/workflows/known_compounds.hpp"

#include <utility>

namespace keyway::workflows {
namespace {

class CorrectedPocket final : public model::EncodedPocket {
public:
    CorrectedPocket(std::shared_ptr<const model::EncodedPocket> pocket_in, KnownCorrection correction_in)
        : pocket(std::move(pocket_in)), correction(std::move(correction_in)) {}
    std::span<const float> retrieval_vector() const override { return pocket->retrieval_vector(); }

    const std::shared_ptr<const model::EncodedPocket> pocket;
    const KnownCorrection correction;
};

class CorrectedPredictor final : public model::Predictor {
public:
    CorrectedPredictor(std::shared_ptr<const model::Predictor> predictor, std::vector<KnownCompound> known)
        : predictor_(std::move(predictor)), known_(std::move(known)) {
        for (const auto& compound : known_) ligands_.push_back(compound.ligand);
    }

    const model::Passport& passport() const override { return predictor_->passport(); }

    std::shared_ptr<const model::EncodedPocket> encode(const PocketGraph& pocket,
                                                       model::PocketUse use) const override {
        auto encoded = predictor_->encode(pocket, use);
        KnownCorrection correction(known_, predictor_->predict(*encoded, ligands_));
        return std::make_shared<CorrectedPocket>(std::move(encoded), std::move(correction));
    }

    std::vector<model::Prediction> predict(const model::EncodedPocket& pocket,
                                           std::span<const LigandGraph> ligands) const override {
        const auto& [own, correction] = parts(pocket);
        auto predictions = predictor_->predict(own, ligands);
        for (std::size_t i = 0; i < ligands.size(); ++i)
            predictions[i] = correction.correct(ligands[i], predictions[i]);
        return predictions;
    }

    std::vector<float> retrieval_vectors(std::span<const LigandGraph> ligands) const override {
        return predictor_->retrieval_vectors(ligands);
    }

    model::Explanation explain(const model::EncodedPocket& pocket, const LigandGraph& ligand) const override {
        const auto& [own, correction] = parts(pocket);
        auto explanation = predictor_->explain(own, ligand);
        explanation.prediction = correction.correct(ligand, explanation.prediction);
        return explanation;
    }

private:
    static std::pair<const model::EncodedPocket&, const KnownCorrection&> parts(
        const model::EncodedPocket& pocket) {
        if (const auto* corrected = dynamic_cast<const CorrectedPocket*>(&pocket))
            return {*corrected->pocket, corrected->correction};
        throw Error(ErrorKind::failure, "this pocket was not encoded with the known compounds");
    }

    std::shared_ptr<const model::Predictor> predictor_;
    std::vector<KnownCompound> known_;
    std::vector<LigandGraph> ligands_;
};

}  // namespace

std::unique_ptr<model::Predictor> with_known_compounds(std::shared_ptr<const model::Predictor> predictor,
                                                       std::vector<KnownCompound> known) {
    return std::make_unique<CorrectedPredictor>(std::move(predictor), std::move(known));
}

}  // namespace keyway::workflows

/// Immutable after construction; every call may come from any thread.
#include "model/predictor.hpp"

#include "model/cpu_engine.hpp"
#include "model/golden.hpp"
#include "model/scoring.hpp"
#include "model/translate.hpp"

#include <ATen/ATen.h>

#include <optional>

namespace keyway::model {
namespace {

/// Rounding of sums in another order; rounding of weights and rows to bf16.
constexpr double kEngineTolerancePk = 1e-4, kEngineToleranceBf16Pk = 0.1;

class TorchPocket : public EncodedPocket {
public:
    TorchPocket(EncodedPockets encoded, std::optional<EnginePocket> prepared)
        : encoded_(std::move(encoded)), prepared_(std::move(prepared)) {
        const at::Tensor host = encoded_.retrieval.to(at::kCPU, at::kFloat).contiguous();  // [1, R]
        retrieval_.assign(host.data_ptr<float>(), host.data_ptr<float>() + host.numel());
    }
    std::span<const float> retrieval_vector() const override { return retrieval_; }
    const EncodedPockets& encoded() const { return encoded_; }
    const std::optional<EnginePocket>& prepared() const { return prepared_; }

private:
    EncodedPockets encoded_;
    std::optional<EnginePocket> prepared_;  // where the CPU engine scores
    std::vector<float> retrieval_;
};

const TorchPocket& own(const EncodedPocket& pocket) {
    if (const auto* own = dynamic_cast<const TorchPocket*>(&pocket)) return *own;
    throw Error(ErrorKind::failure, "this pocket was not encoded by the network library");
}

class TorchPredictor : public Predictor {
public:
    TorchPredictor(LoadedModel loaded, Precision precision, const IntraOpThreads& threads)
        : loaded_(std::move(loaded)), threads_(threads) {
        if (CpuEngine::fits(*loaded_.model)) {
            engine_.emplace(*loaded_.model, precision);
            check_engine(precision == Precision::bf16 ? kEngineToleranceBf16Pk : kEngineTolerancePk);
        } else if (precision == Precision::bf16) {
            throw Error(ErrorKind::usage,
                        "precision bf16 is for the CPU, and for models with attention heads of a multiple of "
                        "4 channels",
                        "leave it at fp32, or add --device cpu");
        }
    }

    const Passport& passport() const override { return loaded_.passport; }

    std::shared_ptr<const EncodedPocket> encode(const PocketGraph& pocket, PocketUse use) const override {
        threads_.apply();
        return translated("encoding a pocket", [&] {
            EncodedPockets encoded = encode_pocket(*loaded_.model, pocket, use);
            std::optional<EnginePocket> prepared;
            if (engine_) prepared = engine_->prepare(encoded);
            return std::make_shared<TorchPocket>(std::move(encoded), std::move(prepared));
        });
    }

    std::vector<Prediction> predict(const EncodedPocket& pocket,
                                    std::span<const LigandGraph> ligands) const override {
        threads_.apply();
        return translated("scoring", [&] { return scores(own(pocket), ligands); });
    }

    std::vector<float> retrieval_vectors(std::span<const LigandGraph> ligands) const override {
        threads_.apply();
        return translated("encoding ligands", [&] {
            return engine_ ? engine_->retrieval_vectors(ligands)
                           : retrieval_vectors_of(*loaded_.model, ligands);
        });
    }

    /// The reference network says which pairs carry the score; the score itself is the one of `predict`.
    Explanation explain(const EncodedPocket& pocket, const LigandGraph& ligand) const override {
        threads_.apply();
        return translated("explaining a score", [&] {
            Explanation explanation = explain_ligand(*loaded_.model, own(pocket).encoded(), ligand);
            explanation.prediction = scores(own(pocket), std::span(&ligand, 1)).front();
            if (explanation.contacts.empty()) explanation.pooled_pk = explanation.prediction.pk;
            return explanation;
        });
    }

private:
    /// On this very machine: the engine against the reference, before anything is scored with it.
    void check_engine(double tolerance_pk) const {
        const GoldenSet golden = golden_set();
        std::vector<Prediction> scores;
        for (const PocketUse use : {PocketUse::full, PocketUse::blanked}) {
            const EncodedPockets pocket = encode_pocket(*loaded_.model, golden.pocket, use);
            const auto some = engine_->predict(engine_->prepare(pocket), golden.ligands);
            scores.insert(scores.end(), some.begin(), some.end());
        }
        check_golden(loaded_.golden, scores, tolerance_pk);
    }

    std::vector<Prediction> scores(const TorchPocket& pocket, std::span<const LigandGraph> ligands) const {
        auto predictions = engine_ && pocket.prepared()
                               ? engine_->predict(*pocket.prepared(), ligands)
                               : score_ligands(*loaded_.model, pocket.encoded(), ligands);
        const auto scale = static_cast<float>(loaded_.passport.pk_sd_scale);
        for (auto& prediction : predictions) prediction.pk_sd *= scale;
        return predictions;
    }

    LoadedModel loaded_;
    const IntraOpThreads& threads_;
    std::optional<CpuEngine> engine_;  // on the CPU, for models that fit it
};

}  // namespace

std::unique_ptr<Predictor> make_predictor(LoadedModel loaded, Precision precision,
                                          const IntraOpThreads& threads) {
    return std::make_unique<TorchPredictor>(std::move(loaded), precision, threads);
}

}  // namespace keyway::model

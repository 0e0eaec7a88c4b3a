/// Immutable after construction; every call may come from any thread.
#include "model/predictor.hpp"

#include "model/scoring.hpp"
#include "model/translate.hpp"

#include <ATen/ATen.h>

namespace keyway::model {
namespace {

class TorchPocket : public EncodedPocket {
public:
    explicit TorchPocket(EncodedPockets encoded) : encoded_(std::move(encoded)) {
        const at::Tensor host = encoded_.retrieval.to(at::kCPU, at::kFloat).contiguous();  // [1, R]
        retrieval_.assign(host.data_ptr<float>(), host.data_ptr<float>() + host.numel());
    }
    std::span<const float> retrieval_vector() const override { return retrieval_; }
    const EncodedPockets& encoded() const { return encoded_; }

private:
    EncodedPockets encoded_;
    std::vector<float> retrieval_;
};

const EncodedPockets& encoded_of(const EncodedPocket& pocket) {
    if (const auto* own = dynamic_cast<const TorchPocket*>(&pocket)) return own->encoded();
    throw Error(ErrorKind::failure, "this pocket was not encoded by the network library");
}

class TorchPredictor : public Predictor {
public:
    TorchPredictor(LoadedModel loaded, const IntraOpThreads& threads)
        : loaded_(std::move(loaded)), threads_(threads) {}

    const Passport& passport() const override { return loaded_.passport; }

    std::shared_ptr<const EncodedPocket> encode(const PocketGraph& pocket, PocketUse use) const override {
        threads_.apply();
        return translated("encoding a pocket", [&] {
            return std::make_shared<TorchPocket>(encode_pocket(*loaded_.model, pocket, use));
        });
    }

    std::vector<Prediction> predict(const EncodedPocket& pocket,
                                    std::span<const LigandGraph> ligands) const override {
        threads_.apply();
        return translated("scoring",
                          [&] { return score_ligands(*loaded_.model, encoded_of(pocket), ligands); });
    }

    Explanation explain(const EncodedPocket& pocket, const LigandGraph& ligand) const override {
        threads_.apply();
        return translated("explaining a score",
                          [&] { return explain_ligand(*loaded_.model, encoded_of(pocket), ligand); });
    }

private:
    LoadedModel loaded_;
    const IntraOpThreads& threads_;
};

}  // namespace

std::unique_ptr<Predictor> make_predictor(LoadedModel loaded, const IntraOpThreads& threads) {
    return std::make_unique<TorchPredictor>(std::move(loaded), threads);
}

}  // namespace keyway::model

/// A network without learning: scores are a function of the ligand that a test can predict, and some
/// molecules make it fail. In-process for workflow tests; as a library behind the real door for tests of the
/// program.
#pragma once

#include "model/safetensors.hpp"
#include "model/weights_file.hpp"

#include "keyway/core/error.hpp"
#include "keyway/model/network.hpp"
#include "keyway/sample/columns.hpp"

#include <chrono>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <limits>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace keyway::testing {

inline constexpr char kNanSmiles[] = "CI";        ///< its score is not a number
inline constexpr char kPooledOnlySmiles[] = "N";  ///< its contacts carry next to nothing
inline constexpr char kThrowingSmiles[] = "CBr";  ///< a batch that holds it throws

class FakePocket final : public model::EncodedPocket {
public:
    explicit FakePocket(const PocketGraph& pocket) {
        for (std::size_t i = 0; i < pocket.atoms(); ++i)
            if (pocket.is_token[i]) tokens.push_back(static_cast<int>(i));
    }
    std::span<const float> retrieval_vector() const override { return kRetrievalVector; }
    static constexpr float kRetrievalVector[] = {1, 0};
    std::vector<int> tokens;
};

class FakePredictor final : public model::Predictor {
public:
    explicit FakePredictor(model::Passport passport) : passport_(std::move(passport)) {
        if (const char* wait = std::getenv("KEYWAY_FAKE_MICROSECONDS")) microseconds_ = std::atoi(wait);
    }

    /// 3 + a tenth of the heavy atoms, whatever they are: molecules of one size tie.
    static float pk_of(const LigandGraph& ligand) {
        if (ligand.smiles == kThrowingSmiles) throw std::runtime_error("fake failure");
        if (ligand.smiles == kNanSmiles) return std::numeric_limits<float>::quiet_NaN();
        return 3.0f + 0.1f * static_cast<float>(ligand.atoms());
    }

    const model::Passport& passport() const override { return passport_; }

    std::shared_ptr<const model::EncodedPocket> encode(const PocketGraph& pocket,
                                                       model::PocketUse) const override {
        return std::make_shared<FakePocket>(pocket);
    }

    std::vector<model::Prediction> predict(const model::EncodedPocket&,
                                           std::span<const LigandGraph> ligands) const override {
        std::this_thread::sleep_for(std::chrono::microseconds(microseconds_) * ligands.size());
        std::vector<model::Prediction> predictions;
        for (const auto& ligand : ligands) predictions.push_back({pk_of(ligand), 0.5f});
        return predictions;
    }

    /// Larger molecules point more towards every pocket, as they score higher.
    std::vector<float> retrieval_vectors(std::span<const LigandGraph> ligands) const override {
        std::vector<float> vectors;
        for (const auto& ligand : ligands) {
            const float cosine = static_cast<float>(ligand.atoms()) / 200.0f;
            vectors.insert(vectors.end(), {cosine, std::sqrt(1 - cosine * cosine)});
        }
        return vectors;
    }

    /// Every token contributes equally; the pooled term is 1, or all of it.
    model::Explanation explain(const model::EncodedPocket& pocket, const LigandGraph& ligand) const override {
        const float pk = pk_of(ligand), pooled = ligand.smiles == kPooledOnlySmiles ? pk + 1e-4f : 1.0f;
        model::Explanation explanation{{pk, 0.5f}, pooled, {}};
        const auto& tokens = dynamic_cast<const FakePocket&>(pocket).tokens;
        for (const int token : tokens)
            explanation.contacts.push_back(
                {0, token, 0.5f, (pk - pooled) / static_cast<float>(tokens.size())});
        return explanation;
    }

private:
    model::Passport passport_;
    int microseconds_ = 0;
};

class FakeNetwork final : public model::Network {
public:
    std::unique_ptr<model::Predictor> load(const std::filesystem::path& weights, const std::string&,
                                           model::Precision) const override {
        return std::make_unique<FakePredictor>(model::read_passport(weights));
    }
    std::unique_ptr<model::Trainer> make_trainer(const model::ModelConfig&, const model::OptimiserOptions&,
                                                 std::uint64_t, const std::string&) const override {
        throw Error(ErrorKind::failure, "the fake network does not learn");
    }
    model::DeviceInfo info() const override { return {"fake 1.0", "none", "none", false, {}}; }
    void set_intra_op_threads(int) const override {}
};

/// A weights file that every reader accepts; one tensor.
inline std::filesystem::path write_fake_weights(const std::filesystem::path& path,
                                                const PocketDefinition& definition = {},
                                                int feature_version = kFeatureVersion) {
    const std::vector<float> numbers = {1, 2, 3};
    const model::TensorBytes tensor{{"fake", model::TensorType::f32, {3}}, std::as_bytes(std::span(numbers))};
    model::Passport passport;
    passport.feature_version = feature_version;
    passport.pocket = definition;
    passport.name = "fake";
    passport.config.retrieval_channels = 2;
    passport.created_by = "tests";
    passport.weights_sha256 = model::sha256_of_tensors({&tensor, 1});
    model::write_tensor_file(path, {&tensor, 1},
                             {{model::kPassportKey, model::to_json(passport)}, {model::kGoldenKey, ""}});
    return path;
}

}  // namespace keyway::testing

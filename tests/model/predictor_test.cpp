/// Scores are a function of pocket and ligand alone, contributions add up, and the answer survives the file.
#include "model/trained_model.hpp"
#include "support/temporary_folder.hpp"

#include "keyway/core/error.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>
#include <thread>

namespace keyway::model {
namespace {

class PredictorTest : public ::testing::Test {
protected:
    static void SetUpTestSuite() {
        folder_ = std::make_unique<testing::TemporaryFolder>();
        const Material material;
        const auto trainer = tiny_trainer();
        for (int step = 0; step < 8; ++step) trainer->step(material.batch(step), 3e-3);
        trainer->save_weights(*folder_ / "tiny.safetensors", {});
        predictor_ = torch_network().load(*folder_ / "tiny.safetensors", "cpu");
        expected_ = trainer->predict(material.batch(0), PocketUse::full);
    }
    static void TearDownTestSuite() {
        predictor_.reset();
        folder_.reset();
    }
    static std::vector<LigandGraph> library(int size) {
        std::vector<LigandGraph> ligands;
        for (int i = 0; i < size; ++i) ligands.push_back(testing::random_ligand(500 + i, 1 + i % 40));
        return ligands;
    }
    /// Compares bits, so that NaN would equal itself and 0 differ from -0.
    static bool same(const Prediction& a, const Prediction& b) {
        return std::memcmp(&a.pk, &b.pk, sizeof a.pk) == 0 &&
               std::memcmp(&a.pk_sd, &b.pk_sd, sizeof a.pk_sd) == 0;
    }

    static inline std::unique_ptr<testing::TemporaryFolder> folder_;
    static inline std::unique_ptr<Predictor> predictor_;
    static inline std::vector<Prediction> expected_;
    const PocketGraph pocket_ = testing::random_pocket(21, 64);
};

TEST_F(PredictorTest, AgreesWithTheTrainerThatSavedIt) {
    const Material material;
    const TrainBatch batch = material.batch(0);
    for (std::size_t i = 0; i < batch.rows.size(); ++i) {
        const auto& row = batch.rows[i];
        const auto pocket = predictor_->encode(material.pockets[row.pocket]);
        const auto alone = predictor_->predict(*pocket, std::span(&material.ligands[row.ligand], 1));
        EXPECT_NEAR(alone[0].pk, expected_[i].pk, 1e-4);
        EXPECT_NEAR(alone[0].pk_sd, expected_[i].pk_sd, 1e-4);
    }
}

TEST_F(PredictorTest, ScoreIsTheSameAloneInABatchShuffledAndFromManyThreads) {
    const auto ligands = library(40);
    const auto pocket = predictor_->encode(pocket_);
    const auto together = predictor_->predict(*pocket, ligands);
    ASSERT_EQ(together.size(), ligands.size());

    for (std::size_t i = 0; i < ligands.size(); ++i)
        EXPECT_TRUE(same(predictor_->predict(*pocket, std::span(&ligands[i], 1))[0], together[i])) << i;

    std::vector<std::size_t> order(ligands.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    Random(1).shuffle(order);
    std::vector<LigandGraph> shuffled;
    for (const std::size_t i : order) shuffled.push_back(ligands[i]);
    const auto scores = predictor_->predict(*pocket, shuffled);
    for (std::size_t i = 0; i < order.size(); ++i) EXPECT_TRUE(same(scores[i], together[order[i]])) << i;

    std::vector<std::vector<Prediction>> from_thread(4);
    std::vector<std::thread> threads;
    for (auto& mine : from_thread)
        threads.emplace_back([&] { mine = predictor_->predict(*predictor_->encode(pocket_), ligands); });
    for (std::thread& thread : threads) thread.join();
    for (const auto& mine : from_thread)
        for (std::size_t i = 0; i < ligands.size(); ++i) EXPECT_TRUE(same(mine[i], together[i])) << i;
}

TEST_F(PredictorTest, ContactsAndPooledTermAddUpToThePrediction) {
    const auto pocket = predictor_->encode(pocket_);
    for (const LigandGraph& ligand : library(12)) {
        const Explanation explanation = predictor_->explain(*pocket, ligand);
        double sum = explanation.pooled_pk;
        for (const Contact& contact : explanation.contacts) {
            sum += contact.pk;
            EXPECT_GT(contact.gate, 0);
            EXPECT_LT(contact.gate, 1);
            EXPECT_GE(contact.ligand_atom, 0);
            EXPECT_LT(contact.ligand_atom, static_cast<int>(ligand.atoms()));
            EXPECT_TRUE(pocket_.is_token.at(static_cast<std::size_t>(contact.pocket_atom)));
        }
        const auto tokens = std::count(pocket_.is_token.begin(), pocket_.is_token.end(), 1);

        EXPECT_EQ(explanation.contacts.size(), ligand.atoms() * static_cast<std::size_t>(tokens));
        EXPECT_NEAR(sum, explanation.prediction.pk, 1e-4);
        EXPECT_TRUE(same(explanation.prediction, predictor_->predict(*pocket, std::span(&ligand, 1))[0]));
    }
}

TEST_F(PredictorTest, BlankedPocketIsTheSameForAllAndExplainsNothing) {
    const auto ligands = library(5);
    const auto one = predictor_->encode(pocket_, PocketUse::blanked);
    const auto two = predictor_->encode(testing::random_pocket(22, 33), PocketUse::blanked);
    const auto a = predictor_->predict(*one, ligands), b = predictor_->predict(*two, ligands);
    for (std::size_t i = 0; i < ligands.size(); ++i) EXPECT_TRUE(same(a[i], b[i]));

    const Explanation explanation = predictor_->explain(*one, ligands[4]);
    EXPECT_TRUE(explanation.contacts.empty());
    EXPECT_EQ(explanation.pooled_pk, explanation.prediction.pk);
}

TEST_F(PredictorTest, PocketAndLigandBothMatter) {
    const auto ligands = library(6);
    const auto here = predictor_->predict(*predictor_->encode(pocket_), ligands);
    const auto there = predictor_->predict(*predictor_->encode(testing::random_pocket(23, 64)), ligands);

    EXPECT_NE(here[4].pk, there[4].pk);
    EXPECT_NE(here[4].pk, here[5].pk);
    EXPECT_GT(here[4].pk_sd, 0);
}

TEST_F(PredictorTest, RetrievalVectorHasUnitLength) {
    const auto pocket = predictor_->encode(pocket_);
    const auto vector = pocket->retrieval_vector();

    ASSERT_EQ(vector.size(), static_cast<std::size_t>(tiny_config().retrieval_channels));
    EXPECT_NEAR(std::inner_product(vector.begin(), vector.end(), vector.begin(), 0.0), 1, 1e-5);
}

TEST_F(PredictorTest, EmptyLibraryGivesNothing) {
    EXPECT_TRUE(predictor_->predict(*predictor_->encode(pocket_), {}).empty());
}

TEST_F(PredictorTest, PocketsWithoutTokensAndLigandsWithoutAtomsAreErrorsOfThisLibrary) {
    PocketGraph blind = pocket_;
    std::fill(blind.is_token.begin(), blind.is_token.end(), 0);
    EXPECT_THROW(predictor_->encode(blind), Error);
    const LigandGraph nothing;
    EXPECT_THROW(predictor_->predict(*predictor_->encode(pocket_), std::span(&nothing, 1)), Error);
}

TEST_F(PredictorTest, ForeignPocketIsRefused) {
    struct Foreign : EncodedPocket {
        std::span<const float> retrieval_vector() const override { return {}; }
    };
    EXPECT_THROW(predictor_->predict(Foreign(), library(1)), Error);
}

}  // namespace
}  // namespace keyway::model

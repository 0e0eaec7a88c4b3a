/// Finetuning with a straight line for a network: held-out compounds decide, and nothing of them leaks.
#include "keyway/workflows/finetune.hpp"

#include "support/fake_network.hpp"
#include "support/temporary_folder.hpp"
#include "workflows/finetune_check.hpp"
#include "workflows/learning_fixtures.hpp"

#include "keyway/core/random.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cmath>
#include <set>

namespace keyway::workflows {
namespace {

using keyway::testing::read_bytes;
using keyway::testing::TemporaryFolder;
using keyway::testing::write_fake_weights;
using ::testing::HasSubstr;
using namespace testing;

class Finetuning : public ::testing::Test {
protected:
    Finetuning() {
        options.model = write_fake_weights(folder / "parent.safetensors");
        options.threads = 1;
        options.learning_rate = 0.02;
        network.line = {.bias = 4, .per_atom = 0.1};
        for (int i = 0; i < 20; ++i) {
            const LigandGraph ligand = chain_ligand(5 + i);
            known.push_back({ligand.id, ligand, static_cast<float>(line(5 + i))});
        }
    }
    double line(int atoms) const { return network.line.bias + network.line.per_atom * atoms; }
    /// The series lies this much above what the model says.
    void shift(float pk) {
        for (auto& compound : known) compound.pk += pk;
    }
    FinetuneResult run(const std::string& out) {
        Context context = silent_context();
        return finetune({pocket, "receptor.pdb, site", known}, options, folder / out, IfExists::refuse,
                        network, {log, context.progress, context.stop});
    }

    const TemporaryFolder folder;
    const PocketGraph pocket = chain_pocket("P", 6);
    LineNetwork network;
    RecordingLog log;
    FinetuneOptions options;
    std::vector<KnownCompound> known;
};

TEST_F(Finetuning, HelpsWhereTheSeriesLiesElsewhereAndWritesWhatItDid) {
    shift(1.5f);
    const FinetuneResult result = run("out");
    const auto& check = result.check;
    EXPECT_TRUE(check.helps);
    EXPECT_GT(check.steps, 0);
    EXPECT_NEAR(check.of(Way::zero_shot).rmse.value, 1.5, 1e-4);
    EXPECT_LT(check.of(Way::finetuned).rmse.value, 1.2);
    EXPECT_GT(check.of(Way::finetuned).rmse_reduction.low, 0);
    EXPECT_LT(check.of(Way::known).rmse.value, 1.2);
    EXPECT_NEAR(check.of(Way::zero_shot).spearman.value, 1, 1e-9);

    ASSERT_EQ(result.weights, folder / "out/weights.safetensors");
    EXPECT_TRUE(std::filesystem::exists(result.weights));
    const model::Passport& passport = network.saved_passport;
    EXPECT_EQ(passport.name, "fake-finetuned");
    EXPECT_THAT(passport.training, HasSubstr("finetuned-from = fake\n"));
    EXPECT_THAT(passport.training,
                HasSubstr("parent-weights = " + model::read_passport(options.model).weights_sha256));
    EXPECT_THAT(passport.training, HasSubstr("target = receptor.pdb, site\ncompounds = 20\nknown-sha256 = "));
    EXPECT_EQ(passport.metrics.at("check/finetuned_rmse"), check.of(Way::finetuned).rmse.value);

    const auto json = nlohmann::json::parse(read_bytes(folder / "out/check.json"));
    EXPECT_EQ(json.at("helps"), true);
    EXPECT_EQ(json.at("compounds"), 20);
    EXPECT_EQ(json.at("ways").at("finetuned_known").at("rmse").at("value"),
              check.of(Way::finetuned_known).rmse.value);
    EXPECT_THAT(check_text(check), HasSubstr("finetuned + known"));
}

TEST_F(Finetuning, WritesNothingWhereTheModelIsRightAlready) {
    const FinetuneResult result = run("out");
    EXPECT_FALSE(result.check.helps);
    EXPECT_EQ(result.check.steps, 0);
    EXPECT_TRUE(result.weights.empty());
    EXPECT_FALSE(std::filesystem::exists(folder / "out/weights.safetensors"));
    EXPECT_TRUE(std::filesystem::exists(folder / "out/check.json"));

    options.write = Write::always;
    const FinetuneResult forced = run("forced");
    EXPECT_FALSE(forced.check.helps);
    EXPECT_TRUE(std::filesystem::exists(folder / "forced/weights.safetensors"));
    EXPECT_THAT(network.saved_passport.training, HasSubstr("steps-taken = 40\n"));
}

TEST_F(Finetuning, NeverShowsATrainingItsHeldOutCompounds) {
    shift(1);
    run("out");
    const auto folds = make_folds(known, options, options.seed);
    ASSERT_EQ(folds.size(), 5u);
    const auto steps = static_cast<std::size_t>(options.steps);
    ASSERT_GE(network.batches.size(), 5 * steps);
    for (std::size_t f = 0; f < 5; ++f) {  // of the first repeat, in order
        std::set<float> seen, held_out;
        for (std::size_t step = 0; step < steps; ++step)
            for (const auto& row : network.batches[f * steps + step].rows) seen.insert(row.pk);
        for (const std::size_t i : folds[f]) held_out.insert(known[i].pk);
        EXPECT_EQ(seen.size() + held_out.size(), known.size());
        for (const float pk : held_out) EXPECT_FALSE(seen.contains(pk));
    }
}

TEST_F(Finetuning, GivesTheSameNumbersOnAnyNumberOfThreads) {
    shift(1);
    const auto once = run("one").check;
    options.threads = 3;
    EXPECT_EQ(check_json(run("three").check), check_json(once));
}

TEST_F(Finetuning, KeepsTheParentWhereTheSplitByScaffoldIsImpossible) {
    options.folds_by = FoldsBy::scaffold;  // chains have none
    const Caught caught = error_of([&] { run("out"); });
    EXPECT_EQ(caught.code, 2);
    EXPECT_THAT(caught.message, HasSubstr("one scaffold"));
    EXPECT_THAT(caught.hint, HasSubstr("--folds-by compound"));
    EXPECT_FALSE(std::filesystem::exists(folder / "out"));
}

TEST_F(Finetuning, RefusesTooFewCompoundsAndFilesThatExist) {
    known.resize(3);
    const Caught few = error_of([&] { run("out"); });
    EXPECT_EQ(few.code, 2);
    EXPECT_THAT(few.hint, HasSubstr("--known"));
    known.push_back({"four", chain_ligand(30), 8});
    run("out");
    EXPECT_EQ(error_of([&] { run("out"); }).code, 2);
}

TEST(Folds, KeepMeasurementsOfOneCompoundTogetherAndAreEqual) {
    std::vector<KnownCompound> known;
    for (int i = 0; i < 17; ++i) known.push_back({"a", chain_ligand(4 + i / 2), 5});
    const auto folds = make_folds(known, {}, 3);
    ASSERT_EQ(folds.size(), 5u);
    std::map<std::string, std::set<std::size_t>> fold_of;
    std::size_t total = 0;
    for (std::size_t f = 0; f < folds.size(); ++f)
        for (const std::size_t i : folds[f]) {
            fold_of[known[i].ligand.smiles].insert(f);
            ++total;
        }
    EXPECT_EQ(total, known.size());
    for (const auto& [smiles, in] : fold_of) EXPECT_EQ(in.size(), 1u) << smiles;
    for (const auto& fold : folds) EXPECT_NEAR(static_cast<double>(fold.size()), 3.4, 1.5);

    known.resize(4);  // two compounds, twice each
    EXPECT_EQ(make_folds(known, {}, 3).size(), 2u);
    known.resize(2);
    EXPECT_EQ(error_of([&] { make_folds(known, {}, 3); }).code, 2);
}

TEST(FoldMean, IsWiderThanIndependentFoldsWouldBe) {
    // Student's t of 4 degrees of freedom is 2.776; variance 2.5.
    const FoldMean independent = fold_mean({1, 2, 3, 4, 5}, 0), corrected = fold_mean({1, 2, 3, 4, 5}, 0.25);
    EXPECT_DOUBLE_EQ(corrected.value, 3);
    EXPECT_NEAR(independent.high - 3, 2.776 * std::sqrt(2.5 / 5), 0.02);
    EXPECT_NEAR(corrected.high - 3, 2.776 * std::sqrt((0.2 + 0.25) * 2.5), 0.03);
    EXPECT_NEAR(3 - corrected.low, corrected.high - 3, 1e-12);
    const FoldMean undefined = fold_mean({NAN, NAN}, 0.25), one = fold_mean({NAN, 2}, 0.25);
    EXPECT_TRUE(std::isnan(undefined.value));
    EXPECT_EQ(one.value, 2);
    EXPECT_TRUE(std::isnan(one.low));
}

}  // namespace
}  // namespace keyway::workflows

/// Evaluation with a straight line for a model: every number can be worked out by hand.
#include "keyway/workflows/evaluate.hpp"

#include "support/fake_network.hpp"
#include "support/temporary_folder.hpp"
#include "workflows/labelled_data.hpp"
#include "workflows/learning_fixtures.hpp"

#include "keyway/core/error.hpp"
#include "keyway/store/domain_file.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace keyway::workflows {
namespace {

using keyway::testing::read_bytes;
using keyway::testing::TemporaryFolder;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using namespace testing;

RowSpec row(const std::string& pocket, const std::string& assay, int atoms, double pk) {
    return {
        .pocket = pocket, .assay = assay, .atoms = atoms, .pk = pk, .split = Split::test, .protein = pocket};
}

/// Two assays of five rows on two proteins. Ranks of pk by atoms: A has Spearman 0.9, B has ties.
std::vector<RowSpec> two_assays() {
    return {row("P1", "A", 10, 5), row("P1", "A", 11, 6), row("P1", "A", 12, 7), row("P1", "A", 13, 9),
            row("P1", "A", 14, 8), row("P2", "B", 20, 6), row("P2", "B", 20, 7), row("P2", "B", 21, 5),
            row("P2", "B", 22, 8), row("P2", "B", 22, 8)};
}

class Evaluation : public ::testing::Test {
protected:
    Evaluation() {
        options.model = (folder / "weights.safetensors").string();
        network.line = {.bias = 1, .per_atom = 0.25, .per_pocket_atom = 0.5};
    }
    EvaluateResult run(const std::vector<RowSpec>& rows) {
        std::filesystem::remove(folder / "data.h5");
        write_dataset(folder / "data.h5", rows);
        options.datasets = {folder / "data.h5"};
        return evaluate(options, network, context());
    }
    Context context() {
        Context silent = silent_context();
        return {log, silent.progress, silent.stop};
    }
    TemporaryFolder folder;
    EvaluateOptions options;
    LineNetwork network;
    RecordingLog log;
};

TEST_F(Evaluation, RanksHeavyAtomsAsComputedByHand) {
    const auto result = run(two_assays());
    const auto& heavy = result.baselines.at("heavy_atoms");
    EXPECT_NEAR(heavy.groups.at("A").spearman, 0.9, 1e-12);
    // Ranks of atoms 1.5 1.5 3 4.5 4.5 and of pk 2 3 1 4.5 4.5; centred products: 6, squares 9 and 9.5.
    EXPECT_NEAR(heavy.groups.at("B").spearman, 6 / std::sqrt(9 * 9.5), 1e-12);
    EXPECT_NEAR(heavy.mean_group_spearman.value, 0.5 * (0.9 + 6 / std::sqrt(9 * 9.5)), 1e-12);
    EXPECT_NEAR(heavy.groups.at("A").kendall, 0.8, 1e-12);
    EXPECT_EQ(heavy.overall.n, 10);
    EXPECT_TRUE(std::isnan(heavy.groups.at("A").rmse)) << "a count of atoms is no pK without training data";
}

TEST_F(Evaluation, MeasuresTheModel) {
    const auto result = run(two_assays());
    const auto& model = result.model_result;
    EXPECT_NEAR(model.groups.at("A").spearman, 0.9, 1e-12) << "a rising line ranks like the count of atoms";
    // P1 has 5 atoms: predictions 1 + 0.25 n + 2.5 = 6, 6.25, 6.5, 6.75, 7 against 5 6 7 9 8.
    EXPECT_NEAR(model.groups.at("A").rmse, std::sqrt((1 + 0.0625 + 0.25 + 5.0625 + 1) / 5), 1e-6);
    EXPECT_NEAR(model.groups.at("A").mae, (1 + 0.25 + 0.5 + 2.25 + 1) / 5, 1e-6);
    EXPECT_EQ(result.rows, 10u);
    const auto& advantage = result.baselines.at("heavy_atoms").spearman_advantage;
    EXPECT_NEAR(advantage.value, 0, 1e-12);
    EXPECT_NEAR(advantage.high, 0, 1e-12);
}

TEST_F(Evaluation, CountsTheAdvantageGroupByGroup) {
    network.line.per_atom = -0.25;
    const auto result = run(two_assays());
    const double b = 6 / std::sqrt(9 * 9.5);
    const auto& advantage = result.baselines.at("heavy_atoms").spearman_advantage;
    EXPECT_NEAR(advantage.value, -0.9 - b, 1e-12);
    EXPECT_NEAR(advantage.low, -1.8, 1e-12) << "both groups drawn: A twice";
    EXPECT_NEAR(advantage.high, -2 * b, 1e-12);
}

TEST_F(Evaluation, LeavesSmallGroupsToTheOverallNumbers) {
    auto rows = two_assays();
    for (int i = 0; i < 4; ++i) rows.push_back(row("P1", "small", 8 + i, 5));
    rows.push_back(row("P1", "", 30, 5));
    const auto result = run(rows);
    EXPECT_EQ(result.model_result.groups.size(), 2u);
    EXPECT_EQ(result.model_result.overall.n, 15);
    options.min_group = 4;
    EXPECT_EQ(run(rows).model_result.groups.size(), 3u) << "a row without an assay is in no group";
    options.group_by = "pocket";
    EXPECT_EQ(run(rows).model_result.groups.at("P1").n, 10);
}

TEST_F(Evaluation, TablesOfATargetAreRankedInsideTheirAnalogueSeries) {
    auto rows = two_assays();
    for (int i = 0; i < 10; ++i) {  // two families of five, the larger one weaker
        rows.push_back(row("P1", "table", 8 + i, i < 5 ? 4 + i : i - 4));
        rows.back().source = "wide";
        rows.back().fingerprint = {static_cast<std::uint16_t>(i < 5 ? 1 : 11),
                                   static_cast<std::uint16_t>(i < 5 ? 2 : 12)};
    }
    EXPECT_LT(run(rows).model_result.groups.at("table").spearman, 0.5);
    options.series_similarity = 0.4;
    const auto result = run(rows);
    EXPECT_EQ(result.model_result.groups.size(), 4u);
    EXPECT_NEAR(result.model_result.groups.at("table, series 1").spearman, 1, 1e-12);
    EXPECT_NEAR(result.model_result.groups.at("table, series 2").spearman, 1, 1e-12);
    EXPECT_EQ(result.table.back().assay, "table, series 2");
}

TEST_F(Evaluation, LeavesBoundsOutAndCountsThem) {
    auto rows = two_assays();
    rows.push_back(row("P1", "A", 15, 1));
    rows.back().relation = Relation::less;
    rows.push_back(row("P1", "A", 16, 8));
    rows.back().relation = Relation::approximate;
    const auto result = run(rows);
    EXPECT_EQ(result.censored_left_out, 1u);
    EXPECT_EQ(result.model_result.groups.at("A").n, 6) << "approximate values stay";
    EXPECT_EQ(result.table.size(), 12u) << "the table of predictions has every row";
    EXPECT_THAT(result.notes, Contains(HasSubstr("1 bounds")));
}

TEST_F(Evaluation, LeavesRowsOutWhosePredictionIsNotFinite) {
    network.nan_for_atoms = 14;
    auto rows = two_assays();
    rows.push_back(row("P1", "A", 9, 4));
    const auto result = run(rows);
    EXPECT_EQ(result.nonfinite_left_out, 1u);
    EXPECT_EQ(result.model_result.groups.at("A").n, 5);
    EXPECT_EQ(result.baselines.at("heavy_atoms").groups.at("A").n, 5) << "all methods on the same rows";
}

TEST_F(Evaluation, SaysWhereRankCorrelationIsUndefined) {
    network.line.per_atom = 0;
    const auto result = run(two_assays());
    EXPECT_TRUE(std::isnan(result.model_result.groups.at("A").spearman));
    EXPECT_TRUE(std::isnan(result.model_result.mean_group_spearman.value));
    EXPECT_TRUE(std::isnan(result.baselines.at("heavy_atoms").spearman_advantage.value));
    EXPECT_THAT(result.notes, Contains(HasSubstr("2 groups have no rank correlation")));
}

TEST_F(Evaluation, BlanksThePocket) {
    const auto result = run(two_assays());
    for (const auto& entry : result.table)
        EXPECT_NEAR(entry.pk_pred - entry.baselines.at("pocket_blanked"), entry.pocket == "P1" ? 2.5 : 3.0,
                    1e-5);
}

TEST_F(Evaluation, SwapsEveryPocketForOneOfAnotherFamily) {
    std::vector<RowSpec> rows;
    const std::vector<std::string> clusters{"k", "k", "p", "q", "k", "r", "p"};
    for (std::size_t p = 0; p < clusters.size(); ++p)
        for (int i = 0; i < 5; ++i) {
            rows.push_back(row(fmt::format("P{}", p), fmt::format("A{}", p), 10 + i, 5 + i));
            rows.back().cluster = clusters[p];
        }
    for (std::uint64_t seed = 1; seed < 6; ++seed) {
        options.seed = seed;
        for (const auto& entry : run(rows).table) {
            const double shift =
                (entry.baselines.at("pocket_swapped") - entry.baselines.at("pocket_blanked")) / 0.5;
            const auto used = static_cast<std::size_t>(std::lround(shift)) - 5;  // pocket i has 5 + i atoms
            ASSERT_LT(used, clusters.size());
            EXPECT_NE(clusters[used], clusters[static_cast<std::size_t>(entry.pocket[1] - '0')]);
        }
    }
}

TEST_F(Evaluation, HasNoSwappedPocketForOneProtein) {
    std::vector<RowSpec> rows;
    for (int i = 0; i < 5; ++i) rows.push_back(row("P1", "A", 10 + i, 5 + i));
    const auto result = run(rows);
    EXPECT_FALSE(result.baselines.contains("pocket_swapped"));
    EXPECT_THAT(result.notes, Contains(HasSubstr("pocket_swapped is left out")));
}

TEST_F(Evaluation, ComparesWithTheTrainingData) {
    auto rows = two_assays();
    for (auto& entry : rows) entry.fingerprint = {1, static_cast<std::uint16_t>(entry.atoms)};
    write_dataset(folder / "train.h5", {{.atoms = 10, .pk = 5, .protein = "P1", .fingerprint = {1, 10}},
                                        {.atoms = 20, .pk = 7, .protein = "X", .fingerprint = {2}}});
    options.training_data = {folder / "train.h5"};
    const auto result = run(rows);
    EXPECT_DOUBLE_EQ(result.table[0].baselines.at("target_mean"), 5);
    EXPECT_DOUBLE_EQ(result.table[9].baselines.at("target_mean"), 6)
        << "an unknown protein gets the overall mean";
    EXPECT_DOUBLE_EQ(result.table[0].baselines.at("nearest_neighbour"), 5);
    EXPECT_DOUBLE_EQ(result.table[0].nearest_train_similarity, 1);
    EXPECT_NEAR(result.table[1].nearest_train_similarity, 1.0 / 3, 1e-12);
    // pk = 3 + 0.2 atoms: 5 5.2 5.4 5.6 5.8 against 5 6 7 9 8.
    EXPECT_NEAR(result.baselines.at("heavy_atoms").groups.at("A").rmse,
                std::sqrt((0.64 + 2.56 + 3.4 * 3.4 + 2.2 * 2.2) / 5), 1e-6);
    EXPECT_NEAR(result.baselines.at("heavy_atoms").groups.at("A").spearman, 0.9, 1e-12);
    EXPECT_TRUE(std::isnan(result.baselines.at("target_mean").mean_group_spearman.value));
    EXPECT_TRUE(std::isfinite(result.baselines.at("target_mean").mean_group_rmse.value));
    EXPECT_TRUE(std::isfinite(result.baselines.at("target_mean").rmse_advantage.value));
}

TEST_F(Evaluation, SaysWhatIsMissingWithoutTrainingData) {
    const auto result = run(two_assays());
    EXPECT_FALSE(result.baselines.contains("target_mean"));
    EXPECT_FALSE(result.baselines.contains("nearest_neighbour"));
    EXPECT_THAT(result.notes, Contains(HasSubstr("--training-data")));
    EXPECT_TRUE(std::isnan(result.table[0].nearest_train_similarity));
}

TEST_F(Evaluation, DoesNotDependOnTheNumberOfThreads) {
    std::vector<RowSpec> rows;
    for (int p = 0; p < 9; ++p)
        for (int i = 0; i < 40; ++i)
            rows.push_back(row(fmt::format("P{}", p), fmt::format("A{}", p), 5 + i, 5 + (i * 7 % 11) * 0.3));
    options.threads = 1;
    const auto one = run(rows);
    options.threads = 7;
    const auto seven = run(rows);
    EXPECT_EQ(to_json(one), to_json(seven));
    EXPECT_EQ(to_csv(one), to_csv(seven));
}

TEST_F(Evaluation, ScoresLargePocketsInSeveralCallsWithoutLosingARow) {
    std::vector<RowSpec> rows;
    for (int i = 0; i < 600; ++i) rows.push_back(row("P1", "A", 5 + i % 50, 5));
    const auto result = run(rows);
    for (std::size_t i = 0; i < rows.size(); ++i)
        ASSERT_NEAR(result.table[i].pk_pred, 1 + 0.25 * rows[i].atoms + 2.5, 1e-5) << i;
}

TEST_F(Evaluation, KeepsAssaysOfTwoDatasetsApart) {
    write_dataset(folder / "a.h5", two_assays());
    write_dataset(folder / "b.h5", two_assays());
    options.datasets = {folder / "a.h5", folder / "b.h5"};
    const auto result = evaluate(options, network, context());
    std::vector<std::string> names;
    for (const auto& [name, group] : result.model_result.groups) names.push_back(name);
    EXPECT_THAT(names, ElementsAre("A", "A (2)", "B", "B (2)"));
    EXPECT_EQ(result.dataset, "a.h5 + b.h5");
}

TEST_F(Evaluation, TakesTheSplitAndListsWhatThereIs) {
    auto rows = two_assays();
    for (std::size_t i = 0; i < 5; ++i) rows[i].split = Split::valid;
    options.split = "valid";
    EXPECT_EQ(run(rows).rows, 5u);
    options.split = "all";
    EXPECT_EQ(run(rows).rows, 10u);
    options.split = "train";
    const auto caught = error_of([&] { run(rows); });
    EXPECT_EQ(caught.code, 3);
    EXPECT_THAT(caught.message, HasSubstr("5 test, 5 valid"));
    EXPECT_THAT(caught.hint, HasSubstr("--split"));
    options.split_file = folder.write("split.csv", "pocket,split\nP2,train\n");
    EXPECT_EQ(run(rows).rows, 5u);
}

TEST_F(Evaluation, ComparesWithTheTrainingRowsOfTheSplitFile) {
    const auto rows = two_assays();
    write_dataset(folder / "same.h5", rows);
    options.training_data = {folder / "same.h5"};
    options.split_file = folder.write("split.csv", "pocket,split\nP1,train\nP2,test\n");
    double mean = 0;
    for (std::size_t i = 0; i < 5; ++i) mean += static_cast<double>(rows[i].pk) / 5;
    const auto result = run(rows);
    ASSERT_EQ(result.rows, 5u);
    EXPECT_NEAR(result.table[0].baselines.at("target_mean"), mean, 1e-6) << "of the rows of P1";
}

TEST_F(Evaluation, RefusesAModelOfAnotherPocketDefinitionOrFeatureVersion) {
    network.passport.pocket.keep_waters = true;
    const auto pocket = error_of([&] { run(two_assays()); });
    EXPECT_EQ(pocket.code, 4);
    EXPECT_THAT(pocket.message, HasSubstr("waters=1"));
    network.passport.pocket = {};
    network.passport.feature_version = 99;
    EXPECT_EQ(error_of([&] { run(two_assays()); }).code, 4);
}

TEST_F(Evaluation, WarnsThatItMeasuresTheTrainingRows) {
    auto rows = two_assays();
    write_dataset(folder / "same.h5", rows);
    network.passport.training_data_sha256 =
        store::DatasetReader(folder / "same.h5").passport().content_sha256;
    EXPECT_THAT(run(rows).notes, Not(Contains(HasSubstr("these very rows"))))
        << "split test was not trained on";
    options.split = "all";
    EXPECT_THAT(run(rows).notes, Contains(HasSubstr("these very rows")));
}

TEST_F(Evaluation, StopsWhenAsked) {
    write_dataset(folder / "data.h5", two_assays());
    options.datasets = {folder / "data.h5"};
    const StopFlag stop{true};
    Context silent = silent_context();
    EXPECT_EQ(error_of([&] { evaluate(options, network, {log, silent.progress, stop}); }).code, 75);
}

TEST_F(Evaluation, WritesThePredictionsOnce) {
    options.predictions = folder / "p.csv";
    const auto result = run(two_assays());
    EXPECT_EQ(read_bytes(folder / "p.csv"), to_csv(result));
    EXPECT_EQ(error_of([&] { run(two_assays()); }).code, 2);
    options.if_exists = IfExists::overwrite;
    EXPECT_NO_THROW(run(two_assays()));
}

TEST_F(Evaluation, ChecksItsOptions) {
    const auto code_with = [&](auto&& change) {
        EvaluateOptions bad = options;
        bad.datasets = {"x.h5"};
        change(bad);
        return error_of([&] { bad.check(); }).code;
    };
    EXPECT_EQ(code_with([](auto&) {}), 0);
    EXPECT_EQ(code_with([](auto& o) { o.split = "tests"; }), 2);
    EXPECT_EQ(code_with([](auto& o) { o.group_by = "protein"; }), 2);
    EXPECT_EQ(code_with([](auto& o) { o.min_group = 1; }), 2);
    EXPECT_EQ(code_with([](auto& o) { o.series_similarity = 1.5; }), 2);
    EXPECT_EQ(code_with([](auto& o) { o.datasets.clear(); }), 2);
}

TEST_F(Evaluation, SelectivityIsTheSignOfOneCompoundsDifferenceBetweenProteins) {
    // The model puts every compound 0.5 higher on P2, which has one atom more.
    const auto result =
        run({row("P1", "A", 10, 5), row("P2", "B", 10, 7), row("P1", "A", 11, 6), row("P2", "B", 11, 8),
             row("P1", "A", 12, 8), row("P2", "B", 12, 6.5), row("P1", "A", 13, 6), row("P2", "B", 13, 6.2)});
    ASSERT_TRUE(result.selectivity);
    EXPECT_EQ(result.selectivity->compounds, 4);
    EXPECT_EQ(result.selectivity->clear_pairs, 3);
    const auto& methods = result.selectivity->methods;
    EXPECT_NEAR(methods.at("model").sign_accuracy.value, 2.0 / 3, 1e-12);
    EXPECT_NEAR(methods.at("model").correlation.value, 1.35 / std::sqrt(10.29), 1e-6);
    EXPECT_NEAR(methods.at("pocket_blanked").sign_accuracy.value, 0.5, 1e-12);
    EXPECT_NEAR(methods.at("oracle_protein_means").sign_accuracy.value, 2.0 / 3, 1e-12);
    EXPECT_THAT(to_text(result), HasSubstr("Selectivity: 4 compounds"));
}

/// The model is off by 0.5 to 2.7 with a spread of 0.5: the scale has to grow.
TEST_F(Evaluation, CalibratingWritesTheScaleAndTheDomainBesideTheWeights) {
    network.line = {.bias = 1, .per_atom = 0.1, .per_pocket_atom = 0.2};
    std::vector<RowSpec> rows;
    for (int cluster = 0; cluster < 10; ++cluster)
        for (int i = 0; i < 12; ++i) {
            const std::string name = fmt::format("P{}", cluster);
            const double off = (i % 2 == 0 ? 1 : -1) * (0.5 + 0.2 * i);
            rows.push_back({.pocket = name,
                            .assay = name,
                            .atoms = 10 + i,
                            .pk = 1 + 0.1 * (10 + i) + 0.2 * (5 + cluster) + off,
                            .split = cluster < 5 ? Split::train : Split::valid,
                            .protein = name,
                            .cluster = name,
                            .fingerprint = {static_cast<std::uint16_t>(i)}});
        }
    write_dataset(folder / "data.h5", rows);
    keyway::testing::write_fake_weights(folder / "weights.safetensors");
    network.passport.training_data_sha256 = LabelledData({folder / "data.h5"}, log).content_sha256();
    options.datasets = {folder / "data.h5"};
    options.split = "valid";
    options.calibrate = true;
    const auto scale = [&] { return model::read_passport(folder / "weights.safetensors").pk_sd_scale; };
    const auto domain = folder / "domain.h5";

    const auto alone = evaluate(options, network, context());
    ASSERT_TRUE(alone.calibration);
    EXPECT_GT(alone.calibration->scale, 1.5);
    EXPECT_DOUBLE_EQ(scale(), alone.calibration->scale);
    EXPECT_FALSE(std::filesystem::exists(domain)) << "nothing says what the model was trained on";

    network.passport.pk_sd_scale = 2;  // the predictions below count as scaled by it already
    options.training_data = {folder / "data.h5"};
    const auto result = evaluate(options, network, context());
    EXPECT_DOUBLE_EQ(scale(), 2 * result.calibration->scale);
    EXPECT_EQ(store::read_domain_file(domain).ligands.size(), 12u) << "the distinct compounds of split train";
    EXPECT_THAT(result.notes, Contains(HasSubstr("what the model was trained on is now in")));

    network.passport.training_data_sha256 = "other";
    EXPECT_EQ(error_of([&] { evaluate(options, network, context()); }).code,
              exit_code(ErrorKind::incompatible));
}

TEST_F(Evaluation, WithKnownCompoundsComparesTheSameRest) {
    options.known_counts = {2, 6};
    options.min_group = 3;
    const auto result = run(two_assays());
    ASSERT_EQ(result.known.size(), 2u);
    EXPECT_EQ(result.known[0].groups, 2);
    EXPECT_EQ(result.known[1].groups, 0);
    EXPECT_TRUE(std::isfinite(result.known[0].corrected.spearman.value));
    EXPECT_THAT(to_json(result), HasSubstr("process_alone"));
}

}  // namespace
}  // namespace keyway::workflows

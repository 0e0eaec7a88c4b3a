/// The training loop with a straight line for a network.
#include "keyway/workflows/train.hpp"

#include "support/temporary_folder.hpp"
#include "workflows/learning_fixtures.hpp"

#include "keyway/core/random.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <set>
#include <sstream>

namespace keyway::workflows {
namespace {

using keyway::testing::read_bytes;
using keyway::testing::TemporaryFolder;
using ::testing::HasSubstr;
using namespace testing;

/// What a kill -9 is to the loop: nothing after it happens.
struct Killed {};

class Training : public ::testing::Test {
protected:
    Training() {
        Random random(1);
        std::vector<RowSpec> rows;
        const auto add = [&](const std::string& pocket, const std::string& assay, int count, Split split) {
            for (int i = 0; i < count; ++i) {
                const int atoms = 8 + i;
                const double pk = 4 + 0.1 * atoms + 0.2 * random.normal();
                rows.push_back({.pocket = pocket,
                                .assay = assay,
                                .atoms = atoms,
                                .pk = pk,
                                .split = split,
                                .cluster = pocket});
            }
        };
        add("P1", "A1", 30, Split::train);
        add("P2", "A2", 9, Split::train);
        add("P2", "A3", 1, Split::train);
        add("P3", "V1", 12, Split::valid);
        add("P3", "V3", 6, Split::valid);
        add("P3", "V2", 4, Split::valid);  // too small to rank
        rows.push_back({.pocket = "P3",
                        .assay = "V1",
                        .atoms = 9,
                        .pk = 5,
                        .split = Split::valid,
                        .relation = Relation::less,
                        .cluster = "P3"});
        write_dataset(folder / "data.h5", rows);
        options.datasets = {folder / "data.h5"};
        options.config = "tiny";
        options.steps = 60;
        options.warmup_steps = 5;
        options.validate_every = 15;
        options.checkpoint_every = 20;
        options.max_ligands_per_assay = 10;
        options.optimiser.learning_rate = 0.01;
    }

    TrainSummary run(const std::string& name, const StopFlag& stop = never()) {
        options.out = folder / name;
        Context context = silent_context();
        return train(options, network, {log, context.progress, stop});
    }
    static const StopFlag& never() {
        static const StopFlag flag{false};
        return flag;
    }
    std::string bytes(const std::string& name) const { return read_bytes(folder / name); }
    std::vector<nlohmann::json> metrics(const std::string& run_name) const {
        std::vector<nlohmann::json> lines;
        std::istringstream stream(bytes(run_name + "/metrics.jsonl"));
        for (std::string line; std::getline(stream, line);) lines.push_back(nlohmann::json::parse(line));
        return lines;
    }
    void expect_same_result(const std::string& a, const std::string& b) const {
        for (const char* file : {"metrics.jsonl", "weights.safetensors", "last.safetensors", "domain.h5",
                                 "config.cfg", "model.cfg"})
            EXPECT_EQ(bytes(a + "/" + file), bytes(b + "/" + file)) << file;
    }

    TemporaryFolder folder;
    TrainOptions options;
    LineNetwork network;
    RecordingLog log;
};

TEST_F(Training, LeavesWeightsMetricsOptionsAndARecord) {
    const TrainSummary summary = run("a");
    EXPECT_EQ(summary.steps_done, 60);
    EXPECT_EQ(summary.train_rows, 40u);
    EXPECT_EQ(summary.valid_rows, 22u) << "the bound is left out";
    EXPECT_EQ(summary.weights, folder / "a/weights.safetensors");
    for (const char* file :
         {"weights.safetensors", "last.safetensors", "metrics.jsonl", "config.cfg", "model.cfg", "plan.json",
          "domain.h5", "run.json", "checkpoint.safetensors", "checkpoint.prev.safetensors"})
        EXPECT_TRUE(std::filesystem::exists(folder / "a" / file)) << file;

    const auto record = nlohmann::json::parse(bytes("a/run.json"));
    EXPECT_EQ(record["steps"], 60);
    EXPECT_EQ(record["best_step"], summary.best_step);
    EXPECT_EQ(bytes("a/config.cfg"), options.to_text());
}

TEST_F(Training, WritesALinePerTenStepsAndPerValidation) {
    run("a");
    int train_lines = 0, valid_lines = 0;
    for (const auto& line : metrics("a")) {
        if (line["kind"] == "train") {
            ++train_lines;
            EXPECT_EQ(line["step"].get<int>() % 10, 0);
            EXPECT_GT(line["rows"], 10);
            EXPECT_TRUE(line["loss"].is_number());
            EXPECT_TRUE(line["absolute"].is_number());
        } else {
            ++valid_lines;
            for (const char* key : {"mean_assay_spearman", "pearson", "rmse",
                                    "pocket_blanked_mean_assay_spearman", "heavy_atoms_mean_assay_spearman"})
                EXPECT_TRUE(line[key].is_number()) << key;
        }
    }
    EXPECT_EQ(train_lines, 6);
    EXPECT_EQ(valid_lines, 4);
}

TEST_F(Training, LearnsTheLineThatTheDataFollows) {
    options.steps = 600;
    run("a");
    double before = 0, after = 0;
    for (const auto& line : metrics("a"))
        if (line["kind"] == "valid") {
            if (before == 0) before = line["rmse"];
            after = line["rmse"];
        }
    EXPECT_LT(after, 0.4);
    EXPECT_LT(after, before);
}

TEST_F(Training, GivesTheNetworkTheScheduleTheMeanAndWholeAssays) {
    run("a");
    ASSERT_EQ(network.learning_rates.size(), 60u);
    for (int step = 0; step < 60; ++step)
        EXPECT_EQ(network.learning_rates[static_cast<std::size_t>(step)], learning_rate_at(options, step));
    EXPECT_NEAR(network.optimiser.initial_pk, 6.2, 0.3);
    for (const auto& batch : network.batches) {
        EXPECT_EQ(batch.pocket_ids.size(), 1u);
        EXPECT_LE(batch.rows.size(), 10u);
        for (const auto& row : batch.rows)
            EXPECT_NE(batch.pocket_ids[static_cast<std::size_t>(row.pocket)], "P3");
    }
}

TEST_F(Training, IsTheSameTwiceAndAnotherWithAnotherSeed) {
    run("a");
    run("b");
    expect_same_result("a", "b");
    options.seed = 2;
    run("c");
    EXPECT_NE(bytes("a/last.safetensors"), bytes("c/last.safetensors"));
}

TEST_F(Training, ContinuesAfterAStopToTheSameBytes) {
    run("whole");
    StopFlag stop{false};
    network.before_step = [&](int step) { stop = step == 23; };  // not a multiple of anything
    const TrainSummary first = run("stopped", stop);
    EXPECT_TRUE(first.interrupted);
    EXPECT_EQ(first.steps_done, 23);
    EXPECT_FALSE(std::filesystem::exists(folder / "stopped/run.json"));

    network.before_step = [](int) {};
    const TrainSummary second = run("stopped");
    EXPECT_TRUE(second.resumed);
    EXPECT_FALSE(second.interrupted);
    expect_same_result("whole", "stopped");
}

TEST_F(Training, ContinuesAfterACrashToTheSameBytes) {
    run("whole");
    for (int crash : {7, 20, 21, 38, 47, 60}) {
        const std::string name = "crashed" + std::to_string(crash);
        network.before_step = [&](int step) {
            if (step == crash) throw Killed();
        };
        EXPECT_THROW(run(name), Killed);
        network.before_step = [](int) {};
        EXPECT_EQ(run(name).resumed, crash > 20);
        expect_same_result("whole", name);
    }
}

TEST_F(Training, FallsBackToThePreviousCheckpoint) {
    run("whole");
    network.before_step = [](int step) {
        if (step == 55) throw Killed();
    };
    EXPECT_THROW(run("a"), Killed);
    folder.write("a/checkpoint.safetensors", "damaged");
    network.before_step = [](int) {};
    run("a");
    EXPECT_TRUE(log.has(LogLevel::warning, "trying the previous checkpoint"));
    expect_same_result("whole", "a");
}

TEST_F(Training, RefusesAnotherPlanAndAFinishedRun) {
    StopFlag stop{true};
    run("a", stop);
    const std::string before = bytes("a/checkpoint.safetensors");
    options.steps = 61;
    const Caught other = error_of([&] { run("a"); });
    EXPECT_EQ(other.code, 4);
    EXPECT_THAT(other.message, HasSubstr("steps is '61', was '60'"));
    EXPECT_EQ(bytes("a/checkpoint.safetensors"), before);

    options.steps = 60;
    run("a");
    EXPECT_EQ(error_of([&] { run("a"); }).code, 2);
    const std::string weights = bytes("a/weights.safetensors");
    options.if_exists = IfExists::overwrite;
    EXPECT_FALSE(run("a").resumed);
    EXPECT_EQ(bytes("a/weights.safetensors"), weights);
}

TEST_F(Training, AnEnsembleIsOneRunForEachSeedAndKeepsFinishedMembers) {
    const Context context = silent_context();
    options.out = folder / "ensemble";
    const auto first = train_ensemble(options, 2, network, context);
    const std::string weights = read_bytes(folder / "ensemble/member-2/weights.safetensors");
    const auto time = std::filesystem::last_write_time(folder / "ensemble/member-1/run.json");
    const auto again = train_ensemble(options, 3, network, context);
    ASSERT_EQ(first.size(), 2u);
    ASSERT_EQ(again.size(), 3u);
    for (std::size_t k : {0, 1}) {
        EXPECT_EQ(again[k].best_step, first[k].best_step);
        EXPECT_EQ(again[k].best_validation, first[k].best_validation);
        EXPECT_EQ(again[k].weights, first[k].weights);
    }
    EXPECT_EQ(std::filesystem::last_write_time(folder / "ensemble/member-1/run.json"), time);

    options.seed = 2;
    options.out = folder / "alone";
    EXPECT_EQ(read_bytes(train(options, network, context).weights), weights) << "member 2 has seed 2";
    options.seed = 9;
    options.out = folder / "ensemble";
    EXPECT_EQ(error_of([&] { train_ensemble(options, 2, network, context); }).code, 4);
}

TEST_F(Training, RefusesOtherDataInTheSameFolder) {
    StopFlag stop{true};
    run("a", stop);
    write_dataset(folder / "other.h5", {{.atoms = 4}, {.atoms = 5}});
    options.datasets = {folder / "other.h5"};
    const Caught caught = error_of([&] { run("a"); });
    EXPECT_EQ(caught.code, 4);
    EXPECT_THAT(caught.message, HasSubstr("data-content"));
}

TEST_F(Training, StopsEarlyWhenNothingImproves) {
    network.frozen = true;
    options.patience = 2;
    const TrainSummary summary = run("a");
    EXPECT_TRUE(summary.stopped_early);
    EXPECT_EQ(summary.best_step, 15) << "the first validation is the best when nothing changes";
    EXPECT_EQ(summary.steps_done, 45);
    EXPECT_TRUE(std::filesystem::exists(folder / "a/run.json"));
}

TEST_F(Training, KeepsTheWeightsOfTheBestValidation) {
    const TrainSummary summary = run("a");
    double best = -2;
    int best_step = 0;
    for (const auto& line : metrics("a"))
        if (line["kind"] == "valid" && line["mean_assay_spearman"] > best) {
            best = line["mean_assay_spearman"];
            best_step = line["step"];
        }
    EXPECT_EQ(summary.best_step, best_step);
    EXPECT_EQ(summary.best_validation, best);
    const auto weights = nlohmann::json::parse(bytes("a/weights.safetensors"));
    EXPECT_EQ(weights["metrics"]["valid/mean_assay_spearman"], best);
    EXPECT_EQ(weights["metrics"]["step"], best_step);
}

TEST_F(Training, FillsThePassport) {
    run("a");
    const auto& passport = network.saved_passport;
    EXPECT_EQ(passport.seed, 1u);
    EXPECT_EQ(passport.name, "tiny");
    EXPECT_EQ(passport.pocket, PocketDefinition{});
    EXPECT_EQ(passport.ligand_policy, "none");
    EXPECT_EQ(passport.training, options.to_text());
    EXPECT_EQ(passport.training_data_sha256.size(), 64u);
    EXPECT_THAT(passport.created_by, HasSubstr("keyway "));
}

TEST_F(Training, SkipsSingleStepsThatAreNotFinite) {
    network.finite = [](int step) { return step % 7 != 0; };
    EXPECT_EQ(run("a").skipped_steps, 8u);
    EXPECT_TRUE(log.has(LogLevel::warning, "step 7: loss or gradient is not finite"));
    int skipped = 0;
    for (const auto& line : metrics("a"))
        if (line["kind"] == "train") skipped += line["skipped"].get<int>();
    EXPECT_EQ(skipped, 8);
}

TEST_F(Training, GivesUpAfterTenStepsInARowThatAreNotFinite) {
    network.finite = [](int step) { return step < 31; };
    const Caught caught = error_of([&] { run("a"); });
    EXPECT_EQ(caught.code, 1);
    EXPECT_THAT(caught.message, HasSubstr("step 40: 10 steps in a row"));
    EXPECT_TRUE(std::filesystem::exists(folder / "a/checkpoint.safetensors")) << "the last good one stays";
}

TEST_F(Training, TakesItsSplitsFromAFile) {
    options.split_file = folder.write("split.csv", "pocket,split\nP1,valid\nP3,train\n");
    const TrainSummary summary = run("a");
    EXPECT_EQ(summary.train_rows, 23u) << "with the bound";
    EXPECT_EQ(summary.valid_rows, 30u);
    EXPECT_TRUE(log.has(LogLevel::warning, "10 of 63 rows"));
    for (const auto& batch : network.batches)
        for (const auto& pocket : batch.pocket_ids) EXPECT_EQ(pocket, "P3");
}

TEST_F(Training, WorksWithoutValidationRows) {
    options.split_file = folder.write("split.csv", "pocket,split\nP1,train\n");
    const TrainSummary summary = run("a");
    EXPECT_TRUE(std::isnan(summary.best_validation));
    EXPECT_TRUE(log.has(LogLevel::warning, "the last weights are kept"));
    EXPECT_EQ(nlohmann::json::parse(bytes("a/weights.safetensors"))["line"],
              nlohmann::json::parse(bytes("a/last.safetensors"))["line"]);
}

TEST_F(Training, KeepsTheLastWeightsWhereNoAssayIsLargeEnoughToRank) {
    std::vector<RowSpec> rows;
    for (int i = 0; i < 12; ++i) rows.push_back({.atoms = 8 + i, .pk = 5 + 0.1 * i});
    for (int i = 0; i < 9; ++i)  // as in PDBbind: one compound an assay
        rows.push_back({.pocket = "P2",
                        .assay = "V" + std::to_string(i),
                        .atoms = 9 + i,
                        .pk = 6,
                        .split = Split::valid});
    write_dataset(folder / "lone.h5", rows);
    options.datasets = {folder / "lone.h5"};
    options.patience = 1;
    const TrainSummary summary = run("a");
    EXPECT_TRUE(log.has(LogLevel::warning, "the last weights are kept"));
    EXPECT_EQ(summary.steps_done, options.steps);
    EXPECT_EQ(nlohmann::json::parse(bytes("a/weights.safetensors"))["line"],
              nlohmann::json::parse(bytes("a/last.safetensors"))["line"]);
}

TEST_F(Training, WarnsOfHomologsInBothSplits) {
    run("a");
    EXPECT_FALSE(log.has(LogLevel::warning, "homolog"));
    write_dataset(folder / "leaky.h5",
                  {{.pocket = "P1", .atoms = 4, .cluster = "C7"},
                   {.pocket = "P2", .atoms = 5, .split = Split::valid, .cluster = "C7"}});
    options.datasets = {folder / "leaky.h5"};
    run("b");
    EXPECT_TRUE(log.has(LogLevel::warning, "'C7'"));
}

TEST_F(Training, WarnsOfAHomologThatOnlyAPoseShows) {
    write_dataset(folder / "posed.h5",
                  {{.pocket = "P1", .atoms = 4, .cluster = "C1"},
                   {.pocket = "P2", .atoms = 5, .split = Split::valid, .cluster = "C7"},
                   {.pocket = "P3", .atoms = 5, .split = Split::none}},
                  {}, {{.pocket = "P3", .atoms = 6, .split = Split::train, .cluster = "C7"}});
    options.datasets = {folder / "posed.h5"};
    run("a");
    EXPECT_TRUE(log.has(LogLevel::warning, "'C7'"));
}

TEST_F(Training, ShowsHowFarHeldOutLigandsAreOff) {
    std::vector<RowSpec> rows;
    for (int i = 0; i < 12; ++i) {
        rows.push_back({.pocket = "P1", .atoms = 8 + i, .pk = 5 + 0.1 * i});
        rows.push_back(
            {.pocket = "P2", .assay = "V", .atoms = 8 + i, .pk = 5 + 0.1 * i, .split = Split::valid});
    }
    write_dataset(folder / "posed.h5", rows, {},
                  {{.pocket = "P1", .atoms = 9},
                   {.pocket = "P2", .atoms = 10, .split = Split::valid},
                   {.pocket = "P2", .atoms = 20, .split = Split::valid}});
    options.datasets = {folder / "posed.h5"};
    options.steps = 30;
    run("unposed");
    for (const auto& line : metrics("unposed")) EXPECT_FALSE(line.contains("anchor_error_angstrom"));

    options.optimiser.anchor_weight = 1;
    run("anchors");
    std::vector<double> errors;
    for (const auto& line : metrics("anchors")) {
        if (line["kind"] != "valid") continue;
        errors.push_back(line.at("anchor_error_angstrom"));
        EXPECT_DOUBLE_EQ(line.at("centroid_error_angstrom"), 5);
        EXPECT_FALSE(line.contains("distance_loss")) << "it is not learnt";
    }
    ASSERT_EQ(errors.size(), 2u);
    EXPECT_NEAR(errors[0], 8 - 0.1 * 15, 1e-5);
    EXPECT_NEAR(errors[1], 8 - 0.1 * 30, 1e-5);

    options.optimiser.distance_weight = 1;
    run("distances");
    EXPECT_DOUBLE_EQ(metrics("distances").back().at("distance_loss"), 15) << "mean over the two valid poses";
}

TEST_F(Training, ValidatesOnTheFirstSourceAndGivesItItsShare) {
    std::vector<RowSpec> extra;
    for (int i = 0; i < 200; ++i)
        extra.push_back({.pocket = "E1", .assay = "E", .atoms = 5 + i % 40, .pk = 6});
    for (int i = 0; i < 20; ++i)
        extra.push_back(
            {.pocket = "E2", .assay = "F", .atoms = 5 + i, .pk = 6 + 0.1 * i, .split = Split::valid});
    write_dataset(folder / "extra.h5", extra);
    options.datasets = {folder / "data.h5", folder / "extra.h5"};
    options.steps = 400;
    options.core_share = 0.75;
    EXPECT_EQ(run("a").valid_rows, 22u);
    double core = 0;
    for (const auto& batch : network.batches) core += batch.pocket_ids.front() != "E1";
    EXPECT_NEAR(core / 400, 0.75, 0.07);
}

TEST_F(Training, CutsTheOtherSourcesIntoAnalogueSeriesWhenAsked) {
    std::vector<RowSpec> rows;
    for (int i = 0; i < 12; ++i) {  // two families of six in one table
        const std::uint16_t first = i < 6 ? 0 : 100, own = static_cast<std::uint16_t>(1000 + i);
        rows.push_back({.pocket = "P9", .assay = "target", .atoms = 8 + i, .fingerprint = {first, own}});
        for (std::uint16_t bit = 1; bit < 9; ++bit) rows.back().fingerprint.push_back(first + bit);
        std::sort(rows.back().fingerprint.begin(), rows.back().fingerprint.end());
    }
    write_dataset(folder / "wide.h5", rows);
    options.datasets.push_back(folder / "wide.h5");
    options.steps = 15;
    run("whole");
    EXPECT_FALSE(log.has(LogLevel::info, "analogue series"));
    options.series_similarity = 0.4;
    run("cut");
    EXPECT_TRUE(log.has(LogLevel::info, "2 analogue series in the other sources"));
}

TEST_F(Training, DrawsPosesAndResumesToTheSameBytes) {
    std::vector<RowSpec> rows;
    for (int i = 0; i < 20; ++i) rows.push_back({.atoms = 8 + i, .pk = 5 + 0.1 * i});
    write_dataset(folder / "posed.h5", rows, {}, {{.atoms = 9}, {.atoms = 12}, {.atoms = 30}});
    options.datasets = {folder / "posed.h5"};
    options.pose_share = 0.5;
    options.poses_per_batch = 2;
    options.checkpoint_every = 10;
    options.steps = 40;
    run("whole");
    std::size_t with_poses = 0;
    for (const auto& batch : network.batches) {
        EXPECT_NE(batch.rows.empty(), batch.poses == 0);
        with_poses += batch.poses == 2;
    }
    EXPECT_GT(with_poses, 8u);
    EXPECT_LT(with_poses, 32u);

    network.before_step = [](int step) {
        if (step == 25) throw Killed{};
    };
    EXPECT_THROW(run("cut"), Killed);
    network.before_step = [](int) {};
    run("cut");
    EXPECT_EQ(bytes("cut/weights.safetensors"), bytes("whole/weights.safetensors"));
    EXPECT_EQ(bytes("cut/metrics.jsonl"), bytes("whole/metrics.jsonl"));
}

TEST_F(Training, HalvesTheWeightOfApproximateValues) {
    write_dataset(folder / "rough.h5", {{.atoms = 4},
                                        {.atoms = 5, .relation = Relation::approximate},
                                        {.atoms = 6, .relation = Relation::less}});
    options.datasets = {folder / "rough.h5"};
    options.steps = 5;
    run("a");
    ASSERT_EQ(network.batches.front().rows.size(), 3u);
    for (const auto& row : network.batches.front().rows)
        EXPECT_EQ(row.weight, row.relation == Relation::approximate ? 0.5f : 1.0f);
}

}  // namespace
}  // namespace keyway::workflows

/// Training on several ranks (threads here), with a straight line for a network.
#include "support/temporary_folder.hpp"
#include "support/thread_ranks.hpp"
#include "workflows/learning_fixtures.hpp"
#include "workflows/rank_threads.hpp"
#include "workflows/shared_step.hpp"

#include "keyway/core/error.hpp"
#include "keyway/workflows/train.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cmath>
#include <sstream>

namespace keyway::workflows {
namespace {

using keyway::testing::read_bytes;
using keyway::testing::run_on_thread_ranks;
using keyway::testing::TemporaryFolder;
using ::testing::HasSubstr;
using namespace testing;

struct RankResult {
    TrainSummary summary;
    Caught error;
    std::size_t batches = 0;  ///< that this rank worked on
};

class TrainingOnRanks : public ::testing::Test {
protected:
    TrainingOnRanks() {
        std::vector<RowSpec> rows;
        for (int pocket = 0; pocket < 6; ++pocket)
            for (int atoms = 8; atoms < 18; ++atoms) {
                const std::string name = "P" + std::to_string(pocket);
                rows.push_back({.pocket = name,
                                .assay = name,
                                .atoms = atoms,
                                .pk = 4 + 0.1 * atoms + std::sin(7 * atoms + pocket),
                                .split = pocket == 5 ? Split::valid : Split::train,
                                .cluster = name});
            }
        write_dataset(folder / "data.h5", rows);
        options.datasets = {folder / "data.h5"};
        options.config = "tiny";
        options.steps = 40;
        options.warmup_steps = 5;
        options.validate_every = 10;
        options.checkpoint_every = 10;
        options.max_ligands_per_assay = 6;
        options.batches_per_step = 4;
        options.optimiser.learning_rate = 0.01;
    }

    /// `before_step(rank, step)` may throw or set the rank's stop flag.
    std::vector<RankResult> run(
        int size, const std::string& name,
        const std::function<void(int rank, int step, StopFlag& stop)>& before_step = {}) {
        options.out = folder / name;
        std::vector<RankResult> results(static_cast<std::size_t>(size));
        run_on_thread_ranks(size, [&](parallel::Ranks& ranks) {
            RankResult& result = results[static_cast<std::size_t>(ranks.rank())];
            LineNetwork network;
            StopFlag stop{false};
            if (before_step) network.before_step = [&](int step) { before_step(ranks.rank(), step, stop); };
            const Context silent = silent_context();
            result.error = error_of([&] {
                result.summary = train(options, network, {silent.log, silent.progress, stop}, ranks);
            });
            result.batches = network.batches.size();
        });
        return results;
    }
    std::vector<nlohmann::json> metrics(const std::string& name) const {
        std::vector<nlohmann::json> lines;
        std::istringstream stream(read_bytes(folder / name / "metrics.jsonl"));
        for (std::string line; std::getline(stream, line);) lines.push_back(nlohmann::json::parse(line));
        return lines;
    }
    void expect_same_curve(const std::string& a, const std::string& b) const {
        const auto first = metrics(a), second = metrics(b);
        ASSERT_EQ(first.size(), second.size());
        ASSERT_EQ(first.size(), 8u) << "a line every ten steps, and four validations";
        for (std::size_t i = 0; i < first.size(); ++i)
            for (const char* key : {"loss", "absolute", "gradient_norm", "rmse"}) {
                if (!first[i].contains(key)) continue;
                EXPECT_NEAR(first[i][key].get<double>(), second[i][key].get<double>(), 1e-5) << key << i;
            }
    }

    TemporaryFolder folder;
    TrainOptions options;
};

TEST(DeviceOfRank, RanksOfOneMachineTakeItsGpusInTurn) {
    const auto devices = [](const std::string& asked, std::size_t gpus) {
        std::vector<std::string> taken(3);
        run_on_thread_ranks(3, [&](parallel::Ranks& ranks) {
            taken[static_cast<std::size_t>(ranks.rank())] = device_of_rank(asked, gpus, ranks);
        });
        return taken;
    };
    using ::testing::ElementsAre;
    EXPECT_THAT(devices("auto", 2), ElementsAre("cuda:0", "cuda:1", "cuda:0"));
    EXPECT_THAT(devices("cuda", 4), ElementsAre("cuda:0", "cuda:1", "cuda:2"));
    EXPECT_THAT(devices("cuda:1", 4), ElementsAre("cuda:1", "cuda:1", "cuda:1"));
    EXPECT_THAT(devices("auto", 0), ElementsAre("auto", "auto", "auto"));
    EXPECT_EQ(device_of_rank("auto", 2, parallel::one_rank()), "auto");
}

TEST(SharedStep, HandsGradientsOnGpusToTheirSum) {
    struct Doubling : parallel::GpuSum {
        int sums = 0;
        void sum(std::span<float> on_gpu, const std::function<bool()>& is_done) override {
            ++sums;
            EXPECT_TRUE(is_done());
            for (float& value : on_gpu) value *= 2;
        }
    } doubling;
    const auto pocket = chain_pocket("P", 3);
    const auto ligand = chain_ligand(6);
    const StopFlag stop{false};
    const auto norm = [&](parallel::GpuSum* gpu_sum) {
        const LineNetwork network;
        const auto trainer = network.make_trainer(model::ModelConfig::named("tiny"), {}, 1, "cpu");
        const auto batch_of = [&](const BatchSampler::Batch&) {
            model::TrainBatch batch;
            batch.pockets = {&pocket};
            batch.ligands = {&ligand};
            batch.rows = {{.pk = 3}};
            return batch;
        };
        return shared_step({*trainer, parallel::one_rank(), gpu_sum, stop, batch_of}, {DrawnBatch{}}, 0.01)
            .result.gradient_norm;
    };
    const double alone = norm(nullptr);
    EXPECT_GT(alone, 0);
    EXPECT_FLOAT_EQ(static_cast<float>(norm(&doubling)), static_cast<float>(2 * alone));
    EXPECT_EQ(doubling.sums, 1);
}

TEST_F(TrainingOnRanks, TheCurveDoesNotDependOnTheirNumber) {
    run(1, "one");
    for (const int size : {2, 3, 6}) {  // 6: two have nothing to do
        const std::string name = std::to_string(size);
        const auto results = run(size, name);
        std::size_t batches = 0;
        for (const auto& result : results) {
            EXPECT_EQ(result.error.message, "");
            EXPECT_EQ(result.summary.steps_done, 40);
            batches += result.batches;
        }
        EXPECT_EQ(batches, 160u) << "each batch is worked on once";
        EXPECT_EQ(results.back().batches, size == 6 ? 0u : size == 3 ? 40u : 80u);
        expect_same_curve("one", name);
        EXPECT_EQ(nlohmann::json::parse(read_bytes(folder / name / "run.json"))["gradient_sum"], "MPI");
    }
    options.batches_per_step = 2;
    run(1, "fewer");
    EXPECT_GT(std::abs(metrics("fewer")[0]["loss"].get<double>() - metrics("one")[0]["loss"].get<double>()),
              1e-3);
}

TEST_F(TrainingOnRanks, AnyNumberContinuesWhatAnotherNumberBegan) {
    run(1, "whole");
    const auto stop_at_23 = [](int rank, int step, StopFlag& stop) {
        if (rank == 1 && step == 23) stop = true;
    };
    for (const int size : {1, 2, 3}) {
        const std::string name = "then-" + std::to_string(size);
        for (const auto& result : run(2, name, stop_at_23)) {
            EXPECT_TRUE(result.summary.interrupted);
            EXPECT_EQ(result.summary.steps_done, 23) << "all stop after the same step";
        }
        for (const auto& result : run(size, name)) {
            EXPECT_EQ(result.error.message, "");
            EXPECT_TRUE(result.summary.resumed);
        }
        expect_same_curve("whole", name);
    }
}

TEST_F(TrainingOnRanks, AnErrorOnOneEndsAll) {
    const auto fail_at_5 = [](int rank, int step, StopFlag&) {
        if (rank == 1 && step == 5) throw Error(ErrorKind::input, "the file is gone");
    };
    const auto results = run(3, "broken", fail_at_5);
    EXPECT_EQ(results[1].error.message, "the file is gone");
    for (const std::size_t other : {0, 2}) {
        EXPECT_EQ(results[other].error.message, "rank 1 failed: the file is gone");
        EXPECT_EQ(results[other].error.code, 3);
    }
}

TEST_F(TrainingOnRanks, StopEarlyTogether) {
    options.patience = 1;
    options.steps = 4000;
    const auto results = run(2, "patient");
    EXPECT_LT(results[0].summary.steps_done, 4000);
    EXPECT_EQ(results[1].summary.steps_done, results[0].summary.steps_done);
}

TEST_F(TrainingOnRanks, NeedBatchesToShare) {
    options.batches_per_step = 1;
    for (const auto& result : run(2, "idle")) {
        EXPECT_EQ(result.error.code, 2);
        EXPECT_THAT(result.error.message, HasSubstr("--batches-per-step"));
    }
    EXPECT_FALSE(std::filesystem::exists(folder / "idle"));
}

}  // namespace
}  // namespace keyway::workflows

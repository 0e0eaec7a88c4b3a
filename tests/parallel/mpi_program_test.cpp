/// `keyway train --mpi` as a user starts it: mpirun, the real network, kills.
#include "apps/run_program.hpp"
#include "workflows/learning_fixtures.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cmath>
#include <fstream>
#include <sstream>

namespace keyway::parallel {
namespace {

using ::testing::HasSubstr;
using testing::ProgramResult;
using testing::read_bytes;
using testing::RunningProgram;
using testing::TemporaryFolder;
using testing::wait_for_file;

/// For Open MPI: as root, more ranks than cores, in containers without cross-memory attach. Others ignore it.
const RunningProgram::Streams kStreams = {
    .environment = {{"KEYWAY_NETWORK_LIBRARY", KEYWAY_REAL_NETWORK},
                    {"KEYWAY_MODELS", KEYWAY_SOURCE_DIR "/models"},
                    {"OMPI_ALLOW_RUN_AS_ROOT", "1"},
                    {"OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1"},
                    {"OMPI_MCA_rmaps_base_oversubscribe", "1"},
                    {"OMPI_MCA_hwloc_base_binding_policy", "none"},
                    {"OMPI_MCA_btl_vader_single_copy_mechanism", "none"}}};

/// Four assays to learn, one to validate; pK grows with the chain.
std::vector<workflows::testing::RowSpec> rows() {
    std::vector<workflows::testing::RowSpec> list;
    for (int pocket = 0; pocket < 5; ++pocket)
        for (int atoms = 6; atoms < 14; ++atoms) {
            const std::string name = std::to_string(pocket);
            list.push_back({.pocket = "P" + name,
                            .assay = "A" + name,
                            .atoms = atoms,
                            .pk = 4 + 0.2 * atoms + 0.3 * pocket,
                            .split = pocket == 4 ? Split::valid : Split::train,
                            .cluster = "P" + name});
        }
    return list;
}

class MpiProgram : public ::testing::Test {
protected:
    MpiProgram() { workflows::testing::write_dataset(folder / "data.h5", rows()); }

    /// ranks 0: the program alone.
    std::vector<std::string> training(int ranks, const std::string& out,
                                      const std::vector<std::string>& more = {}) const {
        std::vector<std::string> words;
        if (ranks > 0) words = {KEYWAY_MPIRUN, "-n", std::to_string(ranks)};
        words.insert(words.end(), {KEYWAY_TRAINER,
                                   "train",
                                   "-d",
                                   folder / "data.h5",
                                   "-o",
                                   folder / out,
                                   "--model-config",
                                   "tiny",
                                   "--steps",
                                   "60",
                                   "--warmup-steps",
                                   "5",
                                   "--validate-every",
                                   "30",
                                   "--checkpoint-every",
                                   "10",
                                   "--batches-per-step",
                                   std::to_string(batches),
                                   "-t",
                                   "1",
                                   "--progress",
                                   "never"});
        if (ranks > 0) words.push_back("--mpi");
        words.insert(words.end(), more.begin(), more.end());
        return words;
    }
    ProgramResult run(int ranks, const std::string& out, const std::vector<std::string>& more = {}) const {
        return RunningProgram(training(ranks, out, more), kStreams).wait();
    }
    std::vector<double> losses(const std::string& out) const {
        std::vector<double> values;
        std::istringstream stream(read_bytes(folder / out / "metrics.jsonl"));
        for (std::string line; std::getline(stream, line);) {
            const auto json = nlohmann::json::parse(line);
            if (json["kind"] == "train") values.push_back(json["loss"]);
        }
        return values;
    }
    /// The process of a rank whose command line names `out`; 0: none.
    pid_t process_of_rank(int rank, const std::string& out) const {
        for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
            const std::string name = entry.path().filename();
            if (name.find_first_not_of("0123456789") != std::string::npos) continue;
            std::ifstream command(entry.path() / "cmdline"), variables(entry.path() / "environ");
            const std::string words(std::istreambuf_iterator<char>(command), {}),
                environment(std::istreambuf_iterator<char>(variables), {});
            if (words.starts_with(KEYWAY_TRAINER) && words.find(folder / out) != std::string::npos &&
                (std::string(1, '\0') + environment)
                        .find(std::string(1, '\0') + "OMPI_COMM_WORLD_RANK=" + std::to_string(rank) + '\0') !=
                    std::string::npos)
                return std::stoi(name);
        }
        return 0;
    }
    /// Sends the signal to a rank of a training that has written its first checkpoint.
    ProgramResult signalled(int ranks, const std::string& out, int rank, int number,
                            const std::vector<std::string>& more = {}) const {
        RunningProgram program(training(ranks, out, more), kStreams);
        bool begun = false;  // a busy machine may need more than the ten seconds of one try
        for (int i = 0; i < 12 && !begun; ++i) begun = wait_for_file(folder / out / "checkpoint.safetensors");
        EXPECT_TRUE(begun);
        const pid_t process = process_of_rank(rank, out);
        EXPECT_GT(process, 0);
        if (process > 0) kill(process, number);
        return program.wait();
    }
    void expect_same_curve(const std::string& a, const std::string& b) const {
        const auto first = losses(a), second = losses(b);
        ASSERT_EQ(first.size(), 6u);
        ASSERT_EQ(second.size(), 6u);
        for (std::size_t i = 0; i < first.size(); ++i)
            EXPECT_NEAR(first[i], second[i], kTolerance * std::abs(first[i])) << "steps to " << 10 * (i + 1);
    }

    /// Only the order of float sums differs: measured 5e-8 after 60 steps.
    static constexpr double kTolerance = 1e-5;
    TemporaryFolder folder;
    int batches = 6;  ///< a step
};

TEST_F(MpiProgram, AnyNumberOfRanksGivesTheLossCurveOfOne) {
    ASSERT_EQ(run(0, "alone").code, 0);
    for (const int ranks : {2, 3}) {
        const std::string out = "ranks-" + std::to_string(ranks);
        const auto result = run(ranks, out);
        ASSERT_EQ(result.code, 0) << result.err;
        EXPECT_EQ(result.out, (folder / out / "weights.safetensors").string() + "\n") << "one rank speaks";
        EXPECT_THAT(result.err, HasSubstr(std::to_string(ranks) + " ranks share 6 batches"));
        expect_same_curve("alone", out);
        EXPECT_EQ(nlohmann::json::parse(read_bytes(folder / out / "run.json"))["ranks"], ranks);
    }
    batches = 3;
    ASSERT_EQ(run(0, "half").code, 0);
    EXPECT_GT(std::abs(losses("half")[0] / losses("alone")[0] - 1), 10 * kTolerance) << "the test can see";
}

TEST_F(MpiProgram, AfterALostRankAnyNumberOfRanksContinues) {
    ASSERT_EQ(run(0, "alone").code, 0);
    const auto lost = signalled(2, "lost", 1, SIGKILL);
    EXPECT_NE(lost.code, 0);
    EXPECT_THAT(lost.err, HasSubstr("rank 1 (process "));
    EXPECT_THAT(lost.err, HasSubstr("was lost"));
    EXPECT_THAT(lost.err, HasSubstr("run the same command again"));
    EXPECT_FALSE(std::filesystem::exists(folder / "lost/run.json"));
    for (const int ranks : {1, 3}) {
        const std::string out = "again-" + std::to_string(ranks);
        std::filesystem::copy(folder / "lost", folder / out);
        const auto result = run(ranks, out);
        ASSERT_EQ(result.code, 0) << result.err;
        EXPECT_THAT(result.err, HasSubstr("continuing at step "));
        expect_same_curve("alone", out);
    }
}

TEST_F(MpiProgram, AStopOfOneRankStopsAllAfterACheckpoint) {
    ASSERT_EQ(run(2, "whole").code, 0);
    const auto stopped = signalled(2, "halves", 1, SIGTERM);
    EXPECT_EQ(stopped.code, 75) << stopped.err;
    EXPECT_THAT(stopped.err, HasSubstr("the same command continues it"));
    const auto rest = run(2, "halves");
    ASSERT_EQ(rest.code, 0) << rest.err;
    EXPECT_EQ(read_bytes(folder / "halves/weights.safetensors"),
              read_bytes(folder / "whole/weights.safetensors"))
        << "the same number of ranks adds in the same order";
}

TEST_F(MpiProgram, ASilentRankIsTakenForLost) {
    const auto silent = signalled(2, "silent", 1, SIGSTOP, {"--mpi-timeout", "1"});
    EXPECT_NE(silent.code, 0);
    EXPECT_THAT(silent.err, HasSubstr("another rank has been silent for 1 s"));
}

TEST_F(MpiProgram, RefusesRanksThatDoNotKnowOfEachOtherOrHaveNothingToShare) {
    auto words = training(2, "two");
    words.erase(std::find(words.begin(), words.end(), "--mpi"));
    const auto apart = RunningProgram(words, kStreams).wait();
    EXPECT_NE(apart.code, 0);
    EXPECT_THAT(apart.err, HasSubstr("one of 2 processes of mpirun or srun"));

    batches = 1;
    const auto idle = run(2, "idle");
    EXPECT_NE(idle.code, 0);
    EXPECT_THAT(idle.err, HasSubstr("--batches-per-step: expected at least 2 for 2 ranks"));
    EXPECT_FALSE(std::filesystem::exists(folder / "idle"));
}

}  // namespace
}  // namespace keyway::parallel

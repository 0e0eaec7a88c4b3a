/// `keyway launch` as a user runs it: what it refuses, and that it then leaves nothing behind.
#include "apps/run_program.hpp"
#include "support/temporary_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace keyway::testing {
namespace {

using ::testing::HasSubstr;

struct LaunchProgram : ::testing::Test {
    TemporaryFolder folder;
    std::string table = (folder / "hits.tsv").string(), scripts = (folder / "scripts").string();
    std::vector<std::string> screen = {"screen", "-r", "receptor.pdb", "-l", "library.smi", "-o", table};

    ProgramResult launch(std::vector<std::string> words, const std::vector<std::string>& behind) {
        words.insert(words.begin(), "launch");
        words.insert(words.end(), {"-o", scripts, "--"});
        words.insert(words.end(), behind.begin(), behind.end());
        return run_program(words);
    }
    /// Exit code 2, these words on stderr, nothing on stdout and no folder.
    void expect_refusal(const ProgramResult& done, const std::string& words) {
        EXPECT_EQ(done.code, 2) << done.err;
        EXPECT_THAT(done.err, HasSubstr(words));
        EXPECT_EQ(done.out, "");
        EXPECT_FALSE(std::filesystem::exists(scripts));
    }
    std::vector<std::string> with(const std::vector<std::string>& more) const {
        auto words = screen;
        words.insert(words.end(), more.begin(), more.end());
        return words;
    }
};

TEST_F(LaunchProgram, WritesScriptsAndNeverReplacesThemUnasked) {
    const auto done = launch({"parallel", "--shards", "3"}, screen);
    EXPECT_EQ(done.code, 0) << done.err;
    EXPECT_THAT(done.out, HasSubstr("start.sh"));
    EXPECT_TRUE(std::filesystem::exists(scripts + "/start.sh"));
    const auto again = launch({"parallel", "--shards", "3"}, screen);
    EXPECT_EQ(again.code, 2);
    EXPECT_THAT(again.err, HasSubstr("--overwrite"));
    EXPECT_EQ(launch({"parallel", "--shards", "4", "--overwrite"}, screen).code, 0);
}

TEST_F(LaunchProgram, RefusesAScreenThatCannotBeDivided) {
    const std::vector<std::string> words = {"slurm", "--shards", "3"};
    expect_refusal(launch(words, with({"--shard", "1/2"})), "--shard already");
    expect_refusal(launch(words, {"screen", "-r", "receptor.pdb", "-l", "library.smi"}), "no --out");
    expect_refusal(launch(words, {"screen", "-r", "receptor.pdb", "-l", "library.smi", "-o", "-"}),
                   "no --out");
    expect_refusal(launch(words, {"screen", "-l", "library.smi", "-o", table}), "no --receptor");
    expect_refusal(launch(words, {"screen", "-r", "receptor.pdb", "-o", table}), "no --ligands");
    expect_refusal(launch(words, with({"-l", "-"})), "stdin");
    expect_refusal(launch(words, {"score", "-r", "receptor.pdb"}), "expected `-- screen");
    expect_refusal(launch(words, {}), "expected `-- screen");
    expect_refusal(launch(words, with({"--no-such-option"})), "no-such-option");
}

TEST_F(LaunchProgram, RefusesWhatTheSchedulerCannotTake) {
    expect_refusal(launch({"--shards", "3"}, screen), "no scheduler");
    expect_refusal(launch({"moon", "--shards", "3"}, screen), "moon");
    expect_refusal(launch({"slurm"}, screen), "--shards");
    expect_refusal(launch({"slurm", "--shards", "0"}, screen), "from 1 on");
    expect_refusal(launch({"slurm", "--shards", "3", "--cpus", "0"}, screen), "from 1 on");
    for (const std::string option : {"--partition", "--account", "--time", "--memory"}) {
        expect_refusal(launch({"parallel", "--shards", "3", option, "x"}, screen), "slurm only");
        expect_refusal(launch({"slurm", "--shards", "3", option, "a b"}, screen), "cannot take");
        expect_refusal(launch({"slurm", "--shards", "3", option, "a\n#SBATCH"}, screen), "cannot take");
    }
    expect_refusal(launch({"snakemake", "--shards", "3", "--sbatch=--qos=x"}, screen), "slurm only");
    expect_refusal(launch({"slurm", "--shards", "3", "--sbatch=--qos=x\nrm"}, screen), "one line");
}

}  // namespace
}  // namespace keyway::testing

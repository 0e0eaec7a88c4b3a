/// The scripts of `keyway launch`: names with blanks, quotes, dollars and at-signs reach the program as they
/// are.
#include "launch_templates.hpp"

#include "support/temporary_folder.hpp"

#include "keyway/core/output_file.hpp"
#include "keyway/core/shell_words.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <map>

namespace keyway::testing {
namespace {

using apps::LaunchPlan;
using apps::Scheduler;
using ::testing::HasSubstr;
using ::testing::Not;

const std::vector<std::string> kAwkward = {"a b", "it's", "\"q\"", "$HOME", "@SHARDS@",
                                           "`x`", "",     "*",     "\\",    "a\nb"};

std::map<std::string, std::string> scripts_of(const LaunchPlan& plan) {
    std::map<std::string, std::string> texts;
    for (const auto& script : apps::launch_scripts(plan)) texts[script.name] = script.text;
    return texts;
}

std::string output_of(const std::string& command) {
    std::string text;
    FILE* pipe = popen(command.c_str(), "r");
    std::array<char, 256> buffer;
    while (const auto count = fread(buffer.data(), 1, buffer.size(), pipe)) text.append(buffer.data(), count);
    EXPECT_EQ(pclose(pipe), 0) << command;
    return text;
}

LaunchPlan plan_for(Scheduler scheduler) {
    LaunchPlan plan;
    plan.scheduler = scheduler;
    plan.program = "/usr/bin/printf";
    plan.screen = {"<%s>"};
    plan.screen.insert(plan.screen.end(), kAwkward.begin(), kAwkward.end());
    plan.merge = plan.screen;
    plan.start_in = "/tmp";
    plan.folder = "/tmp/it's here";
    plan.shards = 7;
    plan.name = "keyway-hits";
    return plan;
}

TEST(ShellWords, AShellReadsBackWhatWasQuoted) {
    std::string expected;
    for (const auto& word : kAwkward) expected += "<" + word + ">";
    EXPECT_EQ(output_of("printf '<%s>' " + shell_line(kAwkward)), expected);
    EXPECT_EQ(shell_quoted("plain-name_1.tsv"), "plain-name_1.tsv");
}

TEST(LaunchTemplates, AShardGetsTheWordsOfTheUserAndItsNumber) {
    const TemporaryFolder folder;
    auto plan = plan_for(Scheduler::parallel);
    std::string expected;
    for (const auto& word : kAwkward) expected += "<" + word + ">";
    plan.start_in = folder / "it's a folder";
    std::filesystem::create_directory(plan.start_in);
    const auto scripts = scripts_of(plan);
    const auto shard = folder.write("shard.sh", scripts.at("shard.sh"));
    const auto merge = folder.write("merge.sh", scripts.at("merge.sh"));
    EXPECT_EQ(output_of("bash " + shell_quoted(shard.string()) + " 3"), expected + "<--shard><3/7>");
    EXPECT_EQ(output_of("bash " + shell_quoted(merge.string())), expected);
}

TEST(LaunchTemplates, SlurmGetsItsOptionsBeforeTheFirstCommand) {
    auto plan = plan_for(Scheduler::slurm);
    plan.jobs = 4;
    plan.cpus = 2;
    plan.time = "4:00:00";
    plan.sbatch = {"--gres=gpu:1"};
    const std::string batch = scripts_of(plan).at("shard.sbatch");
    const auto first_command = batch.find("\nreason=");
    for (const std::string option : {"--array=1-7%4", "--cpus-per-task=2", "--requeue", "--signal=B:USR1@60",
                                     "--time=4:00:00", "--gres=gpu:1"})
        EXPECT_LT(batch.find("\n#SBATCH " + option + "\n"), first_command) << option;
    EXPECT_THAT(batch, Not(HasSubstr("--partition")));
    EXPECT_THAT(batch, HasSubstr("bash '/tmp/it'\\''s here'/shard.sh"));
}

TEST(LaunchTemplates, EveryScriptIsOneThatBashCanRead) {
    const TemporaryFolder folder;
    for (const auto scheduler : {Scheduler::slurm, Scheduler::parallel, Scheduler::snakemake})
        for (const auto& [name, text] : scripts_of(plan_for(scheduler))) {
            EXPECT_THAT(text, HasSubstr("Written by `keyway launch")) << name;
            if (name != "Snakefile")
                EXPECT_EQ(output_of("bash -n " + shell_quoted(folder.write(name, text).string())), "")
                    << name;
        }
}

}  // namespace
}  // namespace keyway::testing

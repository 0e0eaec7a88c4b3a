/// The program around the verbs: help, versions, suggestions, exit codes, streams.
#include "apps/program_fixtures.hpp"
#include "apps/run_program.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace keyway::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

std::vector<std::string> verb_names() { return lines_of(run_program({"shellcompletion"}).out); }

std::vector<std::string> words(const std::string& verb, const std::string& more) {
    std::istringstream stream(verb + " " + more);
    std::vector<std::string> list;
    for (std::string word; stream >> word;) list.push_back(word);
    return list;
}

TEST(Program, WithoutArgumentsShowsTheVerbsOnStderr) {
    const auto result = run_program({});
    EXPECT_EQ(result.code, 2);
    EXPECT_THAT(result.out, IsEmpty());
    for (const auto& verb : verb_names()) EXPECT_THAT(result.err, HasSubstr("  " + verb + " "));
}

TEST(Program, HelpAndVersionGoToStdout) {
    for (const char* flag : {"-h", "--help", "help"}) {
        const auto result = run_program({flag});
        EXPECT_EQ(result.code, 0);
        EXPECT_THAT(result.out, HasSubstr("keyway VERB -h"));
        EXPECT_THAT(result.err, IsEmpty());
    }
    EXPECT_THAT(run_program({"--version"}).out, ::testing::MatchesRegex("keyway [0-9]+\\.[0-9]+\\.[0-9]+\n"));
    EXPECT_THAT(run_program({"--version", "-v"}).out, HasSubstr("HDF5"));
}

#ifdef KEYWAY_WITH_CHEMISTRY
TEST(Program, EveryVerbHasShortAndFullHelpThatMentionsEveryOption) {
    for (const auto& verb : verb_names()) {
        const auto brief = run_program(words(verb, "-h")), full = run_program(words(verb, "--help"));
        EXPECT_EQ(brief.code, 0) << verb << brief.err;
        EXPECT_EQ(full.code, 0) << verb;
        EXPECT_THAT(brief.out, HasSubstr("keyway " + verb)) << verb;
        EXPECT_LT(lines_of(brief.out).size(), 60u) << verb << ": -h must fit one screen";
        EXPECT_EQ(run_program(words("help", verb)).out, full.out);
        const auto options = lines_of(run_program(words("shellcompletion", verb)).out);
        EXPECT_GT(options.size(), 8u) << verb;
        for (const auto& option : options) EXPECT_THAT(full.out, HasSubstr(option)) << verb;
    }
}
#endif

TEST(Program, SuggestsTheNearestVerb) {
    const auto result = run_program({"scren"});
    EXPECT_EQ(result.code, 2);
    EXPECT_THAT(result.err, HasSubstr("did you mean 'screen'?"));
    EXPECT_THAT(run_program({"no-such-verb-at-all"}).err, HasSubstr("keyway --help"));
    EXPECT_THAT(run_program({"dataset"}).err, HasSubstr("build"));
    EXPECT_THAT(run_program({"dataset", "bild"}).err, HasSubstr("did you mean 'dataset build'?"));
    EXPECT_THAT(run_program({"--receptor", "x"}).err, HasSubstr("options follow the verb"));
}

TEST(Program, EscapesHostileTextInMessages) {
    const auto result = run_program({"\x1b[2J"});
    EXPECT_THAT(result.err, HasSubstr("\\x1b[2J"));
    EXPECT_THAT(result.err, Not(HasSubstr("\x1b")));
}

TEST(Program, AFullStdoutIsExitCode74) {
    RunningProgram::Streams streams;
    streams.out_path = "/dev/full";
    const auto result = run_program({"--help"}, streams);
    EXPECT_EQ(result.code, 74);
    EXPECT_THAT(result.err, HasSubstr("standard output"));
}

TEST(Program, HelpDoesNotOpenTheNetwork) {
    RunningProgram::Streams streams;
    streams.environment["KEYWAY_NETWORK_LIBRARY"] = "/no/such/library.so";
    EXPECT_EQ(run_program({"help", "screen"}, streams).code, 0);
}

TEST(Program, DoctorExplainsAMissingNetwork) {
    RunningProgram::Streams streams;
    streams.environment["KEYWAY_NETWORK_LIBRARY"] = "/no/such/library.so";
    const auto result = run_program({"doctor"}, streams);
    EXPECT_EQ(result.code, 1);
    EXPECT_THAT(result.out, HasSubstr("PROBLEM  network"));
    EXPECT_THAT(result.out, HasSubstr("hint:"));
}

TEST(Program, DoctorFindsTheDefaultModelThroughTheEnvironment) {
    const TemporaryFolder folder;
    std::filesystem::create_directory(folder / "fast");
    write_fake_weights(folder / "fast/weights.safetensors");
    RunningProgram::Streams streams;
    streams.environment["KEYWAY_MODELS"] = folder.path().string();
    streams.environment["KEYWAY_NCCL_LIBRARY"] = "none";
    const auto result = run_program({"doctor"}, streams);
    EXPECT_EQ(result.code, 0) << result.out << result.err;
    EXPECT_THAT(result.out, HasSubstr("NCCL           none (NCCL: none: "));
    EXPECT_THAT(result.out, HasSubstr("fake 1.0"));
    EXPECT_THAT(result.out, HasSubstr("all is well"));
}

}  // namespace
}  // namespace keyway::testing

/// Where option values come from, and what a user reads when they are wrong.
#include "command_line.hpp"

#include "support/temporary_folder.hpp"

#include "keyway/core/error.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

namespace keyway::apps {
namespace po = boost::program_options;
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

/// A verb with one option of each sort.
struct Sample {
    CommandLine line{"sample", "Do something", {"keyway sample -r a.pdb"}};
    std::string receptor, out, smiles_column;
    std::vector<std::string> ligands;
    int threads = 0;
    bool strict = false;

    Sample() {
        auto input = line.group("Input").add_options();
        input("receptor,r", po::value(&receptor)->value_name("FILE")->required(), "protein");
        input("ligands,l", po::value(&ligands)->value_name("FILE"), "ligand files");
        line.group("Input", CommandLine::in_full_help_only)
            .add_options()("smiles-column", po::value(&smiles_column)->value_name("NAME"), "column");
        auto other = line.group("Other").add_options();
        other("threads,t", po::value(&threads)->value_name("N")->default_value(1), "how many");
        other("out,o", po::value(&out)->value_name("FILE")->default_value("-"), "result");
        other("strict", po::bool_switch(&strict), "be strict");
        line.positional("ligands");
        line.epilogue("The end.");
    }

    bool parse(const std::vector<std::string>& arguments) { return line.parse(arguments); }
};

std::string help_of(Sample& sample, const std::string& flag) {
    ::testing::internal::CaptureStdout();
    EXPECT_FALSE(sample.parse({flag}));
    return ::testing::internal::GetCapturedStdout();
}

/// "message | hint" of the usage error that the arguments give.
std::string complaint(const std::vector<std::string>& arguments) {
    Sample sample;
    try {
        sample.parse(arguments);
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::usage);
        return std::string(error.what()) + " | " + error.hint();
    }
    return "none";
}

class Environment {
public:
    Environment(const char* name, const char* value) : name_(name) { setenv(name, value, 1); }
    ~Environment() { unsetenv(name_); }

private:
    const char* name_;
};

TEST(CommandLine, ReadsFlagsAndPositionalWords) {
    Sample sample;
    ASSERT_TRUE(sample.parse({"-r", "p.pdb", "-l", "a.smi", "b.smi", "--threads=3", "--strict"}));
    EXPECT_EQ(sample.receptor, "p.pdb");
    EXPECT_EQ(sample.ligands, (std::vector<std::string>{"a.smi", "b.smi"}));
    EXPECT_EQ(sample.threads, 3);
    EXPECT_TRUE(sample.strict);
    EXPECT_TRUE(sample.line.given("threads"));
    EXPECT_FALSE(sample.line.given("out"));
}

TEST(CommandLine, TakesSnakeCaseAndALoneDashAndNegativeNumbers) {
    Sample sample;
    ASSERT_TRUE(
        sample.parse({"-r", "-", "--smiles_column", "smi_les", "-l", "-", "--threads", "-2", "-o", "-1,2"}));
    EXPECT_EQ(sample.receptor, "-");
    EXPECT_EQ(sample.smiles_column, "smi_les");
    EXPECT_EQ(sample.ligands, std::vector<std::string>{"-"});
    EXPECT_EQ(sample.threads, -2);
    EXPECT_EQ(sample.out, "-1,2");
}

TEST(CommandLine, PrefersFlagThenEnvironmentThenConfigThenDefault) {
    const keyway::testing::TemporaryFolder folder;
    const auto config =
        folder.write("c.ini",
                     "threads = 7\nreceptor = config.pdb # comment\nstrict = true\nout = c.tsv\n"
                     "ligands = 1.smi\nligands = 2.smi\n");
    const Environment threads("KEYWAY_THREADS", "5"), out("KEYWAY_OUT", "env.tsv");
    Sample sample;
    ASSERT_TRUE(sample.parse({"--config", config.string(), "-t", "3"}));
    EXPECT_EQ(sample.threads, 3);
    EXPECT_EQ(sample.out, "env.tsv");
    EXPECT_EQ(sample.receptor, "config.pdb");
    EXPECT_TRUE(sample.strict);
    EXPECT_EQ(sample.ligands, (std::vector<std::string>{"1.smi", "2.smi"}));
    EXPECT_TRUE(sample.line.given("receptor"));
}

TEST(CommandLine, AConfigFileHasSectionsForVerbs) {
    const keyway::testing::TemporaryFolder folder;
    const auto config = folder.write("c.ini", "[sample]\nsmiles_column = S\n[other]\nnonsense = 1\n");
    Sample sample;
    ASSERT_TRUE(sample.parse({"-r", "p", "--config", config.string()}));
    EXPECT_EQ(sample.smiles_column, "S");
}

TEST(CommandLine, PrintConfigReadsBackAsTheSameOptions) {
    const std::vector<std::string> arguments = {"-r", "p.pdb", "-l", "a", "b", "--strict", "-t", "4"};
    Sample first;
    std::vector<std::string> with_print = arguments;
    with_print.push_back("--print-config");
    ::testing::internal::CaptureStdout();
    EXPECT_FALSE(first.parse(with_print));
    const keyway::testing::TemporaryFolder folder;
    const auto config = folder.write("c.ini", ::testing::internal::GetCapturedStdout());

    Sample second, direct;
    ASSERT_TRUE(second.parse({"--config", config.string()}));
    ASSERT_TRUE(direct.parse(arguments));
    EXPECT_EQ(second.line.resolved(), direct.line.resolved());
    EXPECT_THAT(second.line.resolved(), HasSubstr("ligands = a\nligands = b\n"));
    EXPECT_TRUE(second.strict);
}

TEST(CommandLine, SaysWhatWasExpected) {
    EXPECT_THAT(complaint({}), HasSubstr("option '--receptor' is missing"));
    EXPECT_THAT(complaint({"-r", "p", "--threads", "many"}),
                HasSubstr("option '--threads' cannot take 'many' | --threads N"));
    EXPECT_THAT(complaint({"-r", "p", "--threads"}), HasSubstr("option '--threads' needs a value"));
    EXPECT_THAT(complaint({"-r", "p", "--strict=maybe"}), HasSubstr("'--strict'"));
    EXPECT_THAT(complaint({"-r", "p", "-r", "q"}), HasSubstr("option '--receptor' is given more than once"));
    EXPECT_THAT(complaint({"-r", "p", "--recptor", "q"}),
                HasSubstr("unknown option '--recptor' | did you mean '--receptor'"));
    EXPECT_THAT(complaint({"-r", "p", "--cpu", "2"}), HasSubstr("did you mean '--threads'"));
    EXPECT_THAT(complaint({"-r", "p", "--nothing-like-it"}), HasSubstr("lists every option"));
    EXPECT_THAT(complaint({"-r", "p", "-Z"}), HasSubstr("unknown option '-Z'"));
    EXPECT_THAT(complaint({"-r", "p", "--progress", "often"}), HasSubstr("auto, always or never"));
}

TEST(CommandLine, DoesNotGuessAbbreviations) {
    EXPECT_THAT(complaint({"--recep", "p"}),
                HasSubstr("unknown option '--recep' | did you mean '--receptor'"));
}

TEST(CommandLine, NamesTheSourceOfAWrongValue) {
    const Environment threads("KEYWAY_THREADS", "many");
    EXPECT_THAT(complaint({"-r", "p"}), HasSubstr("in environment variable KEYWAY_THREADS"));
}

TEST(CommandLine, RefusesUnknownNamesInAConfigFile) {
    const keyway::testing::TemporaryFolder folder;
    const auto config = folder.write("c.ini", "theads = 2\n");
    EXPECT_THAT(
        complaint({"-r", "p", "--config", config.string()}),
        ::testing::AllOf(HasSubstr("'--theads'"), HasSubstr("c.ini"), HasSubstr("did you mean '--threads'")));
}

TEST(CommandLine, RefusesWordsThatNoOptionAsksFor) {
    CommandLine line("plain", "No positional words", {});
    const std::vector<std::string> arguments = {"stray"};
    EXPECT_THROW(line.parse(arguments), Error);
}

TEST(CommandLine, ShortHelpLeavesOutWhatFullHelpShows) {
    Sample sample;
    const std::string brief = help_of(sample, "-h");
    EXPECT_THAT(brief, HasSubstr("keyway sample -r FILE [options]"));
    EXPECT_THAT(brief, HasSubstr("-t, --threads N"));
    EXPECT_THAT(brief, HasSubstr("how many [1]"));
    EXPECT_THAT(brief, Not(HasSubstr("--smiles-column")));
    EXPECT_THAT(brief, Not(HasSubstr("The end.")));
}

TEST(CommandLine, FullHelpMentionsEveryOption) {
    Sample sample;
    const std::string help = help_of(sample, "--help");
    for (const auto& name : sample.line.option_names()) EXPECT_THAT(help, HasSubstr(name));
    EXPECT_THAT(help, HasSubstr("The end."));
    EXPECT_GT(sample.line.option_names().size(), 12u);
}

TEST(CommandLine, HelpAnswersEvenWhenTheRestIsWrong) {
    Sample sample;
    ::testing::internal::CaptureStdout();
    EXPECT_FALSE(sample.parse({"--no-such-option", "-h"}));
    EXPECT_THAT(::testing::internal::GetCapturedStdout(), HasSubstr("Usage"));
}

}  // namespace
}  // namespace keyway::apps

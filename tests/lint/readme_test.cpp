/// The README tells the truth: its commands run and print what it shows, and the files that it names exist.
#include "lint/console_example.hpp"
#include "support/temporary_folder.hpp"

#include <gmock/gmock.h>

#include <cstdio>
#include <filesystem>
#include <regex>
#include <sstream>

namespace keyway::lint {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;

struct Finished {
    int status = 0;
    std::vector<std::string> lines;  ///< stdout and stderr together
};

Finished run_in(const fs::path& folder, const std::string& command) {
    const std::string line = "cd '" + folder.string() + "' && export PATH='" +
                             KEYWAY_BINARY_DIR "/bin':\"$PATH\" && { " + command + "; } 2>&1";
    Finished finished;
    std::string text;
    std::FILE* pipe = popen(line.c_str(), "r");
    for (int c = std::fgetc(pipe); c != EOF; c = std::fgetc(pipe)) text.push_back(static_cast<char>(c));
    finished.status = pclose(pipe);
    std::istringstream lines(text);
    for (std::string one; std::getline(lines, one);) finished.lines.push_back(one);
    return finished;
}

std::string readme() { return keyway::testing::read_bytes(KEYWAY_SOURCE_DIR "/README.md"); }

TEST(ConsoleExamples, AreReadFromConsoleBlocksOnly) {
    const auto examples =
        console_examples("```sh\n$ no\n```\n```console\n$ ls \\\n  -l\na\n...\n$ pwd\n```\n");
    ASSERT_EQ(examples.size(), 2U);
    EXPECT_EQ(examples[0].command, "ls   -l");
    EXPECT_THAT(examples[0].output, ElementsAre("a", "..."));
    EXPECT_EQ(examples[1].command, "pwd");
}

TEST(ConsoleExamples, CompareWordsAndNotNumbers) {
    EXPECT_TRUE(looks_like({"pk  8.12", "...", "end"}, {"pk 7.9", "x", "y", "end"}));
    EXPECT_FALSE(looks_like({"pk 8.12"}, {"pic50 8.12"}));
    EXPECT_FALSE(looks_like({"a"}, {"a", "b"}));
}

TEST(Readme, ShowsCommandsThatRunAndPrintWhatItShows) {
    if (!fs::exists(KEYWAY_SOURCE_DIR "/models/fast/weights.safetensors"))
        GTEST_SKIP() << "models/fast has no weights: the README's commands were not run";
    if (!fs::exists("/usr/share/pymol/data/tut/1hpv.pdb"))
        GTEST_SKIP() << "Debian's pymol-data is not installed: the README's commands were not run";
    const keyway::testing::TemporaryFolder folder;
    for (const char* entry : {"apps", "models"})
        fs::create_symlink(fs::path(KEYWAY_SOURCE_DIR) / entry, folder / entry);

    int run = 0;
    for (const ConsoleExample& example : console_examples(readme())) {
        if (example.command.starts_with("./run ") || example.command.starts_with("git clone ")) continue;
        const Finished finished = run_in(folder.path(), example.command);
        EXPECT_EQ(finished.status, 0) << "README.md:" << example.line << ": " << example.command << "\n"
                                      << ::testing::PrintToString(finished.lines);
        EXPECT_TRUE(example.output.empty() || looks_like(example.output, finished.lines))
            << "README.md:" << example.line << ": " << example.command << "\nprinted "
            << ::testing::PrintToString(finished.lines);
        ++run;
    }
    EXPECT_GT(run, 0);
}

TEST(Readme, NamesOnlyVerbsThatRunKnows) {
    const Finished help = run_in(KEYWAY_SOURCE_DIR, "./run help");
    const std::string text = readme(), known = ::testing::PrintToString(help.lines);
    static const std::regex verb(R"(\./run ([a-z]+))");
    for (std::sregex_iterator match(text.begin(), text.end(), verb), end; match != end; ++match)
        EXPECT_NE(known.find("  " + (*match)[1].str() + " "), std::string::npos) << match->str();
}

TEST(Readme, NamesOnlyFilesThatExist) {
    const std::string text = readme();
    static const std::regex path(R"(`((?:include|src|apps|datasets|models|tests|cmake)/[A-Za-z0-9_./]*)`)");
    int named = 0;
    for (std::sregex_iterator match(text.begin(), text.end(), path), end; match != end; ++match, ++named)
        EXPECT_TRUE(fs::exists(fs::path(KEYWAY_SOURCE_DIR) / (*match)[1].str())) << (*match)[1];
    EXPECT_GT(named, 5);
}

}  // namespace
}  // namespace keyway::lint

/// `keyway check` from the outside: counts, examples, no model.
#include "apps/program_fixtures.hpp"
#include "apps/run_program.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace keyway::testing {
namespace {

using ::testing::HasSubstr;

TEST(CheckProgram, CountsWhatWouldBeDroppedAndChanged) {
    const ScreenFiles files;
    const auto path = files.folder.write("nasty.smi", NastyLibrary().text);
    RunningProgram::Streams no_network;
    no_network.environment["KEYWAY_NETWORK_LIBRARY"] = "/no/such/library.so";
    const auto result =
        run_program({"check", "-r", files.receptor.string(), "-l", path.string()}, no_network);
    EXPECT_EQ(result.code, 0) << result.err;
    EXPECT_THAT(result.out, HasSubstr("10 amino acids in 1 chain"));
    EXPECT_THAT(result.out, HasSubstr("LIG:B:1"));
    EXPECT_THAT(result.out, HasSubstr("14 records"));
    EXPECT_THAT(result.out, HasSubstr("VALENCE"));
    EXPECT_THAT(result.out, HasSubstr("five bonds (line 5)"));
    EXPECT_THAT(result.out, HasSubstr("largest of 2 fragments"));
}

TEST(CheckProgram, StrictAndUnusableInputsAreExitCode3) {
    const ScreenFiles files;
    const auto mixed = files.folder.write("mixed.smi", "CCO a\nC1CC b\n").string();
    const auto bad = files.folder.write("bad.smi", "C1CC b\n").string();
    EXPECT_EQ(run_program({"check", "-l", mixed}).code, 0);
    EXPECT_EQ(run_program({"check", "-l", mixed, "--strict"}).code, 3);
    EXPECT_EQ(run_program({"check", "-l", bad}).code, 3);
    EXPECT_EQ(run_program({"check", "-r", files.receptor.string(), "--center", "500,500,500"}).code, 3);
    EXPECT_EQ(run_program({"check"}).code, 2);
}

}  // namespace
}  // namespace keyway::testing

/// MOL blocks: quirks that are mended, damage that is named.
#include "ligand_support.hpp"

#include <gtest/gtest.h>

namespace keyway::chem {
namespace {

using testing::ethanol_block;
using testing::outcome_of_sdf;

std::string replaced(std::string text, const std::string& what, const std::string& with) {
    const auto at = text.find(what);
    EXPECT_NE(at, std::string::npos) << what;
    return text.replace(at, what.size(), with);
}

std::string ethanol_v3000(const std::string& x = "1.5", const std::string& more = "") {
    return "a\n  keyway          3D\n\n  0  0  0     0  0            999 V3000\nM  V30 BEGIN CTAB\nM  V30 "
           "COUNTS 3 2 0 0 0\n"
           "M  V30 BEGIN ATOM\nM  V30 1 C 0 0 0.1 0\nM  V30 2 C " +
           x + " 0 0 0\nM  V30 3 O 2.2 1.2 0 0" + more +
           "\nM  V30 END ATOM\nM  V30 BEGIN BOND\nM  V30 1 1 1 2\nM  V30 2 1 2 3\nM  V30 END BOND\nM  V30 "
           "END CTAB\nM  END\n";
}

TEST(MolBlockTest, ReadsBothVersions) {
    EXPECT_EQ(outcome_of_sdf(ethanol_block("a")), "CCO");
    EXPECT_EQ(outcome_of_sdf(ethanol_v3000()), "CCO");
}

TEST(MolBlockTest, RefusesCoordinatesThatAreNoNumbers) {
    for (const auto* x : {"       nan", "       inf", "     1e300", " 1000000.0"})
        EXPECT_EQ(outcome_of_sdf(replaced(ethanol_block("a"), "    1.5000", x)), "NON_FINITE") << x;
    for (const auto* x : {"nan", "inf", "1e300", "1000000"})
        EXPECT_EQ(outcome_of_sdf(ethanol_v3000(x)), "NON_FINITE") << x;
}

TEST(MolBlockTest, RefusesChargesAndIsotopesThatRdkitWouldWrap) {
    EXPECT_EQ(outcome_of_sdf(replaced(ethanol_block("a"), "M  END", "M  CHG  1   3 257\nM  END")),
              "NUMBER_RANGE");
    EXPECT_EQ(outcome_of_sdf(replaced(ethanol_block("a"), "M  END", "M  ISO  1   1 999\nM  END")),
              "NUMBER_RANGE");
    EXPECT_EQ(outcome_of_sdf(ethanol_v3000("1.5", " CHG=257")), "NUMBER_RANGE");
    EXPECT_EQ(outcome_of_sdf(ethanol_v3000("1.5", " CHG=-1")), "CCO") << "an alkoxide is neutralised";
}

TEST(MolBlockTest, MendsMissingAndSuperfluousHeaderLines) {
    const auto block = ethanol_block("a");
    EXPECT_EQ(outcome_of_sdf("\n\n\n" + block), "CCO");
    EXPECT_EQ(outcome_of_sdf(block.substr(block.find("  3  2"))), "CCO");
    EXPECT_EQ(outcome_of_sdf(replaced(block, "M  END", "\nM  END")), "CCO");
    EXPECT_EQ(outcome_of_sdf("caf\xC3\xA9\n\xC3\xA9\n" + block.substr(block.find("\n\n") + 1)), "CCO")
        << "the title is not chemistry";
}

TEST(MolBlockTest, RefusesABlockThatIsCutOffOrNotThere) {
    const auto block = ethanol_block("a");
    EXPECT_EQ(outcome_of_sdf(replaced(block, "M  END\n", "")), "MOL_SYNTAX");
    EXPECT_EQ(outcome_of_sdf("some text\n"), "MOL_SYNTAX");
    EXPECT_EQ(outcome_of_sdf("\n \n"), "EMPTY");
    EXPECT_EQ(outcome_of_sdf(replaced(block, "  3  2", "  9  2")), "MOL_SYNTAX");
    EXPECT_EQ(outcome_of_sdf(replaced(block, "  2  3  1", "  2  0  1")), "MOL_SYNTAX");
    EXPECT_EQ(outcome_of_sdf(replaced(block, "  2  3  1", "  2 99  1")), "MOL_SYNTAX");
}

TEST(MolBlockTest, RefusesAtomsWithoutAnyBond) {
    EXPECT_EQ(outcome_of_sdf(testing::mol_block("a", {{"C", {0, 0, 1}}, {"O", {1.4, 0, 0}}}, {})),
              "MOL_SYNTAX");
}

TEST(MolBlockTest, RefusesQueryAtomsAndBonds) {
    EXPECT_EQ(outcome_of_sdf(replaced(ethanol_block("a"), " O  ", " R# ")), "QUERY_ATOM");
    EXPECT_EQ(outcome_of_sdf(replaced(ethanol_block("a"), " O  ", " A  ")), "QUERY_ATOM");
    EXPECT_EQ(outcome_of_sdf(replaced(ethanol_block("a"), "  2  3  1", "  2  3  8")), "QUERY_ATOM");
}

TEST(MolBlockTest, IgnoresTheQueryFieldsThatXtoolFillsIn) {
    const auto block =
        replaced(replaced(ethanol_block("a"), " O   0  0  0  0  0  0", " O   0  0  0  1  0  1"),
                 "  1  2  1  0", "  1  2  1  0  0  2");
    EXPECT_EQ(outcome_of_sdf(block), "CCO");
}

}  // namespace
}  // namespace keyway::chem

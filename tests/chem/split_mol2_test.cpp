/// MOL2 files with several molecules, comments and oversize.
#include "ligand_support.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace keyway::chem {
namespace {

using ::testing::ElementsAre;
using testing::ethanol_mol2;
using testing::outcome;
using testing::records_of;

std::vector<std::string> split(const std::string& text) {
    std::vector<std::string> lines;
    for (const auto& record : records_of("lib.mol2", text))
        lines.push_back(record.id + " " + outcome(parse_ligand(record)));
    return lines;
}

TEST(SplitMol2Test, SplitsAtEachMolecule) {
    EXPECT_THAT(split("# by hand\n\n" + ethanol_mol2("a") + "\n# next\n" + ethanol_mol2("b")),
                ElementsAre("a CCO", "b CCO"));
}

TEST(SplitMol2Test, NamesAMoleculeWithoutNameByItsPlace) {
    EXPECT_THAT(split("#\n" + ethanol_mol2("*****")), ElementsAre("lib.mol2:2 CCO"));
}

TEST(SplitMol2Test, MakesARecordOfTextBeforeTheFirstMolecule) {
    EXPECT_THAT(split("garbage\n" + ethanol_mol2("b")), ElementsAre("lib.mol2:1 MOL2_SYNTAX", "b CCO"));
}

TEST(SplitMol2Test, ABrokenMoleculeDoesNotHarmTheNext) {
    EXPECT_THAT(split("@<TRIPOS>MOLECULE\na\n3 2\n" + ethanol_mol2("b")),
                ElementsAre("a MOL2_SYNTAX", "b CCO"));
}

TEST(SplitMol2Test, RejectsALongRecordAndReadsTheNextOneWhole) {
    EXPECT_THAT(split(ethanol_mol2("a") + "@<TRIPOS>COMMENT\n" + std::string(2 << 20, 'x') + "\n" +
                      ethanol_mol2("b")),
                ElementsAre("a TOO_LONG", "b CCO"));
}

}  // namespace
}  // namespace keyway::chem

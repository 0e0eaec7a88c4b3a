/// MOL2 records: RDKit must never see an index that is out of range.
#include "ligand_support.hpp"

#include <gtest/gtest.h>

namespace keyway::chem {
namespace {

using testing::ethanol_mol2;
using testing::outcome;
using testing::record_of;

std::string outcome_of(const std::string& text) {
    return outcome(parse_ligand(record_of(LigandFormat::mol2, text)));
}

TEST(Mol2Test, ReadsAMolecule) { EXPECT_EQ(outcome_of(ethanol_mol2("a")), "CCO"); }

TEST(Mol2Test, RefusesBondIndicesOutOfRange) {
    for (const auto* bonds : {"1 0 2 1\n2 2 3 1\n", "1 1 2 1\n2 2 4 1\n", "1 1 2 1\n2 2 999999999 1\n",
                              "1 1 2 1\n2 -1 3 1\n", "1 1 2 1\n2 3 3 1\n", "1 1 2 1\n2 2 99999999999 1\n",
                              "1 1 2 1\n2 1 2 1\n", "1 1 2 1\n2 2 3 zz\n", "1 1 2 1\n2 2 3\n"})
        EXPECT_EQ(outcome_of(ethanol_mol2("a", bonds)), "MOL2_SYNTAX") << bonds;
}

TEST(Mol2Test, RefusesCountsThatDoNotFit) {
    EXPECT_EQ(outcome_of(ethanol_mol2("a", "1 1 2 1\n")), "MOL2_SYNTAX");
    auto text = ethanol_mol2("a");
    EXPECT_EQ(outcome_of(text.replace(text.find("3 2"), 3, "4 2")), "MOL2_SYNTAX");
    EXPECT_EQ(outcome_of(text.replace(text.find("4 2"), 3, "0 0")), "MOL2_SYNTAX");
}

TEST(Mol2Test, RefusesCoordinatesThatAreNoNumbers) {
    for (const auto* x : {"nan", "inf", "1e300"}) {
        auto text = ethanol_mol2("a");
        EXPECT_EQ(outcome_of(text.replace(text.find("2.2"), 3, x)), "NON_FINITE") << x;
    }
    auto text = ethanol_mol2("a");
    EXPECT_EQ(outcome_of(text.replace(text.find("2.2"), 3, "***")), "MOL2_SYNTAX");
}

TEST(Mol2Test, ReadsCarboxylatesAndPhosphates) {
    const std::string head = "@<TRIPOS>MOLECULE\na\n";
    const std::string acetate =
        head +
        "4 3\nSMALL\nX\n\n@<TRIPOS>ATOM\n1 C1 -1.5 0 0.1 C.3\n2 C2 0 0 0 C.2\n3 O1 0.6 1.1 0 O.co2\n"
        "4 O2 0.6 -1.1 0 O.co2\n@<TRIPOS>BOND\n1 1 2 1\n2 2 3 ar\n3 2 4 ar\n";
    EXPECT_EQ(outcome_of(acetate), "CC(=O)O");
    const std::string phosphate =
        head +
        "6 5\nSMALL\nX\n\n@<TRIPOS>ATOM\n1 C1 -2.4 0 0.1 C.3\n2 O4 -1.5 0.9 0 O.3\n3 P 0 0 0 P.3\n"
        "4 O1 0.6 1.1 0.5 O.co2\n5 O2 0.6 -1.1 0.5 O.co2\n6 O3 0.3 0.1 -1.5 O.co2\n"
        "@<TRIPOS>BOND\n1 1 2 1\n2 2 3 1\n3 3 4 ar\n4 3 5 ar\n5 3 6 ar\n";
    EXPECT_EQ(outcome_of(phosphate), "COP(=O)(O)O");
}

}  // namespace
}  // namespace keyway::chem

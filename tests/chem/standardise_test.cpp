/// Salts, charges and isotopes.
#include "chem/standardise.hpp"

#include "ligand_support.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace keyway::chem {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::outcome_of_smiles;

std::vector<std::string> notes_of(const std::string& smiles) {
    return parse_smiles(smiles, "x").value().notes;
}

TEST(StandardiseTest, KeepsTheLargestFragment) {
    EXPECT_EQ(outcome_of_smiles("[Na+].CC(=O)[O-]"), "CC(=O)O");
    EXPECT_EQ(outcome_of_smiles("Cl.CCN"), "CCN");
    EXPECT_EQ(outcome_of_smiles("CN.F[P-](F)(F)(F)(F)F"), "CN") << "carbon before size";
    EXPECT_EQ(outcome_of_smiles("CCO.CCS"), "CCS") << "heavier of two with three atoms";
    EXPECT_EQ(outcome_of_smiles("OCC.CCCO.O"), "CCCO");
    EXPECT_THAT(notes_of("Cl.CCN.O"), ElementsAre("largest of 3 fragments"));
}

TEST(StandardiseTest, ChoosesTheSameFragmentInAnyOrder) {
    EXPECT_EQ(outcome_of_smiles("CC(C)O.CCCO"), outcome_of_smiles("OCCC.OC(C)C"));
    EXPECT_EQ(outcome_of_smiles("C[C@H](N)CO.C[C@@H](N)CO"), outcome_of_smiles("C[C@@H](N)CO.C[C@H](N)CO"));
}

TEST(StandardiseTest, CutsIonicBondsToAlkaliMetals) {
    EXPECT_EQ(outcome_of_smiles("[Na]OC(=O)c1ccccc1"), "O=C(O)c1ccccc1");
    EXPECT_EQ(outcome_of_smiles("CC(=O)O[Ca]OC(C)=O"), "CC(=O)O");
}

TEST(StandardiseTest, NeutralisesWhatHydrogensCanNeutralise) {
    EXPECT_EQ(outcome_of_smiles("CC[NH3+]"), "CCN");
    EXPECT_EQ(outcome_of_smiles("[NH3+]CC(=O)[O-]"), "NCC(=O)O");
    EXPECT_EQ(outcome_of_smiles("NC(N)=[NH2+]"), "N=C(N)N");
    EXPECT_EQ(outcome_of_smiles("C[N+](C)(C)C"), "C[N+](C)(C)C");
    EXPECT_EQ(outcome_of_smiles("C[N+](C)(C)CC(=O)[O-]"), "C[N+](C)(C)CC(=O)[O-]");
    EXPECT_EQ(outcome_of_smiles("C[N+](=O)[O-]"), "C[N+](=O)[O-]");
    EXPECT_THAT(notes_of("CC[NH3+]"), ElementsAre("neutralised"));
    EXPECT_THAT(notes_of("C[N+](=O)[O-]"), IsEmpty());
    EXPECT_THAT(notes_of("C[N+](C)(C)C"), IsEmpty());
}

// A second fragment takes the long way through RDKit's Uncharger; alone, plain ions lose their charge before.
TEST(StandardiseTest, NeutralisesAloneAsItDoesBesideASecondFragment) {
    for (const std::string smiles :
         {"C[C@H]([NH3+])C(=O)[O-]", "C[NH+]1CCC(C(=O)[O-])CC1", "C[N@H+]1CC[C@@H](c2ccc[nH]2)C1",
          "C1=CC=C[NH2+]1", "C[N+](C)(C)CC(=O)[O-]", "[NH3+]CC[N+](=O)[O-]", "F/C=C/[C@H](C[NH3+])C(=O)[O-]",
          "NC(=[NH2+])CC(=O)[O-]", "[O-]C(=O)C[C@H](N)CC(=O)O", "c1c[nH+]ccc1CC(=O)[O-]", "[NH3+]CC[S-]",
          "[15NH3+]CC"})
        EXPECT_EQ(outcome_of_smiles(smiles), outcome_of_smiles(smiles + ".O")) << smiles;
    EXPECT_THAT(notes_of("C[C@H]([NH3+])C(=O)[O-]"), ElementsAre("neutralised"));
}

TEST(StandardiseTest, KeepsStereoThroughNeutralisation) {
    EXPECT_EQ(outcome_of_smiles("C[C@H]([NH3+])C(=O)[O-]"), outcome_of_smiles("C[C@H](N)C(=O)O"));
    EXPECT_EQ(outcome_of_smiles("C/C=C/C(=O)[O-].[Na+]"), outcome_of_smiles("C/C=C/C(=O)O"));
    EXPECT_NE(outcome_of_smiles("C/C=C/C(=O)[O-]"), outcome_of_smiles("C/C=C\\C(=O)[O-]"));
}

TEST(StandardiseTest, CanBeSwitchedOff) {
    LigandOptions options;
    options.largest_fragment = options.neutralise = false;
    EXPECT_EQ(outcome_of_smiles("Cl.CC[NH3+]", options), "CC[NH3+].Cl");
}

TEST(StandardiseTest, KeepsIsotopes) {
    EXPECT_EQ(outcome_of_smiles("[13CH3]O"), "[13CH3]O");
    EXPECT_EQ(parse_smiles("[2H]C([2H])([2H])O", "x").value().heavy_atoms(), 2);
}

TEST(StandardiseTest, RefusesMetalsAndMoleculesWithoutHeavyAtoms) {
    EXPECT_EQ(outcome_of_smiles("C[Hg]C"), "METAL");
    EXPECT_EQ(outcome_of_smiles("[Cu+2].[Cu+2]"), "METAL");
    EXPECT_EQ(outcome_of_smiles("C[Si](C)(C)C"), "C[Si](C)(C)C");
    EXPECT_EQ(outcome_of_smiles("OB(O)c1ccccc1"), "OB(O)c1ccccc1");
    EXPECT_EQ(outcome_of_smiles("[H][H]"), "NO_HEAVY_ATOM");
    EXPECT_EQ(outcome_of_smiles("[H+]"), "NO_HEAVY_ATOM");
}

TEST(StandardiseTest, JudgesTheSizeOfTheParentNotOfTheSalt) {
    LigandOptions options;
    options.max_heavy_atoms = 4;
    EXPECT_EQ(outcome_of_smiles("CCCCC", options), "TOO_LARGE");
    EXPECT_EQ(outcome_of_smiles("CCCC.CCO.CO", options), "CCCC");
}

TEST(StandardiseTest, GivesTheSameBytesAgain) {
    for (const auto* smiles : {"CC(=O)[O-].[Na+]", "C[C@H]([NH3+])C(=O)[O-]", "Cl.Cl.CN1CCN(C)CC1"}) {
        const auto once = outcome_of_smiles(smiles);
        EXPECT_EQ(outcome_of_smiles(smiles), once);
        EXPECT_EQ(outcome_of_smiles(once), once) << "standardising twice changes nothing";
    }
}

}  // namespace
}  // namespace keyway::chem

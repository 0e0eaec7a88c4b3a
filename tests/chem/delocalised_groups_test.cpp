/// Ions as X-TOOL draws them become the molecule that a chemist means.
#include "chem/delocalised_groups.hpp"

#include "ligand_support.hpp"

#include <GraphMol/MolOps.h>
#include <GraphMol/SmilesParse/SmilesParse.h>
#include <GraphMol/SmilesParse/SmilesWrite.h>
#include <gtest/gtest.h>

namespace keyway::chem {
namespace {

/// Rewrites a SMILES that is read without any check; hydrogens are written out.
std::string rewritten(const std::string& smiles, int expected_count) {
    RDKit::SmilesParserParams parameters;
    parameters.sanitize = parameters.removeHs = false;
    const std::unique_ptr<RDKit::RWMol> mol(RDKit::SmilesToMol(smiles, parameters));
    EXPECT_EQ(rewrite_delocalised_groups(*mol), expected_count) << smiles;
    RDKit::MolOps::removeHs(*mol);
    return RDKit::MolToSmiles(*mol);
}

TEST(DelocalisedGroupsTest, KeepsOneDoubleBondOfACarboxylateAndPhosphateAndTwoOfASulfonate) {
    EXPECT_EQ(rewritten("CC(=O)=O", 1), "CC(=O)[O-]");
    EXPECT_EQ(rewritten("C[C-](=O)=O", 1), "CC(=O)[O-]") << "the charge stood on the carbon";
    EXPECT_EQ(rewritten("COP(=O)(=O)=O", 1), "COP(=O)([O-])[O-]");
    EXPECT_EQ(rewritten("COP(=O)(=O)OC", 1), "COP(=O)([O-])OC");
    EXPECT_EQ(rewritten("CS(=O)(=O)=O", 1), "CS(=O)(=O)[O-]");
}

TEST(DelocalisedGroupsTest, GivesAmidiniumAndGuanidiniumOneDoubleBondAndTheirCharge) {
    EXPECT_EQ(rewritten("CC(=N([H])[H])=N([H])[H]", 2), "CC(N)=[NH2+]");
    EXPECT_EQ(rewritten("CN([H])=[C+](=N([H])[H])=N([H])[H]", 2), "CNC(N)=[NH2+]");
}

TEST(DelocalisedGroupsTest, ChargesFourValentNitrogen) {
    EXPECT_EQ(rewritten("CN([H])([H])[H]", 1), "C[NH3+]");
    EXPECT_EQ(rewritten("CN(C)(C)C", 1), "C[N+](C)(C)C");
}

TEST(DelocalisedGroupsTest, LeavesSoundGroupsAlone) {
    for (const auto* smiles : {"CC(=O)[O-]", "CS(C)(=O)=O", "COP(=O)(O)O", "O=C=O", "CC#N", "CN=C=O",
                               "C[N+](=O)[O-]", "CN=C(N)N", "CS(=O)C", "O=c1cc[nH]cc1"})
        EXPECT_EQ(rewritten(smiles, 0),
                  RDKit::MolToSmiles(*std::unique_ptr<RDKit::RWMol>(RDKit::SmilesToMol(smiles))));
}

}  // namespace
}  // namespace keyway::chem

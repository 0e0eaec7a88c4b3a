/// Bond orders from a SMILES, coordinates from a file that has none to trust.
#include "chem/bond_orders_from_template.hpp"

#include "ligand_support.hpp"

#include <gtest/gtest.h>

namespace keyway::chem {
namespace {

using testing::mol_block;
using testing::outcome;
using testing::TemporaryFolder;

/// Acetic acid with carbon bonded like nothing on earth.
std::string broken_acid() {
    return mol_block("a",
                     {{"O", {1.2, 1.1, 0}}, {"C", {0, 0, 0.2}}, {"O", {1.2, -1.1, 0}}, {"C", {-1.5, 0, 0}}},
                     {{1, 2, 3}, {2, 3, 2}, {2, 4, 1}});
}

TEST(BondOrdersFromTemplateTest, TakesChemistryFromTheTemplateAndCoordinatesFromTheFile) {
    const TemporaryFolder folder;
    const auto molecule = read_ligand_files({folder.write("a.sdf", broken_acid())}, "a", "CC(=O)O");
    ASSERT_EQ(outcome(molecule), "CC(=O)O");
    EXPECT_EQ(molecule.value().rung(), Rung::template_smiles);
    EXPECT_EQ(molecule.value().positions_angstrom()[0], (std::array{-1.5, 0.0, 0.0}))
        << "the template's order";
    EXPECT_EQ(molecule.value().positions_angstrom()[1], (std::array{0.0, 0.0, 0.2}));
}

TEST(BondOrdersFromTemplateTest, RefusesATemplateOfAnotherMolecule) {
    const TemporaryFolder folder;
    LigandOptions options;
    options.rescue = false;
    const auto file = folder.write("a.sdf", broken_acid());
    for (const auto* other : {"CCC(=O)O", "CC(=O)N", "CCOO"}) {
        const auto molecule = read_ligand_files({file}, "a", other, options);
        ASSERT_FALSE(molecule.ok());
        EXPECT_NE(molecule.rejection().message.find("skeletons differ"), std::string::npos)
            << molecule.rejection().message;
    }
}

}  // namespace
}  // namespace keyway::chem

/// What a molecule tells without RDKit.
#include "keyway/chem/molecule.hpp"

#include "ligand_support.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace keyway::chem {
namespace {

using testing::mol_block;
using testing::record_of;

TEST(MoleculeTest, CountsHeavyAtomsAndWritesSmiles) {
    const auto molecule = parse_smiles("[2H]C([2H])O", "a b").value();
    EXPECT_EQ(molecule.id(), "a b");
    EXPECT_EQ(molecule.rung(), Rung::clean);
    EXPECT_EQ(molecule.heavy_atoms(), 2);
    EXPECT_EQ(parse_smiles(molecule.smiles(), "x").value().smiles(), molecule.smiles());
}

TEST(MoleculeTest, GivesPositionsOfHeavyAtomsOnly) {
    const auto block =
        mol_block("a", {{"H", {9, 9, 9}}, {"C", {0, 0, 0.5}}, {"O", {1.4, 0, 0}}, {"H", {8, 8, 8}}},
                  {{1, 2, 1}, {2, 3, 1}, {3, 4, 1}});
    const auto molecule = parse_ligand(record_of(LigandFormat::sdf, block)).value();
    EXPECT_THAT(molecule.positions_angstrom(),
                ::testing::ElementsAre(std::array{0.0, 0.0, 0.5}, std::array{1.4, 0.0, 0.0}));
}

TEST(MoleculeTest, AFlatDrawingIsNoPose) {
    auto block = mol_block("a", {{"C", {0, 0, 0}}, {"O", {1.4, 0, 0}}}, {{1, 2, 1}});
    block.replace(block.find("3D"), 2, "2D");
    EXPECT_TRUE(parse_ligand(record_of(LigandFormat::sdf, block)).value().positions_angstrom().empty());
    EXPECT_TRUE(parse_smiles("CO", "x").value().positions_angstrom().empty());
}

TEST(MoleculeTest, KeepsCoordinatesWithTheirAtomsWhenASaltGoes) {
    const auto block =
        mol_block("a", {{"Cl", {7, 7, 7}}, {"C", {0, 0, 0.5}}, {"O", {1.4, 0, 0}}}, {{2, 3, 1}});
    const auto molecule = parse_ligand(record_of(LigandFormat::sdf, block)).value();
    EXPECT_EQ(molecule.smiles(), "CO");
    EXPECT_THAT(molecule.positions_angstrom(),
                ::testing::ElementsAre(std::array{0.0, 0.0, 0.5}, std::array{1.4, 0.0, 0.0}));
}

TEST(MoleculeTest, NamesEveryRung) {
    EXPECT_EQ(to_string(Rung::clean), "clean");
    EXPECT_EQ(to_string(Rung::mol2), "mol2");
    EXPECT_EQ(to_string(Rung::template_smiles), "template_smiles");
    EXPECT_EQ(to_string(Rung::partial_sanitisation), "partial_sanitisation");
}

}  // namespace
}  // namespace keyway::chem

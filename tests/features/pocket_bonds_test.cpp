/// Bonds by distance and planar rings.
#include "features/pocket_bonds.hpp"

#include "support/pdb_text.hpp"

#include "keyway/features/features.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace keyway::features {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Bond = std::array<std::int32_t, 2>;

/// One residue of kind `other` whose atoms are given as element and position.
struct Molecule {
    chem::Residue residue;
    std::vector<PlacedAtom> placed() const {
        std::vector<PlacedAtom> atoms;
        for (const auto& atom : residue.atoms) atoms.push_back({&atom, &residue, 0});
        return atoms;
    }
};

Molecule molecule(const std::vector<std::pair<int, std::array<double, 3>>>& atoms,
                  chem::ResidueKind kind = chem::ResidueKind::other) {
    Molecule result;
    result.residue.kind = kind;
    for (const auto& [element, at] : atoms) result.residue.atoms.push_back({"X", element, at, 1});
    return result;
}

/// A ring of `size` atoms with this bond length; every second atom is lifted by `pucker`.
Molecule ring(int size, double bond, double pucker) {
    std::vector<std::pair<int, std::array<double, 3>>> atoms;
    const double pi = std::acos(-1.0), flat = std::sqrt(bond * bond - 4 * pucker * pucker);
    const double radius = flat / (2 * std::sin(pi / size));
    for (int i = 0; i < size; ++i) {
        const double angle = 2 * pi * i / size;
        atoms.push_back(
            {6, {radius * std::cos(angle), radius * std::sin(angle), i % 2 == 0 ? pucker : -pucker}});
    }
    return molecule(atoms);
}

std::vector<std::uint8_t> planar(const Molecule& m) {
    const auto atoms = m.placed();
    return in_planar_ring(atoms, neighbours_of(atoms.size(), covalent_bonds(atoms)));
}

TEST(CovalentBonds, JoinAtomsCloserThanTheirRadiiAndTheTolerance) {
    // C-C: 0.76 + 0.76 + 0.45 = 1.97 A.
    const auto bonded = molecule({{6, {0, 0, 0}}, {6, {1.96, 0, 0}}});
    const auto apart = molecule({{6, {0, 0, 0}}, {6, {1.98, 0, 0}}});

    EXPECT_THAT(covalent_bonds(bonded.placed()), ElementsAre(Bond{0, 1}));
    EXPECT_THAT(covalent_bonds(apart.placed()), IsEmpty());
}

TEST(CovalentBonds, DoNotJoinTwoAtomsOnOnePlace) {
    EXPECT_THAT(covalent_bonds(molecule({{6, {0, 0, 0}}, {6, {0.3, 0, 0}}}).placed()), IsEmpty());
}

TEST(CovalentBonds, LeaveOutMetalsAndWaters) {
    EXPECT_THAT(covalent_bonds(molecule({{30, {0, 0, 0}}, {16, {1.5, 0, 0}}}).placed()), IsEmpty());
    EXPECT_THAT(
        covalent_bonds(molecule({{8, {0, 0, 0}}, {8, {1.3, 0, 0}}}, chem::ResidueKind::water).placed()),
        IsEmpty());
}

TEST(CovalentBonds, RunAlongThePeptideBond) {
    const auto structure =
        chem::read_structure_text(keyway::testing::pdb_of(keyway::testing::peptide({"GLY", "GLY"})), "test");
    const auto graph = pocket_graph(chem::cut_pocket(structure, chem::site_from_centre({6, 3, 0}), {}));

    // N CA C O of each; C of the first to N of the second.
    EXPECT_THAT(graph.bonds, ElementsAre(Bond{0, 1}, Bond{1, 2}, Bond{2, 3}, Bond{2, 4}, Bond{4, 5},
                                         Bond{5, 6}, Bond{6, 7}));
}

TEST(PlanarRings, AreFlatFiveAndSixRingsWithShortBonds) {
    EXPECT_THAT(planar(ring(6, 1.40, 0)), Each(1));
    EXPECT_THAT(planar(ring(5, 1.38, 0)), Each(1));
    EXPECT_THAT(planar(ring(6, 1.53, 0.25)), Each(0));  // cyclohexane's chair
    EXPECT_THAT(planar(ring(6, 1.40, 0.2)), Each(0));
    EXPECT_THAT(planar(ring(6, 1.55, 0)), Each(0));
    EXPECT_THAT(planar(ring(4, 1.40, 0)), Each(0));
    EXPECT_THAT(planar(ring(7, 1.40, 0)), Each(0));
}

TEST(PlanarRings, DoNotDependOnTheOrderOfAtoms) {
    auto shuffled = ring(6, 1.40, 0);
    std::swap(shuffled.residue.atoms[0], shuffled.residue.atoms[3]);
    std::swap(shuffled.residue.atoms[1], shuffled.residue.atoms[5]);
    EXPECT_THAT(planar(shuffled), Each(1));
}

}  // namespace
}  // namespace keyway::features

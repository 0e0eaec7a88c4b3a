/// Which poses are believed, and why the others are not.
#include "workflows/pose_check.hpp"

#include "keyway/chem/read_ligand.hpp"
#include "keyway/features/features.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace keyway::workflows {
namespace {

using Positions = std::vector<std::array<float, 3>>;

LigandGraph graph_of(const std::string& smiles) {
    return features::ligand_graph(chem::parse_smiles(smiles, "m").value()).value();
}

/// Six atoms on a regular hexagon with this side.
Positions hexagon(float side) {
    Positions atoms;
    for (int k = 0; k < 6; ++k) {
        const double turn = k * std::acos(-1.0) / 3;
        atoms.push_back(
            {static_cast<float>(side * std::cos(turn)), static_cast<float>(side * std::sin(turn)), 0});
    }
    return atoms;
}

std::string reason(const std::string& smiles, const Positions& pose,
                   const Positions& pocket = {{0, 0, 4}, {0, 6, 0}}) {
    const auto refused = check_pose(graph_of(smiles), pose, pocket);
    return refused ? refused->stage + " " + refused->reason : "";
}

TEST(PoseCheck, BelievesLigandsWithBondOrdersInsideThePocket) {
    EXPECT_EQ(reason("c1ccccc1", hexagon(1.39f)), "");
    EXPECT_EQ(reason("C1CCCCC1", hexagon(1.53f)), "") << "truly saturated";
}

TEST(PoseCheck, RefusesSingleBondsWithTheLengthOfAromaticOnes) {
    EXPECT_EQ(reason("C1CCCCC1", hexagon(1.39f)), "pose NO_BOND_ORDERS");
    EXPECT_EQ(reason("C=O", {{0, 0, 0}, {1.22f, 0, 0}}), "");
    EXPECT_EQ(reason("CO", {{0, 0, 0}, {1.22f, 0, 0}}), "pose NO_BOND_ORDERS");
    EXPECT_EQ(reason("CO", {{0, 0, 0}, {1.41f, 0, 0}}), "");
    EXPECT_EQ(reason("CN", {{0, 0, 0}, {1.33f, 0, 0}}), "pose NO_BOND_ORDERS");
}

TEST(PoseCheck, RefusesImpossibleGeometry) {
    EXPECT_EQ(reason("c1ccccc1", hexagon(2.7f)), "pose BOND_LENGTH");
    EXPECT_EQ(reason("c1ccccc1", hexagon(0.5f)), "pose BOND_LENGTH");
    EXPECT_EQ(reason("CO", {{0, 0, 0}, {NAN, 0, 0}}), "pose BOND_LENGTH");
    EXPECT_EQ(reason("CO", {{0, 0, 0}}), "pose ATOM_COUNT");
}

TEST(PoseCheck, RefusesLigandsInsideOrFarFromThePocket) {
    EXPECT_EQ(reason("c1ccccc1", hexagon(1.39f), {{1.39f, 0, 1}}), "pose CLASH");
    EXPECT_EQ(reason("c1ccccc1", hexagon(1.39f), {{0, 0, 9}}), "pose FAR_AWAY");
    EXPECT_EQ(reason("c1ccccc1", hexagon(1.39f), {}), "pose FAR_AWAY");
}

}  // namespace
}  // namespace keyway::workflows

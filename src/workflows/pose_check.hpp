/// Whether the coordinates of a bound ligand can be believed.
#pragma once

#include "keyway/core/result.hpp"
#include "keyway/sample/ligand_graph.hpp"
#include "keyway/sample/pocket_graph.hpp"

#include <array>
#include <optional>
#include <span>

namespace keyway::workflows {

/// What a pose must hold, each with its reason code (stage "pose"):
///
/// * ATOM_COUNT: one position for each atom of the ligand.
/// * BOND_LENGTH: bonded atoms are 0.9 to 2.6 A apart.
/// * NO_BOND_ORDERS: a ligand whose bonds are all single has no bond as short as a multiple one. Files made
///   from coordinates alone (PDB entries without a connection table) fail here: their graph would be a
///   saturated compound that nobody bound. The limits lie between single and aromatic or amide bonds: C-C
///   1.45, C-N 1.40, C-O 1.34 A.
/// * CLASH: no atom within 1.2 A of a pocket atom (a covalent bond is longer).
/// * FAR_AWAY: the nearest pocket atom is within 5 A of the ligand.
std::optional<Rejection> check_pose(const LigandGraph& ligand,
                                    std::span<const std::array<float, 3>> position_in_pocket,
                                    std::span<const std::array<float, 3>> pocket_position);

}  // namespace keyway::workflows

/// Chemistry to numbers: the only place where a feature column gets its value.
#pragma once

#include "keyway/chem/molecule.hpp"
#include "keyway/chem/pocket.hpp"
#include "keyway/core/result.hpp"
#include "keyway/sample/ligand_graph.hpp"
#include "keyway/sample/pocket_graph.hpp"

namespace keyway::features {

/// Positions relative to the site's centre; covalent bonds from distances of covalent radii
/// (+0.45 A tolerance, Open Babel's rule) within and between residues.
PocketGraph pocket_graph(const chem::Pocket& pocket);

/// Features of the heavy-atom graph; isotopes are ignored, rules on the neighbours decide donors, acceptors,
/// acids and bases (`src/features/functional_groups.hpp`). Rejects (stage "features") what the columns cannot
/// express: BOND_TYPE, HYDROGEN (a bridging or lone one), NO_HEAVY_ATOM, TOO_LARGE, FEATURES (RDKit failed).
Result<LigandGraph> ligand_graph(const chem::Molecule& molecule);

/// The ligand's heavy-atom coordinates in the pocket's frame; empty without a conformer.
std::vector<std::array<float, 3>> pose_in_pocket(const chem::Molecule& molecule, const PocketGraph& pocket);

}  // namespace keyway::features

/// The few bulk properties that decoys are matched on, from a ligand's graph alone.
#pragma once

#include "keyway/sample/ligand_graph.hpp"

namespace keyway::workflows {

struct LigandProperties {
    int heavy_atoms = 0;
    /// 1.46 + 0.11 carbons - 0.11 other heavy atoms (Mannhold et al. 2009, doi:10.1002/jps.21494).
    double log_p_estimate = 0;
    int donors = 0, acceptors = 0;
    int acids = 0, bases = 0;  ///< atoms of acidic groups; basic nitrogens
    int formal_charge = 0;
    int rotatable_bonds = 0;  ///< single, not in a ring, no end of a chain
};
LigandProperties ligand_properties(const LigandGraph& ligand);

/// 0 for equal properties; about 1 for one donor, acceptor or rotatable pair, two heavy atoms or half a unit
/// of log P apart. Charges count three times as much.
double property_distance(const LigandProperties& a, const LigandProperties& b);

}  // namespace keyway::workflows

/// Carboxylates, phosphates, guanidinium ions and the like as some programs write them to SDF and MOL2 files.
#pragma once

#include <GraphMol/RWMol.h>

namespace keyway::chem {

/// X-TOOL (PDBbind) draws every bond of a delocalised ion double, C(=O)(=O), P(=O)(=O)=O, C(=N)(=N)=N, with
/// the charge on the centre or none at all. RDKit refuses some and takes others for valence 7. Here one Lewis
/// structure with charges takes their place, and a neutral nitrogen with four bonds gets its charge. Only
/// groups that break the valence of C (4), N (3), P (5) or S (6) are touched. Hydrogens must be explicit.
/// Returns the number of atoms rewritten.
int rewrite_delocalised_groups(RDKit::RWMol& mol);

}  // namespace keyway::chem

/// Counting atoms.
#pragma once

#include <GraphMol/ROMol.h>

namespace keyway::chem {

inline int heavy_atom_count(const RDKit::ROMol& mol) {
    int count = 0;
    for (const auto* atom : mol.atoms()) count += atom->getAtomicNum() > 1;
    return count;
}

}  // namespace keyway::chem

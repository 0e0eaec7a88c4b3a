/// Which ligand atoms donate, accept, give off or take up a proton, by rules on the neighbours.
#pragma once

#include <vector>

namespace RDKit {
class ROMol;
}

namespace keyway::features {

struct AtomRole {
    bool donor = false, acceptor = false, acid = false, base = false;
};

/// [atoms]. `mol` has heavy atoms only and is sanitised. The answers are the same for the charged and the
/// neutral form of a group, except for hydrogen bonds of the hydrogen itself.
std::vector<AtomRole> functional_groups(const RDKit::ROMol& mol);

}  // namespace keyway::features

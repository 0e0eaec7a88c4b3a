/// The atom columns of `sample/columns.hpp`.
#pragma once

#include "keyway/sample/columns.hpp"
#include "keyway/sample/ligand_graph.hpp"

#include <cstdint>
#include <vector>

namespace RDKit {
class ROMol;
}

namespace keyway::features {

/// [atoms * kLigandColumnCount], row-major. `mol` has heavy atoms only, its rings are known.
std::vector<std::uint8_t> ligand_columns(const RDKit::ROMol& mol, const std::vector<StereoCentre>& stereo);

}  // namespace keyway::features

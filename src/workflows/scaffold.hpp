/// The ring system with its linkers, as a number: side chains are pruned.
#pragma once

#include "keyway/sample/ligand_graph.hpp"

#include <cstdint>

namespace keyway::workflows {

/// Equal for ligands of one Bemis-Murcko framework (doi:10.1021/jm9602928, without exocyclic double bonds),
/// whatever the order of atoms; 0 for a ligand without rings.
std::uint64_t scaffold_of(const LigandGraph& ligand);

}  // namespace keyway::workflows

/// From an unsanitised molecule to a clean one: the steps that all formats share.
#pragma once

#include "standardise.hpp"

#include <string>

namespace keyway::chem {

/// Size check, hydrogens folded, sanitised, stereo perceived (from coordinates where there are any),
/// standardised. A drawing's 2D coordinates are dropped. `rung` becomes partial_sanitisation if `how` says
/// so. `written`: the SMILES that says the same if nothing had to be changed; may be empty.
Result<Molecule> finish_ligand(MolPointer mol, std::string id, Rung rung, Sanitisation how,
                               const LigandOptions& options, std::string_view written = {});

/// RDKit is warmed up and silent when this returns; the first call does it.
void ensure_rdkit_is_ready();

}  // namespace keyway::chem

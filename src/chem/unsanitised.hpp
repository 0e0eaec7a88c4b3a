/// One record's text to an RDKit molecule that is not sanitised yet: guarded doors, one per format.
#pragma once

#include "keyway/core/result.hpp"

#include <GraphMol/RWMol.h>

#include <memory>
#include <string>
#include <string_view>

namespace keyway::chem {

using MolPointer = std::unique_ptr<RDKit::RWMol>;

/// Hydrogens are explicit as written. Chiral tags are set: from the SMILES, from wedges, or from 3D
/// coordinates. Reasons: those of `lex_smiles`, SMILES_SYNTAX, ATOM_COUNT.
Result<MolPointer> unsanitised_from_smiles(std::string_view smiles);
/// V2000 or V3000, with or without data fields behind. Reasons: NOT_ASCII, NUMBER_RANGE, NON_FINITE,
/// MOL_SYNTAX.
Result<MolPointer> unsanitised_from_mol_block(std::string_view text);
/// Reasons: NOT_ASCII, NON_FINITE, MOL2_SYNTAX.
Result<MolPointer> unsanitised_from_mol2(std::string_view text);

/// NON_FINITE if a coordinate is not a number or farther than 1e5 A from the origin.
std::optional<Rejection> check_coordinates(const RDKit::ROMol& mol);

}  // namespace keyway::chem

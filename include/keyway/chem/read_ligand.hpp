/// One record of text to one clean molecule, or the reason why not. Thread-safe.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "keyway/chem/ligand_file.hpp"
#include "keyway/chem/molecule.hpp"
#include "keyway/core/result.hpp"

namespace keyway::chem {

struct LigandOptions {
    bool largest_fragment = true;
    bool neutralise = true;
    int max_heavy_atoms = 150;
    int max_sanitise_atoms = 1000;   ///< refused before sanitisation, whose cost is cubic
    bool rescue = true;              ///< allow partial sanitisation (flagged in the molecule)
};

/// Reason codes: EMPTY, NOT_ASCII, TOO_LONG, SMILES_SYNTAX, NUMBER_RANGE, ATOM_COUNT, TOO_LARGE, VALENCE,
/// KEKULE, SANITISE, MOL_SYNTAX, MOL2_SYNTAX, METAL, NO_HEAVY_ATOM, NON_FINITE.
/// Never throws for bad input.
Result<Molecule> parse_ligand(const LigandRecord& record, const LigandOptions& options = {});
Result<Molecule> parse_smiles(std::string_view smiles, std::string id, const LigandOptions& options = {});

/// First record of the first file that parses: `.sdf`, then `.mol2`, then `.sdf` with partial sanitisation.
/// `template_smiles` (may be empty) supplies bond orders if all fail. Coordinates are kept.
Result<Molecule> read_ligand_files(const std::vector<std::filesystem::path>& files, std::string id,
                                   const std::string& template_smiles, const LigandOptions& options = {});

/// Call once on the main thread before any parsing (RDKit's start-up races); silences RDKit's log streams.
void warm_up_rdkit();

/// For messages and run.json.
std::string rdkit_version();

}  // namespace keyway::chem

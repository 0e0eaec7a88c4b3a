/// One record of text to one clean molecule, or the reason why not. Thread-safe.
#pragma once

#include "keyway/chem/ligand_file.hpp"
#include "keyway/chem/molecule.hpp"
#include "keyway/core/result.hpp"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace keyway::chem {

struct LigandOptions {
    bool largest_fragment = true;
    bool neutralise = true;
    int max_heavy_atoms = 150;
    int max_sanitise_atoms = 1000;  ///< refused before sanitisation, whose cost is cubic
    /// Allow partial sanitisation (flagged in the molecule) of SDF and MOL2 records. A SMILES that cannot be
    /// sanitised is always rejected: it is most often a typing error, and there is nothing else to go by.
    bool rescue = true;
    /// False: a SMILES that standardisation left as it was keeps its text; that saves RDKit's canonical
    /// ranking, which costs as much as reading the SMILES.
    bool canonical_smiles = true;
};

/// Reason codes. Stage "read": TOO_LONG, ROW_FIELDS. Stage "parse": EMPTY, NOT_ASCII, SMILES_SYNTAX,
/// NUMBER_RANGE, ATOM_COUNT, TOO_LARGE, VALENCE, KEKULE, SANITISE, MOL_SYNTAX, MOL2_SYNTAX, QUERY_ATOM
/// (wildcards, attachment points, R groups), NON_FINITE. Only `read_ligand_files`: UNREADABLE,
/// TEMPLATE_MISMATCH. Stage "standardise": METAL, NO_HEAVY_ATOM, TOO_LARGE. Never throws for bad input.
Result<Molecule> parse_ligand(const LigandRecord& record, const LigandOptions& options = {});
Result<Molecule> parse_smiles(std::string_view smiles, std::string id, const LigandOptions& options = {});

/// The first record of each file, tried from the most to the least trustworthy reading: SDF (or SMILES),
/// MOL2, `template_smiles` (may be empty: bond orders and charges from it, coordinates from a file whose
/// skeleton it matches), then SDF and MOL2 with partial sanitisation. Coordinates are kept. A file that
/// cannot be opened counts as one that does not parse; the rejection names every attempt.
Result<Molecule> read_ligand_files(const std::vector<std::filesystem::path>& files, const std::string& id,
                                   const std::string& template_smiles, const LigandOptions& options = {});

/// Call once on the main thread before any parsing (RDKit's start-up races); silences RDKit's log streams.
void warm_up_rdkit();

/// For messages and run.json.
std::string rdkit_version();

}  // namespace keyway::chem

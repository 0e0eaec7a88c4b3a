/// Ligand files -> one featurised HDF5 library, to be screened against any number of pockets.
#pragma once

#include "keyway/chem/ligand_file.hpp"
#include "keyway/chem/read_ligand.hpp"
#include "keyway/core/context.hpp"
#include "keyway/core/output_file.hpp"
#include "keyway/workflows/record_guard.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace keyway::workflows {

/// Records with the same canonical SMILES after standardisation. keep: each is a ligand of its own. first:
/// the first is the ligand, the others are noted in `records/`, with their ids and where they stand.
enum class Duplicates { keep, first };

struct BuildLibraryOptions {
    std::vector<std::filesystem::path> ligands;  ///< SMILES, CSV, TSV, SDF, MOL2, plain or gz, or "-"
    std::filesystem::path out;
    std::filesystem::path rejected;  ///< empty: `out` with the ending `.rejected.csv`
    IfExists if_exists = IfExists::refuse;
    Duplicates duplicates = Duplicates::keep;
    chem::LigandOptions ligand;
    chem::LigandFileOptions ligand_file;
    RecordGuard guard;
    int threads = 0;      ///< 0: all cores
    bool strict = false;  ///< any rejection fails the build
};

struct BuildLibrarySummary {
    std::uint64_t read = 0;
    std::uint64_t written = 0;     ///< ligands
    std::uint64_t duplicates = 0;  ///< records that repeat an earlier one
    std::uint64_t rejected = 0;
    std::map<std::string, std::uint64_t> rejected_by_reason;
    std::filesystem::path rejected_file;
};

/// Every record gives a ligand (in input order, with its id) or a line of the list of refused records, or
/// with `Duplicates::first` a note on the ligand that it repeats. Memory: about 60 bytes for each different
/// molecule. Throws like `build_dataset`.
BuildLibrarySummary build_library(const BuildLibraryOptions& options, const Context& context);

}  // namespace keyway::workflows

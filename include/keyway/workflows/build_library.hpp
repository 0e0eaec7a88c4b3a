/// Ligand files -> one featurised HDF5 library, to be screened against any number of pockets.
#pragma once

#include "keyway/chem/ligand_file.hpp"
#include "keyway/chem/read_ligand.hpp"
#include "keyway/core/context.hpp"
#include "keyway/core/output_file.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace keyway::workflows {

struct BuildLibraryOptions {
    std::vector<std::filesystem::path> ligands;  ///< SMILES, CSV, TSV, SDF, MOL2, plain or gz, or "-"
    std::filesystem::path out;
    std::filesystem::path rejected;  ///< empty: `out` with the ending `.rejected.csv`
    IfExists if_exists = IfExists::refuse;
    chem::LigandOptions ligand;
    chem::LigandFileOptions ligand_file;
    int threads = 0;      ///< 0: all cores
    bool strict = false;  ///< any rejection fails the build
};

struct BuildLibrarySummary {
    std::uint64_t read = 0, written = 0, rejected = 0;
    std::map<std::string, std::uint64_t> rejected_by_reason;
    std::filesystem::path rejected_file;
};

/// Every record gives a ligand (in input order, with its id, repeats included) or a line of the list of
/// refused records. Throws like `build_dataset`.
BuildLibrarySummary build_library(const BuildLibraryOptions& options, const Context& context);

}  // namespace keyway::workflows

/// Sources of labelled complexes -> one HDF5 dataset. Nothing is lost: every row of every source becomes a
/// measurement or a line of `rejected.csv`.
#pragma once

#include "keyway/chem/read_ligand.hpp"
#include "keyway/core/context.hpp"
#include "keyway/core/output_file.hpp"
#include "keyway/core/pocket_definition.hpp"
#include "keyway/records/record_source.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

namespace keyway::workflows {

struct BuildDatasetOptions {
    std::filesystem::path out;
    std::filesystem::path rejected;  ///< empty: `out` with the ending `.rejected.csv`
    IfExists if_exists = IfExists::refuse;
    PocketDefinition pocket;
    chem::LigandOptions ligand;
    int conformers = 0;   ///< for the distances inside each ligand (`chem::conformer_distances`); 0: none
    int threads = 0;      ///< 0: all cores
    bool strict = false;  ///< any refused row fails the build
};

struct BuildDatasetSummary {
    std::uint64_t read = 0, written = 0, rejected = 0;
    std::uint64_t pockets = 0, ligands = 0;
    std::map<std::string, std::uint64_t> rejected_by_reason;
    std::map<std::string, std::uint64_t> ligands_by_rung;  ///< rows by the way their ligand was read
    std::uint64_t poses = 0;                               ///< written without a row of their own
    std::map<std::string, std::uint64_t> poses_rejected_by_reason;
    std::uint64_t ligands_without_conformer = 0;  ///< of those that should have one
    std::filesystem::path rejected_file;
};

/// Parses, cuts and featurises on many threads; the file's bytes do not depend on their number. Compounds
/// with one canonical SMILES are stored once, unless their poses number the atoms differently. After the rows
/// come the source's known poses (`RecordSource::poses`): those that pass `check_pose` are stored, with their
/// pocket and ligand where these are new; the others stand in the list of refused rows too. Throws
/// Error(interrupted) when stopped, Error(input) when no row can be used or when `strict` and a row was
/// refused (the list of refused rows is written all the same), Error(output); then no dataset appears.
BuildDatasetSummary build_dataset(RecordSource& source, const BuildDatasetOptions& options,
                                  const Context& context);

/// How ligands were standardised, as one line of `name=value` pairs for passports.
std::string ligand_policy(const chem::LigandOptions& options);

/// `out` with the ending `.rejected.csv`.
std::filesystem::path default_rejected_path(const std::filesystem::path& out);

}  // namespace keyway::workflows

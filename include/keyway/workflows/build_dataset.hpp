/// Sources of labelled complexes -> one HDF5 dataset. Nothing is lost: every row of every source becomes a
/// measurement or a line of `rejected.csv`.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

#include "keyway/chem/read_ligand.hpp"
#include "keyway/core/context.hpp"
#include "keyway/core/output_file.hpp"
#include "keyway/core/pocket_definition.hpp"
#include "keyway/records/record_source.hpp"

namespace keyway::workflows {

struct BuildDatasetOptions {
    std::filesystem::path out;
    std::filesystem::path rejected;    ///< empty: `out` with the ending `.rejected.csv`
    IfExists if_exists = IfExists::refuse;
    PocketDefinition pocket;
    chem::LigandOptions ligand;
    int threads = 0;                   ///< 0: all cores
    bool strict = false;               ///< any rejection fails the build
};

struct BuildDatasetSummary {
    std::uint64_t read = 0, written = 0, rejected = 0;
    std::uint64_t pockets = 0, ligands = 0;
    std::map<std::string, std::uint64_t> rejected_by_reason;
    std::map<std::string, std::uint64_t> ligands_by_rung;
};

BuildDatasetSummary build_dataset(RecordSource& source, const BuildDatasetOptions& options, const Context& context);

}  // namespace keyway::workflows

/// What an HDF5 dataset or library holds, for people and as JSON.
#pragma once

#include "keyway/store/dataset_file.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

namespace keyway::workflows {

enum class Verify { no, yes };  ///< yes: read every byte and every record

struct DatasetDescription {
    /// Smallest, mean and largest of something; all zero when there is none.
    struct Range {
        double lowest = 0, mean = 0, highest = 0;
    };
    /// Rows and groups of one split or source.
    struct Part {
        std::uint64_t rows = 0, pockets = 0, proteins = 0, clusters = 0, assays = 0;
        std::uint64_t assays_of_five = 0;  ///< with at least 5 rows: enough to correlate within
    };
    std::filesystem::path path;
    std::uint64_t bytes = 0;
    store::DatasetPassport passport;
    Part all;
    std::map<std::string, Part> by_split, by_source;
    std::map<std::string, std::uint64_t> by_measure, by_relation;
    std::uint64_t poses = 0;  ///< known poses, with a row or without
    std::map<std::string, std::uint64_t> poses_by_split;
    std::uint64_t ligands_with_distances = 0;  ///< from computed conformers
    Range pk, pocket_atoms, pocket_tokens, pocket_residues, ligand_heavy_atoms;
    bool verified = false;
};

/// Throws like `store::DatasetReader`.
DatasetDescription inspect_dataset(const std::filesystem::path& path, Verify verify);

std::string to_text(const DatasetDescription& description);
std::string to_json(const DatasetDescription& description);

}  // namespace keyway::workflows

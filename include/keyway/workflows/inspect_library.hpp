/// What a library holds, for people and as JSON.
#pragma once

#include "keyway/store/dataset_file.hpp"

#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace keyway::workflows {

struct LibraryDescription {
    struct Row {
        std::string id, smiles, file;  ///< file: empty in a library without records
        std::int64_t line = 0;
        std::int32_t heavy_atoms = 0;
    };
    std::filesystem::path path;
    std::uint64_t bytes = 0;
    store::DatasetPassport passport;
    std::uint64_t different = 0;  ///< by canonical SMILES
    std::uint64_t repeats = 0;    ///< records that repeat an earlier one, kept or left out
    std::uint64_t left_out = 0;   ///< of those, records that have no ligand of their own
    std::map<std::string, std::uint64_t> records_by_file;
    /// Heavy atoms: quantiles 0, 5, 25, 50, 75, 95 and 100 %.
    std::array<std::int32_t, 7> heavy_atom_quantiles{};
    std::map<std::int32_t, std::uint64_t> by_heavy_atoms;  ///< lower end of a class of five -> ligands
    std::vector<Row> first_rows;
};

/// Reads all SMILES once. Throws like `store::DatasetReader`; Error(usage) for a dataset.
LibraryDescription inspect_library(const std::filesystem::path& path, std::size_t rows);

std::string to_text(const LibraryDescription& description);
std::string to_json(const LibraryDescription& description);

}  // namespace keyway::workflows

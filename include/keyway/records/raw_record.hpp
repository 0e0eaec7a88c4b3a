/// A labelled complex before any chemistry, and a record that was refused.
#pragma once

#include "keyway/core/affinity.hpp"
#include "keyway/core/result.hpp"

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace keyway {

/// Where the pocket is: exactly one of the two.
struct RawSite {
    std::filesystem::path reference_ligand;  ///< SDF or MOL2 in the protein's frame
    std::optional<std::array<double, 3>> centre_angstrom;
};

/// One row of a source. Several rows with the same `pocket_id` share structure and site.
struct RawRecord {
    std::string id;
    std::string ligand_id;  ///< the compound's own name; empty: `id`
    std::string source;     ///< label file or table
    std::uint64_t line = 0;
    std::string pocket_id;
    std::filesystem::path structure;
    RawSite site;
    /// Either a SMILES or files to be tried in order (SDF, then MOL2) whose coordinates are the bound pose.
    std::string smiles;
    std::vector<std::filesystem::path> ligand_files;
    Affinity affinity;
    std::string assay, protein, cluster, split;
};

/// One refused record; `rejected.csv` has one line for each.
struct Rejected {
    std::string id;
    std::string source;
    std::uint64_t line = 0;
    Rejection why;
};

}  // namespace keyway

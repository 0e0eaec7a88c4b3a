/// What a model has learned from, small enough to lie beside its weights: the fingerprints of its training
/// ligands and a description of its training pockets.
#pragma once

#include "keyway/core/output_file.hpp"

#include <cstdint>
#include <filesystem>
#include <limits>
#include <string>
#include <utility>
#include <vector>

namespace keyway::store {

struct DomainFile {
    struct Ligand {
        std::string id;
        std::vector<std::uint16_t> fingerprint;  ///< sorted set bits, `kFingerprintBits`
    };
    struct Pocket {
        std::string id;
        std::vector<std::pair<std::uint32_t, std::uint16_t>> counts;  ///< sorted by key
    };

    std::string training_data_sha256;  ///< as in the model's passport
    /// What is less similar than this is out of the domain; NaN: not known.
    double ligand_threshold = std::numeric_limits<double>::quiet_NaN();
    double pocket_threshold = std::numeric_limits<double>::quiet_NaN();
    std::vector<Ligand> ligands;
    std::vector<Pocket> pockets;
    std::string content_sha256;  ///< over all of the above; filled by writing and reading
};

/// Equal content gives equal bytes. Throws Error(usage), Error(output).
void write_domain_file(const std::filesystem::path& path, IfExists if_exists, const DomainFile& domain);

/// Throws Error(input) if the file cannot be opened, Error(incompatible) if it is damaged or foreign.
DomainFile read_domain_file(const std::filesystem::path& path);

}  // namespace keyway::store

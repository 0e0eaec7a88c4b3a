/// What a weights file says about itself. Stored as JSON in the safetensors metadata.
#pragma once

#include "keyway/core/pocket_definition.hpp"
#include "keyway/model/config.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace keyway::model {

struct Passport {
    int format_version = 1;
    int feature_version = 0;
    ModelConfig config;
    PocketDefinition pocket;
    std::string ligand_policy;
    std::string units = "pK = -log10(K in mol/L)";
    std::string created_by;
    std::string training_data_sha256;
    std::string training;                   ///< resolved training options, `name = value` lines
    std::map<std::string, double> metrics;  ///< for example "valid/mean_assay_spearman"
    /// What the variance head's spread is multiplied by, so that 90 % intervals hold 90 %
    /// (`set_pk_sd_scale`); 1 and absent from the file: not calibrated.
    double pk_sd_scale = 1;
    std::uint64_t seed = 0;
    std::string name;            ///< "fast", "base", ...
    std::string weights_sha256;  ///< over the tensor bytes; checked at load
};

/// Replaces `pk_sd_scale` in a weights file, atomically; tensors and golden scores stay. Throws like
/// `read_passport`, Error(failure) for a scale that is not positive, Error(output).
void set_pk_sd_scale(const std::filesystem::path& weights, double scale);

/// Indented JSON with every field; non-finite metrics become null.
std::string to_json(const Passport& passport);
/// Throws Error(incompatible) for damaged JSON, a missing or unknown field, or another format version.
Passport passport_from_json(const std::string& text);

}  // namespace keyway::model

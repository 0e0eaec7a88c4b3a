/// What a weights file says about itself. Stored as JSON in the safetensors metadata.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "keyway/core/pocket_definition.hpp"
#include "keyway/model/config.hpp"

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
    std::string training;                     ///< resolved training options, `name = value` lines
    std::map<std::string, double> metrics;    ///< for example "valid/mean_assay_spearman"
    std::uint64_t seed = 0;
    std::string name;                         ///< "fast", "base", ...
    std::string weights_sha256;               ///< over the tensor bytes; checked at load
};

}  // namespace keyway::model

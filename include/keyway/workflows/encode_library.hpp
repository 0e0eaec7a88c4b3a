/// A library's retrieval vectors: made once for a model, used by every `--prefilter`.
#pragma once

#include "keyway/core/context.hpp"
#include "keyway/core/output_file.hpp"
#include "keyway/model/network.hpp"

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace keyway::workflows {

struct EncodeLibraryOptions {
    std::filesystem::path library;  ///< HDF5 library or dataset
    std::filesystem::path out;      ///< empty: `default_vectors_path`
    IfExists if_exists = IfExists::refuse;
    int threads = 0;  ///< 0: all cores; the vectors do not depend on it
};

struct EncodeLibrarySummary {
    std::uint64_t ligands = 0;
    std::uint64_t without_vector = 0;  ///< the network failed on them: all zero, and never left out
    int width = 0;
    std::filesystem::path file;
    std::string content_sha256;
};

/// "drugs.h5" and model "fast" -> "drugs.fast.vectors.h5".
std::filesystem::path default_vectors_path(const std::filesystem::path& library,
                                           const model::Passport& model);

/// Unit vectors to int8: round(127 x). A row with a number that is not finite becomes zero.
/// vectors: [rows, width].
std::vector<std::int8_t> quantised(std::span<const float> vectors, std::size_t width);

/// Throws Error(input, incompatible) for a file that is no library, Error(usage, output) for `out`,
/// Error(interrupted) on a stop: then there is no file.
EncodeLibrarySummary encode_library(const EncodeLibraryOptions& options, const model::Predictor& predictor,
                                    const Context& context);

}  // namespace keyway::workflows

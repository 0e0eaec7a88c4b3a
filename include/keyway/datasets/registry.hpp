/// The one visible list of data sources that `keyway dataset build` can read. A new source is a folder in
/// `datasets/` and a line in `datasets/registry.cpp`.
#pragma once

#include "keyway/records/record_source.hpp"

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace keyway::datasets {

/// What a user says about the input; each source reads the fields it needs and refuses the rest.
struct SourceOptions {
    std::filesystem::path folder;                ///< pdbbind, fep16
    std::filesystem::path index;                 ///< pdbbind; empty: found inside the folder
    std::vector<std::filesystem::path> targets;  ///< tables
    std::vector<std::filesystem::path> labels;   ///< tables
    std::vector<std::string> exclude_targets;    ///< target ids whose rows are refused as EXCLUDED
};

struct SourceKind {
    std::string_view name;
    std::string_view summary;
    /// Throws Error(input) when the source cannot be read at all, Error(usage) for options that do not fit.
    std::unique_ptr<RecordSource> (*open)(const SourceOptions& options);
};

std::span<const SourceKind> source_kinds();

/// Throws Error(usage) that lists the names there are.
std::unique_ptr<RecordSource> open_source(std::string_view name, const SourceOptions& options);

}  // namespace keyway::datasets

/// What a dataset adapter implements: list labelled complexes, one at a time, without any chemistry.
#pragma once

#include "keyway/records/raw_record.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace keyway {

class RecordSource {
public:
    virtual ~RecordSource() = default;
    /// The next row: a record, or the reason why this row of the index cannot be one. Empty at the end.
    virtual std::optional<std::variant<RawRecord, Rejected>> next() = 0;
    /// Complexes whose bound ligand is known beside the rows: records with `ligand_files` whose affinity says
    /// nothing, or the reason why one cannot be used. A row that brings its own pose is not among them.
    virtual std::vector<std::variant<RawRecord, Rejected>> poses() const { return {}; }
    /// Rows in total, if cheap to know.
    virtual std::optional<std::uint64_t> size() const { return std::nullopt; }
    /// Index and label files, for the passport's hashes.
    virtual std::vector<std::filesystem::path> index_files() const = 0;
};

}  // namespace keyway

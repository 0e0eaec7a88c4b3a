/// Result rows to a file, in the order in which they come.
#pragma once

#include "result_row.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>

namespace keyway::workflows {

class RowWriter {
public:
    /// Throws Error(usage) for unfitting options or an existing file, Error(output) for an unwritable one.
    explicit RowWriter(const ScreenOptions& options);
    ~RowWriter();

    void add(const ResultRow& row);

    /// `is_complete` decides the name that the file gets; returns it.
    std::filesystem::path finish(bool is_complete);
    std::uint64_t rows_written() const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

/// From `options.format`, else from the ending of `options.out`, else tsv.
RowFormat row_format(const ScreenOptions& options);

}  // namespace keyway::workflows

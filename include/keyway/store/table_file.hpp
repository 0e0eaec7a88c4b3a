/// A table in an HDF5 file: one one-dimensional dataset for each column and their names in the attribute
/// "columns", for h5py and pandas:
///
///     pandas.DataFrame({c: file[c][:] for c in file.attrs["columns"]})
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace keyway::store {

enum class ColumnType {
    text,   ///< UTF-8 string of any length
    whole,  ///< int64; never empty
    real    ///< float64; NaN where empty
};

struct TableColumn {
    std::string name;  ///< of the dataset: no '/'
    ColumnType type = ColumnType::text;
};

/// Streams rows; memory does not grow with their number. The file is whole after `close`: the caller gives it
/// its final name then. Not thread-safe.
class TableFileWriter {
public:
    /// Replaces `path`. Throws Error(output).
    TableFileWriter(const std::filesystem::path& path, std::vector<TableColumn> columns);
    ~TableFileWriter();

    /// One field for each column, as in a text table. A number that cannot be read counts as empty.
    void add(const std::vector<std::string>& fields);
    /// Throws Error(output).
    void close();

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace keyway::store

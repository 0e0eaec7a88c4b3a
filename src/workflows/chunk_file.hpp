/// The rows of one fixed range of records, complete or not there: a chunk file.
///
/// Text, one row a line, fields separated by tabs, with \t, \n, \r and \\ written as such; rows are in the
/// order of a ranked table (`ranks_before`), so that many chunks merge as streams. The last line is
///
///     #EOF plan=0123456789abcdef chunk=12 records=8192 rows=8192 ok=8190 bytes=1234567 crc32c=01234567
///
/// where bytes and crc32c are of everything before it.
#pragma once

#include "result_row.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace keyway::workflows {

struct ChunkFooter {
    std::string plan;  ///< `RunPlan::id`
    std::uint64_t chunk = 0, records = 0, rows = 0, ok = 0, bytes = 0;
    std::uint32_t crc32c = 0;
    bool operator==(const ChunkFooter&) const = default;
};

/// Sorts and writes; the file appears whole. Several processes may write the same chunk at once. `footer` is
/// given `plan`, `chunk` and `records`; the rest is filled in.
void write_chunk(const std::filesystem::path& file, ChunkFooter footer, std::vector<ResultRow> rows);

/// The last line alone; empty if the file cannot be read, is cut off or has no such line.
std::optional<ChunkFooter> read_footer(const std::filesystem::path& file);
/// Reads every byte; empty if anything is not as the footer says.
std::optional<ChunkFooter> check_chunk(const std::filesystem::path& file);

/// Rows of a checked chunk, one after the other.
class ChunkReader {
public:
    enum class Handle { keep_open, open_when_needed };  ///< the latter: thousands of chunks at once

    /// Throws Error(input) if the file cannot be read or a row is damaged.
    ChunkReader(std::filesystem::path file, std::size_t block_bytes, Handle handle);
    ~ChunkReader();
    ChunkReader(ChunkReader&&) noexcept;
    ChunkReader& operator=(ChunkReader&&) noexcept;

    bool next(ResultRow& row);

private:
    bool fill();
    [[noreturn]] void fail(const std::string& why) const;

    std::filesystem::path file_;
    std::size_t block_bytes_;
    Handle handle_;
    int fd_ = -1;
    std::uint64_t offset_ = 0, bytes_ = 0;
    std::string buffer_;
    std::size_t at_ = 0;
};

}  // namespace keyway::workflows

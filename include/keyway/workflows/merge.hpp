/// Looking at a run folder, and making the table of one whose chunks were done by several processes.
#pragma once

#include "keyway/workflows/screen.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace keyway::workflows {

struct RunStatus {
    std::uint64_t chunks_done = 0, rows = 0, rejected = 0;
    bool has_prefilter = false;  ///< then `rejected` counts skipped rows too
    /// Empty while nobody has seen the end of the input.
    std::optional<std::uint64_t> records, chunks;
    /// In order; up to the last known chunk where the end of the input is not known.
    std::vector<std::uint64_t> missing;
    std::uint64_t chunk_records = 0, records_done = 0;
    std::vector<std::string> damaged;  ///< chunk files without a footer, or of another plan
    double records_per_second = 0;     ///< from the times of the chunk files; 0: unknown
    std::optional<double> seconds_left;
    bool finished = false;  ///< the table has been written
    std::vector<std::string> models, receptors, ligands;
    std::string command;  ///< does every missing chunk: `keyway screen ... --shard 1/1`

    bool is_complete() const { return chunks && missing.empty(); }
};

/// By the footers alone: fast, and safe while others write. Throws Error(input) if `folder` is no run folder.
RunStatus run_status(const std::filesystem::path& folder);

enum class IfIncomplete { refuse, write_what_is_there };

/// Checks every byte of every chunk and makes the table that one process would have made. `options` says how
/// the table looks and where it goes; what it belongs to is in the folder, which is not touched. Throws
/// Error(incomplete) that names missing chunks and the command that does them, Error(interrupted) once
/// `stop`, which may be null, is set: then there is no table.
ScreenSummary merge(const std::filesystem::path& folder, ScreenOptions options, IfIncomplete if_incomplete,
                    const StopFlag* stop = nullptr);

}  // namespace keyway::workflows

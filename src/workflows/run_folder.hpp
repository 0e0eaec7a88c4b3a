/// The folder of a run: its plan, its chunks, and how long the input is.
///
///     plan.json             what the run is (`RunPlan`)
///     chunk-000012.rows     complete, checked by its footer (`chunk_file.hpp`)
///     end.json              {"records": 100000}, once the end of the input has been seen
///     finished              the table is complete, and the folder was to be kept
///     lock                  held by a run, shared by its shards
///     *.part                in the making, or left by a process that was killed
#pragma once

#include "chunk_file.hpp"
#include "run_plan.hpp"

#include "keyway/core/context.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

namespace keyway::workflows {

class RunFolder {
public:
    enum class Use { alone, with_other_shards };
    enum class Existing { resume, start_anew };

    /// Makes the folder, or goes on in it. Throws Error(incompatible) that names every difference if it
    /// belongs to another run, Error(interrupted) if another process is at work in it.
    RunFolder(std::filesystem::path folder, const RunPlan& plan, Use use, Existing existing);
    /// Opens a folder to look at it. Throws Error(input) if there is none.
    explicit RunFolder(std::filesystem::path folder);
    ~RunFolder();
    RunFolder(const RunFolder&) = delete;
    RunFolder& operator=(const RunFolder&) = delete;

    const std::filesystem::path& path() const { return folder_; }
    const RunPlan& plan() const { return plan_; }

    std::filesystem::path chunk_path(std::uint64_t chunk) const;
    /// There, undamaged, and of this plan: every byte is read.
    bool has_good_chunk(std::uint64_t chunk) const;
    /// There and of this plan, by the footer alone.
    std::optional<ChunkFooter> footer(std::uint64_t chunk) const;
    void write(std::uint64_t chunk, std::uint64_t records, std::vector<ResultRow> rows) const;

    /// Records of the input, once known.
    std::optional<std::uint64_t> records() const;
    void set_records(std::uint64_t records);
    /// Number of chunks, once known.
    std::optional<std::uint64_t> chunks() const;

    /// Deletes what this class made, and the folder if nothing else is in it.
    void remove();

private:
    void take_lock(Use use);
    bool is_ours(const std::filesystem::path& file) const;

    std::filesystem::path folder_;
    RunPlan plan_;
    std::string plan_id_;
    std::optional<std::uint64_t> records_;
    int lock_ = -1;
};

/// Where `options` keeps its chunks: `work_dir`, else "hits.tsv.parts"; empty: nowhere (stdout).
std::filesystem::path run_folder_name(const ScreenOptions& options);

/// "0-4, 7, 9-12".
std::string ranges_text(const std::vector<std::uint64_t>& sorted);

}  // namespace keyway::workflows

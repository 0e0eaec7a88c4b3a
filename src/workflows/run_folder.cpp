/// Making, resuming and clearing a run folder.
#include "run_folder.hpp"

#include "keyway/core/error.hpp"
#include "keyway/core/output_file.hpp"
#include "keyway/core/text_input.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace keyway::workflows {
namespace {

namespace fs = std::filesystem;

void make_folder(const fs::path& folder) {
    if (::mkdir(folder.c_str(), 0777) == 0 || errno == EEXIST) return;
    throw Error(ErrorKind::output,
                fmt::format("cannot make the folder '{}': {}", folder.string(), std::strerror(errno)),
                "name another place for the chunks with --work-dir");
}

std::vector<fs::path> entries(const fs::path& folder) {
    std::vector<fs::path> found;
    std::error_code code;
    for (fs::directory_iterator at(folder, code), end; !code && at != end; at.increment(code))
        found.push_back(at->path());
    return found;
}

std::string read_whole(const fs::path& file) { return read_text_file(file, 64 << 20); }

}  // namespace

RunFolder::RunFolder(fs::path folder, const RunPlan& plan, Use use, Existing existing)
    : folder_(std::move(folder)), plan_(plan), plan_id_(plan.id()) {
    make_folder(folder_);
    const fs::path plan_file = folder_ / "plan.json";
    std::error_code code;
    if (!fs::exists(plan_file, code)) {
        for (const auto& entry : entries(folder_))
            if (!is_ours(entry))
                throw Error(ErrorKind::usage,
                            fmt::format("'{}' has no plan.json but other files, so it is no run folder",
                                        folder_.string()),
                            "name an empty or a new folder with --work-dir");
    }
    take_lock(use);
    try {
        if (fs::exists(plan_file, code) && existing == Existing::start_anew) {
            plan_from_json(read_whole(plan_file), plan_file);  // never clears a folder that is not a run's
            for (const auto& entry : entries(folder_))
                if (is_ours(entry) && entry.filename() != "lock") fs::remove(entry, code);
        }
        if (fs::exists(plan_file, code)) {
            const RunPlan there = plan_from_json(read_whole(plan_file), plan_file);
            const auto different = differences(plan, there);
            if (!different.empty())
                throw Error(ErrorKind::incompatible,
                            fmt::format("'{}' belongs to another run; {}", folder_.string(),
                                        fmt::join(different, "; ")),
                            "start anew with --overwrite, or keep both with another --out or --work-dir");
        } else {
            write_file(plan_file, to_json(plan), IfExists::overwrite, PartName::unique);
        }
        for (const auto& entry : entries(folder_))
            if (is_abandoned_part(entry)) fs::remove(entry, code);
    } catch (...) {
        if (lock_ >= 0) close(lock_);
        throw;
    }
}

RunFolder::RunFolder(fs::path folder) : folder_(std::move(folder)) {
    const fs::path plan_file = folder_ / "plan.json";
    std::error_code code;
    if (!fs::is_regular_file(plan_file, code))
        throw Error(ErrorKind::input,
                    fmt::format("'{}' is no run folder: it has no plan.json", folder_.string()),
                    "`keyway screen -o hits.tsv` keeps its chunks in hits.tsv.parts until it is done");
    plan_ = plan_from_json(read_whole(plan_file), plan_file);
    plan_id_ = plan_.id();
}

RunFolder::~RunFolder() {
    if (lock_ >= 0) close(lock_);
}

/// A courtesy between processes of one machine (and of file systems that share locks); where locks do not
/// work, two runs do the same work twice and nothing else.
void RunFolder::take_lock(Use use) {
    lock_ = open((folder_ / "lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (lock_ < 0)
        throw Error(ErrorKind::output,
                    fmt::format("cannot write into '{}': {}", folder_.string(), std::strerror(errno)),
                    "name another place for the chunks with --work-dir");
    if (flock(lock_, (use == Use::alone ? LOCK_EX : LOCK_SH) | LOCK_NB) == 0 || errno != EWOULDBLOCK) return;
    close(std::exchange(lock_, -1));
    throw Error(ErrorKind::interrupted, fmt::format("another keyway is at work in '{}'", folder_.string()),
                "wait for it; several processes can share one run with --shard 1/4, --shard 2/4, ...");
}

bool RunFolder::is_ours(const fs::path& file) const {
    const std::string name = file.filename().string();
    return name == "plan.json" || name == "end.json" || name == "lock" || name == "finished" ||
           name.ends_with(".part") || (name.starts_with("chunk-") && name.ends_with(".rows")) ||
           name == "incomplete.rows";
}

fs::path RunFolder::chunk_path(std::uint64_t chunk) const {
    return folder_ / fmt::format("chunk-{:06}.rows", chunk);
}

bool RunFolder::has_good_chunk(std::uint64_t chunk) const {
    const auto footer = check_chunk(chunk_path(chunk));
    return footer && footer->plan == plan_id_ && footer->chunk == chunk;
}

std::optional<ChunkFooter> RunFolder::footer(std::uint64_t chunk) const {
    const auto found = read_footer(chunk_path(chunk));
    if (!found || found->plan != plan_id_ || found->chunk != chunk) return std::nullopt;
    return found;
}

void RunFolder::write(std::uint64_t chunk, std::uint64_t records, std::vector<ResultRow> rows) const {
    ChunkFooter footer;
    footer.plan = plan_id_;
    footer.chunk = chunk;
    footer.records = records;
    write_chunk(chunk_path(chunk), footer, std::move(rows));
}

std::optional<std::uint64_t> RunFolder::records() const {
    if (records_) return records_;
    const fs::path file = folder_ / "end.json";
    std::error_code code;
    if (!fs::is_regular_file(file, code)) return std::nullopt;
    try {
        const auto json = nlohmann::json::parse(read_whole(file));
        if (json.at("plan") == plan_id_) return json.at("records").get<std::uint64_t>();
    } catch (const std::exception&) {  // it is written again when the end is seen again
    }
    return std::nullopt;
}

void RunFolder::set_records(std::uint64_t records) {
    if (this->records() != records)
        write_file(folder_ / "end.json",
                   nlohmann::json{{"plan", plan_id_}, {"records", records}}.dump() + "\n",
                   IfExists::overwrite, PartName::unique);
    records_ = records;
}

std::optional<std::uint64_t> RunFolder::chunks() const {
    const auto total = records();
    if (!total) return std::nullopt;
    return (*total + plan_.chunk_records - 1) / plan_.chunk_records;
}

/// The plan goes last: while it is there, what is missing can be done again.
void RunFolder::remove() {
    std::error_code ignored;
    for (const auto& entry : entries(folder_))
        if (is_ours(entry) && entry.filename() != "plan.json") fs::remove(entry, ignored);
    fs::remove(folder_ / "plan.json", ignored);
    fs::remove(folder_, ignored);  // only if it is empty
}

void close_run_folder(const ScreenOptions& options) {
    const fs::path name = run_folder_name(options);
    std::error_code code;
    if (name.empty() || !fs::exists(name / "plan.json", code)) return;
    RunFolder folder(name);
    if (options.keep_parts)
        write_file(name / "finished", "", IfExists::overwrite);
    else
        folder.remove();
}

bool is_run_under_way(const ScreenOptions& options) {
    const fs::path name = run_folder_name(options);
    std::error_code code;
    return !name.empty() && fs::exists(name / "plan.json", code) && !fs::exists(name / "finished", code);
}

fs::path run_folder_name(const ScreenOptions& options) {
    if (!options.work_dir.empty()) return options.work_dir;
    return options.out == "-" ? fs::path() : fs::path(options.out.string() + ".parts");
}

std::string ranges_text(const std::vector<std::uint64_t>& sorted) {
    std::string text;
    for (std::size_t i = 0; i < sorted.size();) {
        std::size_t j = i;
        while (j + 1 < sorted.size() && sorted[j + 1] == sorted[j] + 1) ++j;
        text += (i == 0 ? "" : ", ") + std::to_string(sorted[i]);
        if (j > i) text += "-" + std::to_string(sorted[j]);
        i = j + 1;
    }
    return text;
}

}  // namespace keyway::workflows

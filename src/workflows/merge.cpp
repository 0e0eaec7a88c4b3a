/// What is there, what is missing, and the table.
#include "keyway/workflows/merge.hpp"

#include "assemble.hpp"
#include "row_writer.hpp"
#include "run_folder.hpp"

#include "keyway/core/error.hpp"
#include "keyway/core/output_file.hpp"
#include "keyway/core/shell_words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <chrono>
#include <map>

namespace keyway::workflows {
namespace {

namespace fs = std::filesystem;

/// Chunk files by number, whatever is in them.
std::map<std::uint64_t, fs::path> chunk_files(const fs::path& folder) {
    std::map<std::uint64_t, fs::path> files;
    std::error_code code;
    for (fs::directory_iterator at(folder, code), end; !code && at != end; at.increment(code)) {
        const std::string name = at->path().filename().string();
        if (!name.starts_with("chunk-") || !name.ends_with(".rows")) continue;
        std::uint64_t number = 0;
        const char *start = name.data() + 6, *stop = name.data() + name.size() - 5;
        const auto [rest, error] = std::from_chars(start, stop, number);
        if (error == std::errc{} && rest == stop) files.emplace(number, at->path());
    }
    return files;
}

std::string filling_command(const RunPlan& plan, const fs::path& folder) {
    std::string command = "keyway screen";
    for (const auto& word : plan.arguments) command += " " + shell_quoted(word);
    if (std::find(plan.arguments.begin(), plan.arguments.end(), "--work-dir") == plan.arguments.end())
        command += " --work-dir " + shell_quoted(folder.string());
    return command + " --shard 1/1";
}

std::vector<std::string> names_of(const std::vector<RunPlan::Source>& sources) {
    std::vector<std::string> names;
    for (const auto& source : sources) names.push_back(source.name);
    return names;
}

/// Chunks between the first and the last moment at which one was written; a pause counts as work.
void estimate(const std::vector<std::pair<fs::file_time_type, std::uint64_t>>& written, RunStatus& status) {
    if (written.size() < 2) return;
    const auto [first, last] = std::minmax_element(written.begin(), written.end());
    const double seconds = std::chrono::duration<double>(last->first - first->first).count();
    if (seconds <= 0) return;
    status.records_per_second = static_cast<double>(status.records_done - first->second) / seconds;
    if (status.records && status.records_per_second > 0)
        status.seconds_left =
            static_cast<double>(*status.records - status.records_done) / status.records_per_second;
}

}  // namespace

RunStatus run_status(const fs::path& path) {
    const RunFolder folder(path);
    RunStatus status;
    status.records = folder.records();
    status.chunks = folder.chunks();
    status.chunk_records = folder.plan().chunk_records;
    std::error_code code;
    status.finished = fs::exists(path / "finished", code);
    status.models = names_of(folder.plan().models);
    status.receptors = names_of(folder.plan().receptors);
    status.ligands = names_of(folder.plan().ligands);
    status.has_prefilter = folder.plan().settings.count("--prefilter") > 0;
    status.command = filling_command(folder.plan(), path);

    const auto files = chunk_files(path);
    std::vector<std::pair<fs::file_time_type, std::uint64_t>> written;
    std::uint64_t expected = 0;
    for (const auto& [chunk, file] : files) {
        const auto footer = folder.footer(chunk);
        if (!footer) {
            status.damaged.push_back(file.filename().string());
            continue;
        }
        for (; expected < chunk; ++expected) status.missing.push_back(expected);
        expected = chunk + 1;
        ++status.chunks_done;
        status.rows += footer->rows;
        status.rejected += footer->rows - footer->ok;
        status.records_done += footer->records;
        written.emplace_back(fs::last_write_time(file, code), footer->records);
    }
    for (; status.chunks && expected < *status.chunks; ++expected) status.missing.push_back(expected);
    estimate(written, status);
    return status;
}

ScreenSummary merge(const fs::path& path, ScreenOptions options, IfIncomplete if_incomplete,
                    const StopFlag* stop) {
    const auto start = std::chrono::steady_clock::now();
    const RunFolder folder(path);
    const RunPlan& plan = folder.plan();
    options.ligands.clear();
    for (const auto& file : plan.ligands) options.ligands.emplace_back(file.name);
    options.receptor_names = names_of(plan.receptors);
    for (std::size_t i = 1; i < plan.models.size(); ++i) options.ensemble.push_back(plan.models[i].name);
    const auto setting = [&](const char* name) {
        const auto found = plan.settings.find(name);
        return found == plan.settings.end() ? std::string() : found->second;
    };
    if (setting("--matrix") == "yes") options.shape = RowShape::matrix;
    options.check();
    if (row_format(options) == RowFormat::sdf && setting("structure drawings") != "yes")
        throw Error(ErrorKind::usage, "the chunks hold no structures for an SDF file",
                    "screen with --format sdf, or merge to .tsv or .csv");

    const auto files = chunk_files(path);
    const std::uint64_t known = folder.chunks().value_or(files.empty() ? 0 : files.rbegin()->first + 1);
    std::vector<std::uint64_t> missing;
    std::vector<fs::path> chunks;
    for (std::uint64_t chunk = 0; chunk < known; ++chunk) {
        if (folder.has_good_chunk(chunk))
            chunks.push_back(folder.chunk_path(chunk));
        else
            missing.push_back(chunk);
    }
    if (if_incomplete == IfIncomplete::refuse && (!missing.empty() || !folder.chunks())) {
        std::string what;
        if (!missing.empty())
            what = fmt::format("{} of {}{} chunks missing or damaged: {}", missing.size(),
                               folder.chunks() ? "" : "at least ", known, ranges_text(missing));
        if (!folder.chunks())
            what += fmt::format("{}the end of the input is not reached: nothing from chunk {} on",
                                what.empty() ? "" : "; ", known);
        throw Error(ErrorKind::incomplete, fmt::format("'{}' is not complete, {}", path.string(), what),
                    fmt::format("this does what is missing: {}", filling_command(plan, path)));
    }
    if (chunks.empty())
        throw Error(ErrorKind::incomplete, fmt::format("'{}' has no complete chunk", path.string()),
                    fmt::format("this does what is missing: {}", filling_command(plan, path)));
    ScreenSummary summary;
    summary.folder = path;
    assemble(chunks, options, Completeness::complete, summary, stop);
    summary.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    return summary;
}

}  // namespace keyway::workflows

/// One pass over all rows for the counts and the rejected records, one in the order of the table.
#include "assemble.hpp"

#include "chunk_file.hpp"
#include "row_writer.hpp"

#include "keyway/core/error.hpp"
#include "keyway/core/output_file.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <queue>

namespace keyway::workflows {
namespace {

using Paths = std::vector<std::filesystem::path>;
constexpr std::size_t kBlockBytes = 1 << 16;
constexpr std::size_t kMergeBytes = 16 << 20;  ///< all blocks of a merge together
constexpr std::size_t kOpenFiles = 128;        ///< a merge of more chunks opens each when it needs it

class Stop {
public:
    explicit Stop(const StopFlag* flag) : flag_(flag) {}
    void check() const {
        if (flag_ && *flag_)
            throw Error(ErrorKind::interrupted, "interrupted while the table was written",
                        "the chunks are complete; run the same command again");
    }

private:
    const StopFlag* flag_;
};

/// Counts, and the rejected records as they came (once for each, in input order), not yet under their name.
std::optional<OutputFile> count_rows(const Paths& chunks, const ScreenOptions& options,
                                     Completeness completeness, ScreenSummary& summary, Stop stop) {
    std::optional<OutputFile> rejected_file;
    ResultRow row;
    for (const auto& path : chunks) {
        ChunkReader reader(path, kBlockBytes, ChunkReader::Handle::keep_open);
        std::vector<std::pair<std::uint64_t, std::string>> rejected;
        while (reader.next(row)) {
            stop.check();
            ++summary.read;
            ++(row.ok() ? summary.ok : row.was_skipped() ? summary.skipped : summary.rejected);
            if (row.ok() || row.was_skipped()) continue;
            ++summary.rejected_by_reason[row.reason];
            if (row.receptor == 0 && !row.rejected_text.empty())
                rejected.emplace_back(row.index, std::move(row.rejected_text));
        }
        if (options.rejected.empty() || completeness == Completeness::incomplete) continue;
        std::sort(rejected.begin(), rejected.end());
        if (!rejected.empty() && !rejected_file) rejected_file.emplace(options.rejected, options.if_exists);
        for (const auto& [index, text] : rejected) rejected_file->write(text);
    }
    return rejected_file;
}

void commit_rejected(std::optional<OutputFile> rejected_file, const ScreenOptions& options,
                     Completeness completeness, ScreenSummary& summary) {
    if (rejected_file) {
        rejected_file->commit();
        summary.rejected_file_written = true;
    } else if (completeness == Completeness::complete && !options.rejected.empty() &&
               options.rejected != "-" && options.if_exists == IfExists::overwrite) {
        std::error_code ignored;  // an earlier run's refusals must not look like this one's
        std::filesystem::remove(options.rejected, ignored);
    }
}

void write_in_input_order(const Paths& chunks, RowWriter& writer, Stop stop) {
    for (const auto& path : chunks) {
        ChunkReader reader(path, kBlockBytes, ChunkReader::Handle::keep_open);
        std::vector<ResultRow> rows(1);
        while (reader.next(rows.back())) rows.emplace_back();
        rows.pop_back();
        std::sort(rows.begin(), rows.end(), [](const ResultRow& a, const ResultRow& b) {
            return a.index != b.index ? a.index < b.index : a.receptor < b.receptor;
        });
        for (auto& row : rows) {
            stop.check();
            writer.add(std::move(row));
        }
    }
}

/// Ranks count from 1 in each receptor.
class RankedWriter {
public:
    RankedWriter(RowWriter& writer, Stop stop) : writer_(writer), stop_(stop) {}
    void add(ResultRow row) {
        stop_.check();
        if (row.ok()) row.rank = ++ranks_[row.receptor];
        writer_.add(std::move(row));
    }

private:
    RowWriter& writer_;
    Stop stop_;
    std::map<std::size_t, std::uint64_t> ranks_;
};

/// A heap of streams, the one with the next row on top.
void merge_ranked(const Paths& chunks, RankedWriter& writer) {
    struct Stream {
        ChunkReader reader;
        ResultRow row;
    };
    const auto handle =
        chunks.size() <= kOpenFiles ? ChunkReader::Handle::keep_open : ChunkReader::Handle::open_when_needed;
    const std::size_t block =
        std::clamp<std::size_t>(kMergeBytes / std::max<std::size_t>(chunks.size(), 1), 1 << 12, kBlockBytes);
    const auto later = [](const std::unique_ptr<Stream>& a, const std::unique_ptr<Stream>& b) {
        return ranks_before(b->row, a->row);
    };
    std::vector<std::unique_ptr<Stream>> heap;
    for (const auto& path : chunks) {
        auto stream = std::make_unique<Stream>(Stream{ChunkReader(path, block, handle), {}});
        if (stream->reader.next(stream->row)) heap.push_back(std::move(stream));
    }
    std::make_heap(heap.begin(), heap.end(), later);
    while (!heap.empty()) {
        std::pop_heap(heap.begin(), heap.end(), later);
        writer.add(std::move(heap.back()->row));
        if (heap.back()->reader.next(heap.back()->row))
            std::push_heap(heap.begin(), heap.end(), later);
        else
            heap.pop_back();
    }
}

/// For each receptor a heap of the best rows, the worst of them on top.
void write_top(const Paths& chunks, std::uint64_t top, RankedWriter& writer) {
    std::map<std::size_t, std::vector<ResultRow>> best;
    for (const auto& path : chunks) {
        ChunkReader reader(path, kBlockBytes, ChunkReader::Handle::keep_open);
        for (ResultRow row; reader.next(row) && row.ok();) {
            auto& heap = best[row.receptor];
            if (heap.size() == top && !ranks_before(row, heap.front())) continue;
            heap.push_back(std::move(row));
            std::push_heap(heap.begin(), heap.end(), ranks_before);
            if (heap.size() <= top) continue;
            std::pop_heap(heap.begin(), heap.end(), ranks_before);
            heap.pop_back();
        }
    }
    for (auto& [receptor, rows] : best) {
        std::sort_heap(rows.begin(), rows.end(), ranks_before);
        for (auto& row : rows) writer.add(std::move(row));
    }
}

}  // namespace

void assemble(const Paths& chunks, const ScreenOptions& options, Completeness completeness,
              ScreenSummary& summary, const StopFlag* stop_flag) {
    const Stop stop(stop_flag);
    summary.read = summary.ok = summary.rejected = summary.skipped = 0;
    summary.rejected_by_reason.clear();
    RowWriter writer(options);
    auto rejected_file = count_rows(chunks, options, completeness, summary, stop);
    RankedWriter ranked(writer, stop);
    if (options.order == RowOrder::input)
        write_in_input_order(chunks, writer, stop);
    else if (options.top > 0)
        write_top(chunks, options.top, ranked);
    else
        merge_ranked(chunks, ranked);
    commit_rejected(std::move(rejected_file), options, completeness, summary);
    summary.written = writer.finish(completeness == Completeness::complete);
    summary.rows_written = writer.rows_written();
}

}  // namespace keyway::workflows

/// The whole way of a library: records are read in order, prepared and scored in batches by all threads, kept
/// in chunks, and made into one table.
#include "keyway/workflows/screen.hpp"

#include "assemble.hpp"
#include "batch_scorer.hpp"
#include "ligand_reader.hpp"
#include "row_writer.hpp"
#include "run_folder.hpp"
#include "select_ligands.hpp"
#include "thread_count.hpp"

#include "keyway/core/error.hpp"
#include "keyway/core/ordered_pool.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <exception>
#include <functional>
#include <memory>
#include <set>
#include <utility>

namespace keyway::workflows {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;
using Sources = std::vector<std::shared_ptr<LigandSource>>;

double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

/// Rows for a pipe go there at once; everything else waits in chunks.
bool streams_to_stdout(const ScreenOptions& options) {
    return options.out == "-" && options.order == RowOrder::input && options.work_dir.empty() &&
           !options.shard;
}

/// Sorting for stdout needs room that nobody named.
class ScratchFolder {
public:
    ScratchFolder() : name_((fs::temp_directory_path() / "keyway-XXXXXX").string()) {
        if (!mkdtemp(name_.data()))
            throw Error(ErrorKind::output,
                        fmt::format("cannot make a folder in '{}'", fs::temp_directory_path().string()),
                        "set TMPDIR to a place with room, or take --order input");
    }
    ~ScratchFolder() {
        std::error_code ignored;
        fs::remove_all(name_, ignored);
    }
    ScratchFolder(const ScratchFolder&) = delete;
    ScratchFolder& operator=(const ScratchFolder&) = delete;
    fs::path path() const { return name_; }

private:
    std::string name_;
};

/// Which chunks are to be done, each looked at once.
class ChunkChoice {
public:
    ChunkChoice(const RunFolder& folder, const std::optional<Shard>& shard, LogSink& log)
        : folder_(folder), shard_(shard), log_(log) {
        const auto chunks = folder.chunks();
        if (!chunks) return;
        end_ = 0;
        for (std::uint64_t chunk = 0; chunk < *chunks; ++chunk)
            if (is_wanted(chunk)) end_ = chunk + 1;
    }

    bool is_wanted(std::uint64_t chunk) {
        if (shard_ && chunk % shard_->count != shard_->number - 1) return false;
        if (there_.count(chunk) > 0) return false;
        if (folder_.has_good_chunk(chunk)) {
            there_.insert(chunk);
            return false;
        }
        std::error_code ignored;
        if (fs::exists(folder_.chunk_path(chunk), ignored))
            log_.warning(fmt::format("chunk '{}' is damaged and done again",
                                     folder_.chunk_path(chunk).filename().string()));
        return true;
    }

    std::optional<std::uint64_t> end() const { return end_; }
    /// Those that were there before.
    std::uint64_t there() const { return there_.size(); }

private:
    const RunFolder& folder_;
    const std::optional<Shard>& shard_;
    LogSink& log_;
    std::set<std::uint64_t> there_;
    std::optional<std::uint64_t> end_;
};

/// Reads, scores and hands over batches in order; counts and times them.
void run_pipeline(LigandReader& reader, const BatchScorer& scorer, ScreenSummary& summary,
                  const Context& context, const std::function<void(ScoredBatch&&)>& consume) {
    context.progress.start("screening", "ligands", reader.size());
    const auto threads = static_cast<std::size_t>(summary.threads);
    ordered_map<LigandBatch, ScoredBatch>(
        threads, 4 * threads, [&] { return reader.next(); },
        [&](LigandBatch&& batch, std::size_t) { return scorer.score(std::move(batch)); },
        [&](ScoredBatch&& batch) {
            const auto write_start = Clock::now();
            for (const auto& row : batch.rows) {
                ++summary.read;
                ++(row.ok() ? summary.ok : row.was_skipped() ? summary.skipped : summary.rejected);
                if (!row.ok() && !row.was_skipped()) ++summary.rejected_by_reason[row.reason];
            }
            auto& seconds = summary.stage_seconds;
            seconds["read"] += batch.read_seconds;
            seconds["parse"] += batch.parse_seconds;
            seconds["features"] += batch.feature_seconds;
            seconds["score"] += batch.score_seconds;
            const auto last = batch.rows.empty() ? 0 : batch.rows.back().index + 1;
            const auto note = batch.share_read < 0
                                  ? std::string()
                                  : fmt::format("{:.0f} % of the input", 100 * batch.share_read);
            consume(std::move(batch));
            seconds["write"] += seconds_since(write_start);
            context.progress.update(last, note);
            return true;
        });
    context.progress.finish();
    summary.scored_now = summary.read;
    summary.interrupted = reader.interrupted();
}

[[noreturn]] void refuse_empty_input(const ScreenOptions& options) {
    throw Error(ErrorKind::input,
                options.ligands.front() == "-"
                    ? std::string("no ligands on standard input")
                    : fmt::format("no ligands in '{}'", options.ligands.front().string()),
                "expected SMILES (one per line), a table with a SMILES column, SDF, MOL2 or an HDF5 library");
}

/// A pipe gets its rows as they come; there is nothing to resume.
void stream(Sources sources, const BatchScorer& scorer, const ScreenOptions& options, ScreenSummary& summary,
            const Context& context) {
    LigandReader reader(std::move(sources), options, {[](std::uint64_t) { return true; }, {}}, context.stop);
    RowWriter writer(options);
    std::optional<OutputFile> rejected_file;
    run_pipeline(reader, scorer, summary, context, [&](ScoredBatch&& batch) {
        for (const auto& row : batch.rows) {
            writer.add(row);
            if (row.ok() || row.receptor > 0 || row.rejected_text.empty() || options.rejected.empty())
                continue;
            if (!rejected_file) rejected_file.emplace(options.rejected, options.if_exists);
            rejected_file->write(row.rejected_text);
        }
    });
    if (summary.read == 0 && !summary.interrupted && !reader.damage()) refuse_empty_input(options);
    summary.written = writer.finish(true);
    summary.rows_written = writer.rows_written();
    if (rejected_file && !summary.interrupted && !reader.damage()) {
        rejected_file->commit();
        summary.rejected_file_written = true;
    }
    if (reader.damage()) std::rethrow_exception(reader.damage());
}

/// Fills the folder as far as it goes.
class ChunkedRun {
public:
    ChunkedRun(RunFolder& folder, const ScreenOptions& options, const Context& context)
        : folder_(folder), options_(options), context_(context) {}

    void fill(Sources sources, const BatchScorer& scorer, ScreenSummary& summary) {
        ChunkChoice choice(folder_, options_.shard, context_.log);
        LigandReader reader(std::move(sources), options_,
                            {[&](std::uint64_t chunk) { return choice.is_wanted(chunk); }, choice.end()},
                            context_.stop);
        run_pipeline(reader, scorer, summary, context_, [&](ScoredBatch&& batch) {
            chunk_ = batch.chunk;
            records_ += batch.records;
            std::move(batch.rows.begin(), batch.rows.end(), std::back_inserter(rows_));
            if (batch.ends_chunk) write_chunk();
        });
        summary.resumed_chunks = choice.there();
        damage_ = reader.damage();
        if (!reader.at_end()) return;
        if (records_ > 0) write_chunk();
        if (reader.records() > 0) folder_.set_records(reader.records());
    }

    /// The rows so far, where the run cannot go on later.
    void write_incomplete(ScreenSummary& summary) {
        std::vector<fs::path> chunks;
        for (std::uint64_t chunk = 0; folder_.footer(chunk); ++chunk)
            chunks.push_back(folder_.chunk_path(chunk));
        if (!rows_.empty()) {
            chunks.push_back(folder_.path() / "incomplete.rows");
            ChunkFooter footer;
            footer.plan = folder_.plan().id();
            workflows::write_chunk(chunks.back(), footer, std::move(rows_));
        }
        assemble(chunks, options_, Completeness::incomplete, summary, nullptr);
    }

    std::exception_ptr damage() const { return damage_; }

private:
    void write_chunk() {
        folder_.write(chunk_, records_, std::exchange(rows_, {}));
        records_ = 0;
    }

    RunFolder& folder_;
    const ScreenOptions& options_;
    const Context& context_;
    std::uint64_t chunk_ = 0, records_ = 0;
    std::vector<ResultRow> rows_;
    std::exception_ptr damage_;
};

std::vector<RunPlan::Source> hashed_models(const ScreenOptions& options, const BatchScorer& scorer) {
    std::vector<RunPlan::Source> models;
    for (std::size_t i = 0; i <= options.ensemble.size(); ++i) {
        const auto& passport = scorer.models().member(i).passport();
        models.push_back({passport.name, 0, passport.weights_sha256});
    }
    return models;
}

std::string device_kind(const ScreenOptions& options, const model::Network& network) {
    if (options.device == "auto") return network.info().cuda_available ? "cuda" : "cpu";
    return options.device.substr(0, options.device.find(':'));
}

void run_in_chunks(Sources sources, RunPlan plan, const BatchScorer& scorer, ScreenOptions options,
                   ScreenSummary& summary, const Context& context) {
    std::optional<ScratchFolder> scratch;
    if (run_folder_name(options).empty()) options.work_dir = scratch.emplace().path();
    const bool can_go_on = plan.can_resume() && !scratch;
    if (options.shard && !plan.can_resume())
        throw Error(ErrorKind::usage, "standard input cannot be divided into shards",
                    "every shard reads the whole library: write it to a file first");
    if (!can_go_on && !scratch)
        context.log.info("standard input cannot be read twice: this run cannot be resumed");
    RunFolder folder(run_folder_name(options), plan,
                     options.shard ? RunFolder::Use::with_other_shards : RunFolder::Use::alone,
                     !can_go_on || (options.if_exists == IfExists::overwrite && !options.shard)
                         ? RunFolder::Existing::start_anew
                         : RunFolder::Existing::resume);
    summary.folder = folder.path();
    // From here on the outputs are ours: `check_outputs` or this folder's first run has found none.
    options.if_exists = IfExists::overwrite;

    ChunkedRun run(folder, options, context);
    run.fill(std::move(sources), scorer, summary);
    if (!run.damage() && !summary.interrupted && folder.records().value_or(0) == 0) {
        folder.remove();
        refuse_empty_input(options);
    }
    if (options.shard) {
        if (run.damage()) std::rethrow_exception(run.damage());
        return;
    }
    if (summary.interrupted && can_go_on) return;
    const auto write_start = Clock::now();
    if (summary.interrupted || run.damage()) {
        run.write_incomplete(summary);
        folder.remove();
        summary.folder.clear();
    } else {
        std::vector<fs::path> chunks;
        for (std::uint64_t chunk = 0; chunk < *folder.chunks(); ++chunk)
            chunks.push_back(folder.chunk_path(chunk));
        assemble(chunks, options, Completeness::complete, summary, can_go_on ? &context.stop : nullptr);
    }
    summary.stage_seconds["write"] += seconds_since(write_start);
    if (!run.damage()) return;
    context.log.warning(fmt::format("the input is damaged; the {} rows before that place are in '{}'",
                                    summary.rows_written, summary.written.string()));
    std::rethrow_exception(run.damage());
}

/// Once a receptor; a long list of receptors is left to the column.
void tell_domain(const BatchScorer& scorer, std::span<const ScreenReceptor> receptors, LogSink& log) {
    constexpr std::size_t kMostTold = 8;
    if (!scorer.domain().note().empty()) log.info(scorer.domain().note());
    for (std::size_t i = 0; i < receptors.size() && receptors.size() <= kMostTold; ++i)
        if (const auto text = describe_pocket_place(scorer.domain(), scorer.nearest_pocket(i)); !text.empty())
            log.info(receptors.size() == 1 ? text : fmt::format("{}: {}", receptors[i].name, text));
}

}  // namespace

void ScreenOptions::check() const {
    const auto need = [](bool is_good, std::string_view message, std::string_view hint = {}) {
        if (!is_good) throw Error(ErrorKind::usage, std::string(message), std::string(hint));
    };
    need(!ligands.empty(), "no ligands given", "name a file with -l, or - for standard input");
    need(std::count(ligands.begin(), ligands.end(), "-") <= 1, "standard input can be read only once",
         "give - once");
    need(threads >= 0 && threads <= 4096, fmt::format("expected 0 to 4096 threads, got {}", threads),
         "0 takes all cores");
    need(batch_size >= 1 && batch_size <= 65536,
         fmt::format("expected a batch size of 1 to 65536, got {}", batch_size), "64 is a good choice");
    need(chunk_records >= 1 && chunk_records <= 10'000'000,
         fmt::format("expected chunks of 1 to 10000000 records, got {}", chunk_records),
         "8192 is a good choice");
    need(top == 0 || order == RowOrder::ranked, "--top needs a ranked table", "take --order ranked");
    need(rejected.empty() || rejected == "-" || rejected != out,
         "rejected records and results cannot share a file", "give --rejected another name");
    need(vectors.empty() || prefilter, "--vectors without --prefilter", "take --prefilter 1%");
    if (prefilter) {
        need(ligands.size() == 1 && (is_hdf5_file(ligands[0]) || !fs::exists(ligands[0])),
             "a prefilter needs one HDF5 library", "make it with `keyway library build`");
        need(ensemble.empty() && receptor_names.size() <= 1, "a prefilter takes one model and one receptor");
    }
    if (shard) {
        need(shard->count >= 1 && shard->number >= 1 && shard->number <= shard->count,
             fmt::format("expected a shard of 1/N to N/N, got {}/{}", shard->number, shard->count),
             "--shard 2/8 is the second of eight");
        need(!run_folder_name(*this).empty(), "a shard needs a folder for its chunks",
             "name the table with --out (its chunks go beside it) or the folder with --work-dir");
    }
    guard.check();
    RowColumns{*this};  // refuses unknown names
    row_format(*this);
}

ScreenSummary screen(std::span<const ScreenReceptor> receptors, const ScreenOptions& options_in,
                     const model::Network& network, const Context& context) {
    const auto start = Clock::now();
    ScreenOptions options = options_in;
    for (const auto& receptor : receptors) options.receptor_names.push_back(receptor.name);
    options.check();
    ScreenSummary summary;
    summary.threads = thread_count(options.threads);
    summary.device = options.device;
    if (!options.rejected.empty() && !is_run_under_way(options))
        check_output_path(options.rejected, options.if_exists);

    Sources sources = open_ligand_sources(options);  // before LibTorch: readers may fork
    BatchScorer scorer(receptors, options, network);
    tell_domain(scorer, receptors, context.log);
    if (options.prefilter) {
        auto selection = select_ligands(options, scorer, context);
        summary.prefilter = std::move(selection.outcome);
        scorer.keep_only(std::move(selection.is_kept));
    }
    if (streams_to_stdout(options)) {
        stream(std::move(sources), scorer, options, summary, context);
    } else {
        std::vector<RunPlan::Source> hashed_receptors;
        for (const auto& receptor : receptors)
            hashed_receptors.push_back({receptor.name, 0, sha256_of(receptor.pocket)});
        RunPlan plan = make_plan(options, hashed_models(options, scorer), std::move(hashed_receptors),
                                 device_kind(options, network));
        plan.settings["domain"] = scorer.domain().identity().substr(0, 16);
        if (summary.prefilter) {
            plan.settings["--prefilter"] = summary.prefilter->share;
            plan.settings["vectors"] = "SHA-256 " + summary.prefilter->vectors_sha256.substr(0, 16);
        }
        run_in_chunks(std::move(sources), std::move(plan), scorer, options, summary, context);
    }
    summary.seconds = seconds_since(start);
    return summary;
}

ScreenSummary screen(const PocketGraph& pocket, const ScreenOptions& options, const model::Network& network,
                     const Context& context) {
    const ScreenReceptor receptor{pocket.id, pocket};
    return screen({&receptor, 1}, options, network, context);
}

}  // namespace keyway::workflows

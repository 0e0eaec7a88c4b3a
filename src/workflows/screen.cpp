/// The whole way of a library: records are read in order, prepared and scored in chunks by all threads, and
/// written in input order or ranked.
#include "keyway/workflows/screen.hpp"

#include "ligand_source.hpp"
#include "row_writer.hpp"
#include "thread_count.hpp"

#include "keyway/core/error.hpp"
#include "keyway/core/ordered_pool.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <exception>
#include <memory>
#include <new>

namespace keyway::workflows {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

struct Chunk {
    std::shared_ptr<const LigandSource> source;
    std::vector<RawLigand> ligands;
    double read_seconds = 0, share_read = -1;
};

struct ScoredChunk {
    std::vector<ResultRow> rows;
    std::string rejected_text;
    double read_seconds = 0, parse_seconds = 0, feature_seconds = 0, score_seconds = 0;
    double share_read = -1;
};

/// Reads the inputs one after the other. A damaged input ends the reading; the error waits until the records
/// before it are written.
class Reader {
public:
    Reader(const ScreenOptions& options, const StopFlag& stop) : options_(options), stop_(stop) {
        for (const auto& path : options.ligands) sources_.push_back(open_ligand_source(path, options));
        if (!options.rejected.empty() && options.rejected != "-")
            for (const auto& source : sources_)
                if (source->kind() != sources_.front()->kind())
                    throw Error(ErrorKind::usage, "rejected records of several formats cannot share one file",
                                "screen each format on its own, or leave out --rejected");
    }

    std::optional<Chunk> next() {
        const auto start = Clock::now();
        for (; file_ < sources_.size(); ++file_) {
            if (stop_) {
                interrupted_ = true;
                return std::nullopt;
            }
            Chunk chunk{sources_[file_], {}};
            try {
                fill(chunk);
            } catch (...) {
                damage_ = std::current_exception();
                file_ = sources_.size();
            }
            if (chunk.ligands.empty()) continue;
            chunk.read_seconds = seconds_since(start);
            chunk.share_read = sources_.size() == 1 ? sources_[0]->progress() : -1;
            return chunk;
        }
        return std::nullopt;
    }

    /// Records in total where all inputs know it.
    std::optional<std::uint64_t> size() const {
        std::uint64_t total = 0;
        for (const auto& source : sources_) {
            if (!source->size()) return std::nullopt;
            total += *source->size();
        }
        return total;
    }

    bool interrupted() const { return interrupted_; }
    std::exception_ptr damage() const { return damage_; }

private:
    void fill(Chunk& chunk) {
        while (chunk.ligands.size() < static_cast<std::size_t>(options_.batch_size)) {
            RawLigand ligand;
            if (!sources_[file_]->next(ligand)) {
                if (chunk.ligands.empty()) return;
                break;
            }
            ligand.index = index_++;
            ligand.file = file_;
            chunk.ligands.push_back(std::move(ligand));
        }
    }

    const ScreenOptions& options_;
    const StopFlag& stop_;
    std::vector<std::shared_ptr<LigandSource>> sources_;
    std::size_t file_ = 0;
    std::uint64_t index_ = 0;
    bool interrupted_ = false;
    std::exception_ptr damage_;
};

void reject(ResultRow& row, const Rejection& why) {
    row.reason = why.reason;
    row.notes = why.message;
}

/// Scores the whole chunk at once; if that fails, each ligand on its own, so that one cannot take others
/// along.
std::vector<Result<model::Prediction>> predict(const model::Predictor& predictor,
                                               const model::EncodedPocket& pocket,
                                               std::span<const LigandGraph> ligands) {
    std::vector<Result<model::Prediction>> results;
    try {
        for (const auto& prediction : predictor.predict(pocket, ligands)) results.emplace_back(prediction);
        return results;
    } catch (const std::exception& error) {
        if (ligands.size() == 1) {
            const bool is_memory = dynamic_cast<const std::bad_alloc*>(&error) != nullptr;
            results.emplace_back(
                Rejection{"score", is_memory ? "OUT_OF_MEMORY" : "SCORE_FAILED", error.what()});
            return results;
        }
    }
    results.clear();
    for (std::size_t i = 0; i < ligands.size(); ++i)
        results.push_back(predict(predictor, pocket, ligands.subspan(i, 1)).front());
    return results;
}

ScoredChunk score_chunk(Chunk&& chunk, const model::Predictor& predictor, const model::EncodedPocket& pocket,
                        WithMolBlock with_mol_block) {
    ScoredChunk scored;
    scored.read_seconds = chunk.read_seconds;
    scored.share_read = chunk.share_read;
    std::vector<LigandGraph> graphs;
    std::vector<std::size_t> row_of_graph;
    auto all_prepared = chunk.source->prepare_all(chunk.ligands, with_mol_block);
    for (std::size_t i = 0; i < all_prepared.size(); ++i) {
        const RawLigand& ligand = chunk.ligands[i];
        PreparedLigand& prepared = all_prepared[i];
        ResultRow row;
        row.index = ligand.index;
        row.line = ligand.line;
        row.file = ligand.file;
        row.id = ligand.id;
        scored.parse_seconds += prepared.parse_seconds;
        scored.feature_seconds += prepared.feature_seconds;
        scored.rejected_text += prepared.rejected_text;
        row.input_smiles = std::move(prepared.input_smiles);
        row.notes = std::move(prepared.notes);
        row.mol_block = std::move(prepared.mol_block);
        if (prepared.graph) {
            row.heavy_atoms = static_cast<int>(prepared.graph.value().atoms());
            row.smiles = prepared.graph.value().smiles;
            row_of_graph.push_back(scored.rows.size());
            graphs.push_back(std::move(prepared.graph.value()));
        } else {
            reject(row, prepared.graph.rejection());
        }
        scored.rows.push_back(std::move(row));
    }
    const auto start = Clock::now();
    if (!graphs.empty()) {
        const auto results = predict(predictor, pocket, graphs);
        for (std::size_t i = 0; i < results.size(); ++i) {
            ResultRow& row = scored.rows[row_of_graph[i]];
            if (!results[i])
                reject(row, results[i].rejection());
            else if (!std::isfinite(results[i].value().pk) || !std::isfinite(results[i].value().pk_sd))
                reject(row, {"score", "NONFINITE", "the network gave no finite number"});
            else
                row.prediction = results[i].value();
        }
    }
    scored.score_seconds = seconds_since(start);
    return scored;
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
    need(top == 0 || order == RowOrder::ranked, "--top needs a ranked table", "take --order ranked");
    need(rejected.empty() || rejected == "-" || rejected != out,
         "rejected records and results cannot share a file", "give --rejected another name");
    RowColumns(columns, order, ligands);  // refuses unknown names
    row_format(*this);
}

ScreenSummary screen(const PocketGraph& pocket, const ScreenOptions& options, const model::Network& network,
                     const Context& context) {
    const auto start = Clock::now();
    options.check();
    ScreenSummary summary;
    summary.threads = thread_count(options.threads);
    summary.device = options.device;
    const auto with_mol_block = row_format(options) == RowFormat::sdf ? WithMolBlock::yes : WithMolBlock::no;

    // Everything that can be refused is refused before the first ligand is read.
    if (!options.rejected.empty()) check_output_path(options.rejected, options.if_exists);
    Reader reader(options, context.stop);
    RowWriter writer(options);
    std::optional<OutputFile> rejected_file;

    network.set_intra_op_threads(1);  // parallel over ligands instead
    const auto predictor =
        network.load(model::resolve_model(options.model), options.device, options.precision);
    const auto encoded = predictor->encode(pocket);

    context.progress.start("screening", "ligands", reader.size());
    const auto threads = static_cast<std::size_t>(summary.threads);
    ordered_map<Chunk, ScoredChunk>(
        threads, 4 * threads, [&] { return reader.next(); },
        [&](Chunk&& chunk, std::size_t) {
            return score_chunk(std::move(chunk), *predictor, *encoded, with_mol_block);
        },
        [&](ScoredChunk&& chunk) {
            const auto write_start = Clock::now();
            for (auto& row : chunk.rows) {
                ++summary.read;
                ++(row.ok() ? summary.ok : summary.rejected);
                if (!row.ok()) ++summary.rejected_by_reason[row.reason];
                writer.add(std::move(row));
            }
            if (!chunk.rejected_text.empty() && !options.rejected.empty()) {
                if (!rejected_file) rejected_file.emplace(options.rejected, options.if_exists);
                rejected_file->write(chunk.rejected_text);
            }
            auto& seconds = summary.stage_seconds;
            seconds["read"] += chunk.read_seconds;
            seconds["parse"] += chunk.parse_seconds;
            seconds["features"] += chunk.feature_seconds;
            seconds["score"] += chunk.score_seconds;
            seconds["write"] += seconds_since(write_start);
            context.progress.update(
                summary.read,
                chunk.share_read < 0 ? "" : fmt::format("{:.0f} % of the input", 100 * chunk.share_read));
            return true;
        });
    context.progress.finish();

    summary.interrupted = reader.interrupted();
    if (summary.read == 0 && !summary.interrupted && !reader.damage())
        throw Error(
            ErrorKind::input,
            options.ligands.front() == "-"
                ? std::string("no ligands on standard input")
                : fmt::format("no ligands in '{}'", options.ligands.front().string()),
            "expected SMILES (one per line), a table with a SMILES column, SDF, MOL2 or an HDF5 library");
    const bool is_complete = !summary.interrupted && !reader.damage();
    const auto write_start = Clock::now();
    summary.written = writer.finish(is_complete);
    summary.rows_written = writer.rows_written();
    if (rejected_file && is_complete) {
        rejected_file->commit();
        summary.rejected_file_written = true;
    } else if (is_complete && !options.rejected.empty() && options.if_exists == IfExists::overwrite) {
        std::error_code ignored;  // an earlier run's refusals must not look like this one's
        std::filesystem::remove(options.rejected, ignored);
    }
    summary.stage_seconds["write"] += seconds_since(write_start);
    summary.seconds = seconds_since(start);
    if (reader.damage()) {
        context.log.warning(fmt::format("the input is damaged; the {} rows before that place are in '{}'",
                                        summary.rows_written, summary.written.string()));
        std::rethrow_exception(reader.damage());
    }
    return summary;
}

}  // namespace keyway::workflows

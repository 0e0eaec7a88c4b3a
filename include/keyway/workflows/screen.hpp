/// Receptors x library: one row out for every record in, in pieces that survive a kill.
#pragma once

#include "keyway/core/context.hpp"
#include "keyway/core/output_file.hpp"
#include "keyway/model/network.hpp"
#include "keyway/sample/pocket_graph.hpp"
#include "keyway/workflows/known_compounds.hpp"
#include "keyway/workflows/prefilter.hpp"
#include "keyway/workflows/record_guard.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#ifdef KEYWAY_WITH_CHEMISTRY
#include "keyway/chem/ligand_file.hpp"
#include "keyway/chem/pocket.hpp"
#include "keyway/chem/read_ligand.hpp"
#endif

namespace keyway::workflows {

enum class RowOrder { ranked, input };
enum class RowFormat { csv, tsv, jsonl, sdf, h5 };

/// Several receptors: one row for each receptor and record, or one row for each record with a column for each
/// receptor.
enum class RowShape { one_receptor_a_row, matrix };

/// Chunk c belongs to shard c mod count + 1: any process may take any shard, and count may change.
struct Shard {
    std::uint64_t number = 1, count = 1;  ///< 1-based
};

struct ScreenReceptor {
    std::string name;
    PocketGraph pocket;
};

struct ScreenOptions {
    std::string model;                  ///< name or path
    std::vector<std::string> ensemble;  ///< further models; predictions are averaged
    /// Measured compounds of the one receptor, which correct every prediction (`with_known_compounds`).
    std::vector<KnownCompound> known;
    std::string known_sha256;                    ///< of their file; empty: none
    std::vector<std::filesystem::path> ligands;  ///< files, "-", or an HDF5 library / dataset
    std::filesystem::path out = "-";
    /// Refused records as they came, to fix and run again: made when there is one. Empty: none. The files
    /// must be of one format (Error(usage) else).
    std::filesystem::path rejected;
    std::optional<RowFormat> format;  ///< else from the ending of `out` (".gz" aside), else tsv
    RowOrder order = RowOrder::ranked;
    /// Ranked only: the best N rows of each receptor and no rejected ones (those are counted, and in
    /// `rejected`); 0: all.
    std::uint64_t top = 0;
    RowShape shape = RowShape::one_receptor_a_row;
    std::vector<std::string> receptor_names;  ///< filled by `screen`, and by `merge` from the plan
    std::vector<std::string> columns;         ///< optional ones, in this order; empty: the default set
    IfExists if_exists = IfExists::refuse;
    bool strict = false;  ///< any rejection: exit 3 after writing everything (the caller's work)
    int threads = 0;      ///< 0: all cores
    int batch_size = 64;  ///< ligands that are parsed and scored together; results do not depend on it
    std::string device = "auto";
    RecordGuard guard;  ///< text ligands: where they are parsed, and what one may cost

    /// Where complete chunks wait for the table; empty: beside it ("hits.tsv.parts").
    std::filesystem::path work_dir;
    bool keep_parts = false;             ///< leave the folder when the table is complete
    std::uint64_t chunk_records = 8192;  ///< records of a chunk: what a kill can cost
    /// Does these chunks only and writes no table (`merge` does).
    std::optional<Shard> shard;
    std::vector<std::string> arguments;  ///< noted in the plan, so that `merge` can say what fills a gap
    model::Precision precision = model::Precision::fp32;

    /// Scores only this share of one HDF5 library, by its retrieval vectors; the others' rows are skipped.
    std::optional<PrefilterShare> prefilter;
    std::filesystem::path vectors;  ///< empty: beside the library (`default_vectors_path`)
#ifdef KEYWAY_WITH_CHEMISTRY
    chem::LigandOptions ligand;
    chem::LigandFileOptions ligand_file;
#endif

    /// Throws Error(usage) and names the option.
    void check() const;
};

/// Stable for scripts: every table starts with these, then come the optional ones.
inline constexpr std::string_view kPromisedColumns[] = {"id", "input_line", "status", "reason", "pk_pred"};

/// Half width of the 90 % interval (pk_low to pk_high) of a normal distribution, in standard deviations.
inline constexpr double kInterval90 = 1.6449;

struct ColumnHelp {
    std::string_view name, meaning;
    bool in_default_set;
};
/// The optional columns, in their default order.
std::vector<ColumnHelp> optional_columns();

struct ScreenSummary {
    /// Rows of the table, of all chunks; of a shard: what this process did.
    std::uint64_t read = 0, ok = 0, rejected = 0, skipped = 0;
    std::uint64_t scored_now = 0;      ///< rows made by this process; the others were there already
    std::uint64_t resumed_chunks = 0;  ///< chunks that were there already
    std::filesystem::path folder;      ///< where chunks are; empty: none
    std::map<std::string, std::uint64_t> rejected_by_reason;
    bool interrupted = false;
    /// Where rows are: `out`, or the name of an incomplete table after a stop; "-" for stdout.
    std::filesystem::path written;
    std::uint64_t rows_written = 0;
    bool rejected_file_written = false;
    std::optional<PrefilterOutcome> prefilter;
    std::string device;
    int threads = 0;
    double seconds = 0;
    /// Thread-seconds by stage: read, parse, features, score, write.
    std::map<std::string, double> stage_seconds;
};

/// Scores every ligand against every receptor. Rows are ordered by receptor, by pK, then by record index;
/// rejected ones (also non-finite scores: NONFINITE) and skipped ones (PREFILTER) come last, in input order.
/// Memory does not grow with the library.
///
/// Complete chunks of `chunk_records` records are kept in a run folder; the same call goes on where another
/// was stopped or killed, to the same bytes. A folder of another run (version, model, pocket, inputs, options
/// that change rows): Error(incompatible). Rows for stdout in input order go there at once, without a folder.
///
/// When asked to stop it finishes the batches in flight. What cannot be resumed (standard input, a damaged
/// file) leaves the rows so far in `incomplete_name(out)`; a damaged input then throws its Error(input).
///
/// Where all is well, the caller ends with `close_run_folder` after its own files are written.
ScreenSummary screen(std::span<const ScreenReceptor> receptors, const ScreenOptions& options,
                     const model::Network& network, const Context& context);
ScreenSummary screen(const PocketGraph& pocket, const ScreenOptions& options, const model::Network& network,
                     const Context& context);

/// Clears the folder of a complete run, or marks it as complete where `keep_parts` is set.
void close_run_folder(const ScreenOptions& options);

/// True if the outputs belong to a run that was cut off: they may be replaced.
bool is_run_under_way(const ScreenOptions& options);

/// "hits.tsv.gz" -> "hits.incomplete.tsv.gz".
std::filesystem::path incomplete_name(const std::filesystem::path& out);

/// True for a file with the HDF5 signature.
bool is_hdf5_file(const std::filesystem::path& path);

}  // namespace keyway::workflows

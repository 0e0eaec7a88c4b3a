/// One receptor, one library: one row out for every record in.
#pragma once

#include "keyway/core/context.hpp"
#include "keyway/core/output_file.hpp"
#include "keyway/model/network.hpp"
#include "keyway/sample/pocket_graph.hpp"
#include "keyway/workflows/record_guard.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
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
enum class RowFormat { csv, tsv, sdf };

struct ScreenOptions {
    std::string model;                           ///< name or path
    std::vector<std::filesystem::path> ligands;  ///< files, "-", or an HDF5 library / dataset
    std::filesystem::path out = "-";
    /// Refused records as they came, to fix and run again: made when there is one. Empty: none. The files
    /// must be of one format (Error(usage) else).
    std::filesystem::path rejected;
    std::optional<RowFormat> format;  ///< else from the ending of `out` (".gz" aside), else tsv
    RowOrder order = RowOrder::ranked;
    /// Ranked only: the best N rows and no rejected ones (those are counted, and in `rejected`); 0: all.
    std::uint64_t top = 0;
    std::vector<std::string> columns;  ///< optional ones, in this order; empty: the default set
    IfExists if_exists = IfExists::refuse;
    bool strict = false;  ///< any rejection: exit 3 after writing everything (the caller's work)
    int threads = 0;      ///< 0: all cores
    int batch_size = 64;  ///< ligands that are parsed and scored together; results do not depend on it
    std::string device = "auto";
    model::Precision precision = model::Precision::fp32;
    RecordGuard guard;  ///< text ligands: where they are parsed, and what one may cost
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
    std::uint64_t read = 0, ok = 0, rejected = 0;
    std::map<std::string, std::uint64_t> rejected_by_reason;
    bool interrupted = false;
    /// Where rows are: `out`, or the name of an incomplete table after a stop; "-" for stdout.
    std::filesystem::path written;
    std::uint64_t rows_written = 0;
    bool rejected_file_written = false;
    std::string device;
    int threads = 0;
    double seconds = 0;
    /// Thread-seconds by stage: read, parse, features, score, write.
    std::map<std::string, double> stage_seconds;
};

/// Scores every ligand against the pocket. Writes the table to `out` and counts to the summary. Rows are
/// ordered by pK, then by record index; rejected ones (also non-finite scores: NONFINITE) come last, in input
/// order. Memory does not grow with the library in input order and with `top`; ranked, the rows are held.
///
/// When asked to stop it finishes what is in flight and writes the rows so far to `incomplete_name(out)`,
/// never to `out`. A damaged input does the same, then throws its Error(input).
ScreenSummary screen(const PocketGraph& pocket, const ScreenOptions& options, const model::Network& network,
                     const Context& context);

/// "hits.tsv.gz" -> "hits.incomplete.tsv.gz".
std::filesystem::path incomplete_name(const std::filesystem::path& out);

/// True for a file with the HDF5 signature.
bool is_hdf5_file(const std::filesystem::path& path);

}  // namespace keyway::workflows

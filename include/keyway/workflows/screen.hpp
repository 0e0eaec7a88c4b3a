/// One receptor, one library: one row out for every record in.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "keyway/core/context.hpp"
#include "keyway/core/output_file.hpp"
#include "keyway/model/network.hpp"
#include "keyway/sample/pocket_graph.hpp"

#ifdef KEYWAY_WITH_CHEMISTRY
#include "keyway/chem/ligand_file.hpp"
#include "keyway/chem/pocket.hpp"
#include "keyway/chem/read_ligand.hpp"
#endif

namespace keyway::workflows {

enum class RowOrder { ranked, input };
enum class RowFormat { csv, tsv, sdf };

struct ScreenOptions {
    std::string model;                       ///< name or path
    std::vector<std::filesystem::path> ligands;   ///< files, "-", or an HDF5 library / dataset
    std::filesystem::path out = "-";
    std::filesystem::path rejected;          ///< refused records as they came, to fix and run again; empty: none
    std::optional<RowFormat> format;         ///< else from the ending of `out`, else tsv
    RowOrder order = RowOrder::ranked;
    std::uint64_t top = 0;                   ///< ranked only: keep the best N rows (rejected rows are always counted); 0: all
    std::vector<std::string> columns;        ///< optional ones, in this order; empty: the default set
    IfExists if_exists = IfExists::refuse;
    bool strict = false;                     ///< any rejection: exit 3 after writing everything
    int threads = 0;
    int batch_size = 64;
    std::string device = "auto";
#ifdef KEYWAY_WITH_CHEMISTRY
    chem::LigandOptions ligand;
    chem::LigandFileOptions ligand_file;
#endif

    void check() const;
};

struct ScreenSummary {
    std::uint64_t read = 0, ok = 0, rejected = 0;
    std::map<std::string, std::uint64_t> rejected_by_reason;
    bool interrupted = false;
    double seconds = 0;
    /// Thread-seconds by stage: read, parse, features, score, write.
    std::map<std::string, double> stage_seconds;
};

/// Scores every ligand against the pocket. Writes the table to `out` and counts to the summary.
ScreenSummary screen(const PocketGraph& pocket, const ScreenOptions& options, const model::Network& network,
                     const Context& context);

}  // namespace keyway::workflows

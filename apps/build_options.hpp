/// What the two builders have in common: output, ligand handling, the summary and run.json.
#pragma once

#include "command_line.hpp"
#include "run_record.hpp"

#include "keyway/chem/read_ligand.hpp"
#include "keyway/core/output_file.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

namespace keyway::apps {

struct BuildFlags {
    std::string out, rejected;
    bool overwrite = false, strict = false;
    bool keep_fragments = false, keep_charges = false;
    int max_heavy_atoms = 150, threads = 0;

    IfExists if_exists() const { return overwrite ? IfExists::overwrite : IfExists::refuse; }
    /// Throws Error(usage) for an impossible size.
    chem::LigandOptions ligand_options() const;
};
void add_build_options(CommandLine& line, BuildFlags& flags);

/// "43210 rows in 61 s: 43190 written, 20 refused", reasons, where the list is.
struct BuildCounts {
    std::string unit;  ///< plural: "rows"
    std::uint64_t read = 0, written = 0, rejected = 0;
    std::map<std::string, std::uint64_t> by_reason;
    std::filesystem::path rejected_file;
    double seconds = 0;
};
void report_build(const BuildCounts& counts, LogSink& log);
void add_build(RunRecord& record, const BuildCounts& counts);

}  // namespace keyway::apps

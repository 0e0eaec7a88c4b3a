/// Shared options and summary of `dataset build` and `library build`.
#include "build_options.hpp"

#include "terminal.hpp"

#include "keyway/core/error.hpp"

#include <fmt/format.h>

namespace keyway::apps {
namespace po = boost::program_options;

chem::LigandOptions BuildFlags::ligand_options() const {
    if (max_heavy_atoms < 1)
        throw Error(
            ErrorKind::usage,
            fmt::format("option '--max-heavy-atoms' cannot be {}, expected 1 or more", max_heavy_atoms));
    chem::LigandOptions options;
    options.largest_fragment = !keep_fragments;
    options.neutralise = !keep_charges;
    options.max_heavy_atoms = max_heavy_atoms;
    return options;
}

void add_build_options(CommandLine& line, BuildFlags& flags) {
    auto output = line.group("Output").add_options();
    output("out,o", po::value(&flags.out)->value_name("FILE")->required(), "HDF5 file to make");
    output("overwrite", po::bool_switch(&flags.overwrite), "replace existing files");
    output("strict", po::bool_switch(&flags.strict), "make nothing if anything is refused (exit code 3)");
    line.group("Output", CommandLine::in_full_help_only)
        .add_options()("rejected", po::value(&flags.rejected)->value_name("FILE"),
                       "CSV of what was refused and why; else OUT with the ending .rejected.csv");
    auto ligands = line.group("Ligands", CommandLine::in_full_help_only).add_options();
    ligands("keep-fragments", po::bool_switch(&flags.keep_fragments),
            "keep salts and mixtures whole, not the largest fragment");
    ligands("keep-charges", po::bool_switch(&flags.keep_charges),
            "keep charges as written, do not neutralise");
    ligands("max-heavy-atoms", po::value(&flags.max_heavy_atoms)->value_name("N")->default_value(150),
            "larger ligands are refused (TOO_LARGE)");
    line.group("Compute").add_options()("threads,t",
                                        po::value(&flags.threads)->value_name("N")->default_value(0),
                                        "0: all cores; the file does not depend on it");
}

void report_build(const BuildCounts& counts, LogSink& log) {
    log.info(fmt::format("{} {} in {}: {} written, {} refused", counts.read, counts.unit,
                         readable_duration(counts.seconds), counts.written, counts.rejected));
    for (const auto& [reason, count] : counts.by_reason) log.info(fmt::format("  {:>8}  {}", count, reason));
    if (counts.rejected > 0)
        log.info(fmt::format("each with its reason in {}", counts.rejected_file.string()));
}

void add_build(RunRecord& record, const BuildCounts& counts) {
    record.add("read", counts.read);
    record.add("written", counts.written);
    record.add("rejected", counts.rejected);
    record.add("rejected_by_reason", counts.by_reason);
    record.add("per_second", counts.seconds > 0 ? static_cast<double>(counts.read) / counts.seconds : 0.0);
}

}  // namespace keyway::apps

/// `keyway dataset build`: PDBbind folders or assay tables to one HDF5 file.
#include "build_options.hpp"
#include "command_line.hpp"
#include "dataset_verbs.hpp"

#include "keyway/core/error.hpp"
#include "keyway/datasets/registry.hpp"
#include "keyway/workflows/build_dataset.hpp"

#include <fmt/format.h>

#include <chrono>

namespace keyway::apps {
namespace po = boost::program_options;
namespace {

struct DatasetFlags {
    std::string pdbbind, index, fep16;
    std::vector<std::string> targets, labels, exclude_targets;
    PocketDefinition pocket;
    int conformers = 0;
    bool keep_waters = false, drop_metals = false, drop_cofactors = false;
    BuildFlags build;
};

void add_source_options(CommandLine& line, DatasetFlags& flags) {
    auto input = line.group("Input (one of three)").add_options();
    input("pdbbind", po::value(&flags.pdbbind)->value_name("FOLDER"),
          "complexes with a PDBbind index; any of the layouts in use");
    input("targets", po::value(&flags.targets)->value_name("FILE...")->multitoken(),
          "tables: structures and pockets (target_id, structure, reference or pocket_center_x, _y, _z)");
    input("labels", po::value(&flags.labels)->value_name("FILE...")->multitoken(),
          "tables: measured ligands (target_id, smiles, pk or value and unit); the core set first");
    input("fep16", po::value(&flags.fep16)->value_name("FOLDER"), "the 16-system free-energy benchmark");
    auto rare_input = line.group("Input (one of three)", CommandLine::in_full_help_only).add_options();
    rare_input("index", po::value(&flags.index)->value_name("FILE"),
               "PDBbind index, if the folder has several");
    rare_input("exclude-targets", po::value(&flags.exclude_targets)->value_name("ID...")->multitoken(),
               "tables: refuse the rows of these targets (EXCLUDED)");
}

void add_pocket_options(CommandLine& line, DatasetFlags& flags) {
    const auto number = [](double& value) {
        return po::value(&value)->value_name("A")->default_value(value, fmt::format("{}", value));
    };
    auto pocket = line.group("Pocket", CommandLine::in_full_help_only).add_options();
    pocket("residue-cutoff", number(flags.pocket.residue_cutoff_angstrom),
           "whole residues this close to the site belong to the pocket");
    pocket("token-cutoff", number(flags.pocket.token_cutoff_angstrom),
           "atoms this close to the site are seen directly by the ligand");
    pocket("keep-waters", po::bool_switch(&flags.keep_waters), "waters belong to the pocket");
    pocket("drop-metals", po::bool_switch(&flags.drop_metals), "metal ions do not belong to the pocket");
    pocket("drop-cofactors", po::bool_switch(&flags.drop_cofactors), "cofactors do not belong to the pocket");
}

void add_ligand_options(CommandLine& line, DatasetFlags& flags) {
    line.group("Ligands", CommandLine::in_full_help_only)
        .add_options()(
            "conformers", po::value(&flags.conformers)->value_name("N")->default_value(flags.conformers),
            "store the distances inside each ligand from the best of N computed conformers (costly); "
            "0: none");
}

/// Exactly one of the three kinds of input.
std::unique_ptr<RecordSource> open_source(const DatasetFlags& flags) {
    const bool has_tables = !flags.targets.empty() || !flags.labels.empty();
    if (int{!flags.pdbbind.empty()} + int{!flags.fep16.empty()} + int{has_tables} != 1)
        throw Error(ErrorKind::usage, "expected one input: --pdbbind, --fep16, or --targets with --labels",
                    "`keyway dataset build -h` shows examples");
    if (!flags.index.empty() && flags.pdbbind.empty())
        throw Error(ErrorKind::usage, "option '--index' needs '--pdbbind'");
    if (!flags.exclude_targets.empty() && !has_tables)
        throw Error(ErrorKind::usage, "option '--exclude-targets' needs '--targets' and '--labels'");
    datasets::SourceOptions options;
    options.folder = flags.pdbbind.empty() ? flags.fep16 : flags.pdbbind;
    options.index = flags.index;
    options.targets.assign(flags.targets.begin(), flags.targets.end());
    options.labels.assign(flags.labels.begin(), flags.labels.end());
    options.exclude_targets = flags.exclude_targets;
    return datasets::open_source(has_tables              ? "tables"
                                 : flags.pdbbind.empty() ? "fep16"
                                                         : "pdbbind",
                                 options);
}

workflows::BuildDatasetOptions build_options(const DatasetFlags& flags) {
    workflows::BuildDatasetOptions options;
    options.out = flags.build.out;
    options.rejected = flags.build.rejected;
    options.if_exists = flags.build.if_exists();
    options.pocket = flags.pocket;
    options.pocket.keep_waters = flags.keep_waters;
    options.pocket.keep_metals = !flags.drop_metals;
    options.pocket.keep_cofactors = !flags.drop_cofactors;
    for (const double cutoff : {options.pocket.residue_cutoff_angstrom, options.pocket.token_cutoff_angstrom})
        if (!(cutoff >= 2 && cutoff <= 20))
            throw Error(ErrorKind::usage, fmt::format("pocket cutoff is {} A, expected 2 to 20", cutoff));
    options.ligand = flags.build.ligand_options();
    if (flags.conformers < 0 || flags.conformers > 1000)
        throw Error(ErrorKind::usage,
                    fmt::format("--conformers: expected 0 to 1000, got {}", flags.conformers));
    options.conformers = flags.conformers;
    options.threads = flags.build.threads;
    options.strict = flags.build.strict;
    return options;
}

void report(const workflows::BuildDatasetSummary& summary, const std::string& out, LogSink& log) {
    std::uint64_t rescued = 0;
    for (const auto& [rung, count] : summary.ligands_by_rung)
        if (rung != "clean") {
            rescued += count;
            log.info(fmt::format("  {:>8}  read by {}", count, rung));
        }
    if (rescued > 0)
        log.info(fmt::format("{} ligands could not be read cleanly and were rescued as said", rescued));
    log.info(fmt::format("{}: {} measurements, {} pockets, {} different ligands", out, summary.written,
                         summary.pockets, summary.ligands));
    std::uint64_t refused = 0;
    std::string reasons;
    for (const auto& [reason, count] : summary.poses_rejected_by_reason) {
        refused += count;
        reasons += fmt::format("{}{} {}", reasons.empty() ? "" : ", ", reason, count);
    }
    if (summary.poses + refused > 0)
        log.info(fmt::format("{} poses of reference ligands; {} refused{}", summary.poses, refused,
                             refused == 0 ? "" : fmt::format(" ({})", reasons)));
}

}  // namespace

int run_dataset_build(std::span<const std::string> arguments) {
    CommandLine line("dataset build", "Complexes or assay tables to one HDF5 dataset.",
                     {"keyway dataset build --pdbbind PDBbind_v2020/ -o pdbbind.h5",
                      "keyway dataset build --targets targets.csv --labels labels.csv -o assays.h5"});
    DatasetFlags flags;
    add_source_options(line, flags);
    add_build_options(line, flags.build);
    add_pocket_options(line, flags);
    add_ligand_options(line, flags);
    line.epilogue(
        "Every row of the input becomes a measurement or a line of the list of refused rows. Columns of the "
        "tables, "
        "and how "
        "values are grouped into assays: datasets/tables/README.md.\n"
        "Exit codes: 0 done, 2 usage, 3 nothing usable (or anything refused under --strict), 74 cannot "
        "write, 75 "
        "stopped.");
    if (!line.parse(arguments)) return 0;
    const auto options = build_options(flags);
    const auto record_file = run_record_name(options.out);
    check_output_path(options.out, options.if_exists);
    check_output_path(record_file, options.if_exists);

    const Context context = line.context();
    const auto source = open_source(flags);
    RunRecord record("dataset build", arguments, line.resolved());
    for (const auto& file : source->index_files()) record.input("index", file);
    const auto start = std::chrono::steady_clock::now();
    const auto summary = workflows::build_dataset(*source, options, context);
    const BuildCounts counts{"rows",
                             summary.read,
                             summary.written,
                             summary.rejected,
                             summary.rejected_by_reason,
                             summary.rejected_file,
                             std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count()};
    report_build(counts, context.log);
    report(summary, flags.build.out, context.log);
    add_build(record, counts);
    record.add("pockets", summary.pockets);
    record.add("ligands", summary.ligands);
    record.add("ligands_by_rung", summary.ligands_by_rung);
    record.add("poses", summary.poses);
    record.add("poses_rejected_by_reason", summary.poses_rejected_by_reason);
    record.add("ligands_without_conformer", summary.ligands_without_conformer);
    record.write(record_file, options.if_exists);
    return 0;
}

}  // namespace keyway::apps

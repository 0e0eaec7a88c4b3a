/// `keyway library build`: ligand files to one featurised HDF5 library.
#include "build_options.hpp"
#include "command_line.hpp"
#include "dataset_verbs.hpp"
#include "input_options.hpp"
#include "option_values.hpp"

#include "keyway/core/error.hpp"
#include "keyway/workflows/build_library.hpp"

#include <fmt/format.h>

#include <chrono>

namespace keyway::apps {
namespace po = boost::program_options;

int run_library_build(std::span<const std::string> arguments) {
    CommandLine line("library build", "Ligand files to one featurised HDF5 library, ready for any target.",
                     {"keyway library build drugs.smi -o drugs.h5",
                      "keyway library build a.sdf.gz b.csv --smiles-column SMILES -o all.h5"});
    std::vector<std::string> ligands;
    workflows::BuildLibraryOptions options;
    BuildFlags flags;
    GuardFlags guard;
    std::string duplicates = "keep";
    bool no_header = false;
    line.group("Input").add_options()("ligands,l",
                                      po::value(&ligands)->value_name("FILE")->multitoken()->required(),
                                      "SMILES, CSV, TSV, SDF, MOL2, plain or .gz, or - for stdin");
    line.positional("ligands");
    auto rare_input = line.group("Input", CommandLine::in_full_help_only).add_options();
    rare_input("smiles-column", po::value(&options.ligand_file.smiles_column)->value_name("NAME"),
               "tables: column with the SMILES");
    rare_input("id-column", po::value(&options.ligand_file.id_column)->value_name("NAME"),
               "tables: column with the id");
    rare_input("id-tag", po::value(&options.ligand_file.id_tag)->value_name("NAME"),
               "SDF: data item with the id where the title is empty");
    rare_input("no-header", po::bool_switch(&no_header),
               "SMILES files and tables: the first line is a record");
    line.group("Output").add_options()("duplicates",
                                       po::value(&duplicates)->value_name("HOW")->default_value("keep"),
                                       "keep: a molecule that comes twice is two ligands; first: one, and "
                                       "the library notes where the others "
                                       "were");
    add_build_options(line, flags);
    add_guard_options(line, guard);
    line.epilogue(
        "Every record becomes a ligand, in input order and with its id, or a line of the list of refused "
        "records, or with --duplicates first a note on the ligand that it repeats. Two molecules are the "
        "same "
        "if their canonical SMILES after standardisation is.\n"
        "Exit codes: 0 done, 2 usage, 3 nothing usable (or anything refused under --strict), 74 cannot "
        "write, 75 "
        "stopped.");
    if (!line.parse(arguments)) return 0;

    options.ligands.assign(ligands.begin(), ligands.end());
    if (no_header) options.ligand_file.header = false;
    options.out = flags.out;
    options.rejected = flags.rejected;
    options.if_exists = flags.if_exists();
    options.ligand = flags.ligand_options();
    options.guard = record_guard(guard);
    options.duplicates = parse_choice<workflows::Duplicates>(
        "duplicates", duplicates,
        {{"keep", workflows::Duplicates::keep}, {"first", workflows::Duplicates::first}});
    options.threads = flags.threads;
    options.strict = flags.strict;
    const auto record_file = run_record_name(options.out);
    check_output_path(options.out, options.if_exists);
    check_output_path(record_file, options.if_exists);

    const Context context = line.context();
    RunRecord record("library build", arguments, line.resolved());
    for (const auto& file : options.ligands) record.input("ligands", file);
    const auto start = std::chrono::steady_clock::now();
    const auto summary = workflows::build_library(options, context);
    const BuildCounts counts{"ligands",
                             summary.read,
                             summary.written,
                             summary.rejected,
                             summary.rejected_by_reason,
                             summary.rejected_file,
                             std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count()};
    report_build(counts, context.log);
    if (summary.duplicates > 0)
        context.log.info(fmt::format("{} records repeat an earlier molecule ({})", summary.duplicates,
                                     duplicates == "keep" ? "kept" : "left out, noted in the library"));
    add_build(record, counts);
    record.add("duplicates", summary.duplicates);
    record.add("duplicates_are", duplicates == "keep" ? std::string("kept") : std::string("left out"));
    record.write(record_file, options.if_exists);
    return 0;
}

}  // namespace keyway::apps

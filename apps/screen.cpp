/// `keyway screen`: rank a library against a pocket.
#include "keyway/workflows/screen.hpp"

#include "command_line.hpp"
#include "input_options.hpp"
#include "known_option.hpp"
#include "option_values.hpp"
#include "receptor_set.hpp"
#include "results_summary.hpp"
#include "run_record.hpp"
#include "verbs.hpp"

#include "keyway/core/error.hpp"
#include "keyway/core/sha256.hpp"
#include "keyway/workflows/ensemble.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <optional>

namespace keyway::apps {
namespace po = boost::program_options;
namespace {

struct ScreenFlags {
    ReceptorSetFlags receptor;
    LigandFlags ligand;
    ComputeFlags compute;
    OutputFlags output;
    std::uint64_t top = 0;
    std::string order = "ranked";
    std::string known, work_dir, shard, prefilter, vectors;
    bool keep_parts = false, matrix = false, canonical_smiles = false;
    std::uint64_t chunk_size = 0;  ///< 0: `default_chunk_size`
};

/// The rows of a chunk, not its records, are what a killed run does again.
std::uint64_t default_chunk_size(std::size_t receptors) {
    constexpr std::uint64_t kRows = 8192, kFewest = 256;
    return std::max<std::uint64_t>(kFewest, kRows / receptors);
}

/// "2/8". `auto` is left to the script: nothing is read from a scheduler behind the user's back.
std::optional<workflows::Shard> parse_shard(const std::string& text) {
    if (text.empty()) return std::nullopt;
    workflows::Shard shard;
    char rest = 0;
    unsigned long long number = 0, count = 0;
    if (std::sscanf(text.c_str(), "%llu/%llu%c", &number, &count, &rest) != 2 || number < 1 || number > count)
        throw Error(ErrorKind::usage, fmt::format("option '--shard' cannot take '{}'", text),
                    "expected i/N with i from 1 to N, for example 2/8");
    shard.number = number;
    shard.count = count;
    return shard;
}

/// The command line without --shard, for the plan: the same for all shards.
std::vector<std::string> without_shard(std::span<const std::string> arguments) {
    std::vector<std::string> kept;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        if (arguments[i] == "--shard")
            ++i;
        else if (!arguments[i].starts_with("--shard="))
            kept.push_back(arguments[i]);
    }
    return kept;
}

void add_options(CommandLine& line, ScreenFlags& flags) {
    add_receptor_set_options(line, flags.receptor);
    add_ligand_options(line, flags.ligand);
    add_models_option(line, flags.compute.models);
#ifdef KEYWAY_WITH_CHEMISTRY
    add_known_option(line, flags.known);
#endif
    add_device_options(line, flags.compute);
    add_output_options(line, flags.output);
    line.group("Output").add_options()("top", po::value(&flags.top)->value_name("N")->default_value(0, "all"),
                                       "write only the N best (of each receptor)");
    line.group("Output").add_options()("matrix", po::bool_switch(&flags.matrix),
                                       "several receptors: one row for each ligand, ordered by its best "
                                       "receptor, and a column pk_pred:NAME for each");
    line.group("Output", CommandLine::in_full_help_only)
        .add_options()("order", po::value(&flags.order)->value_name("ORDER")->default_value("ranked"),
                       "ranked (ties by input order, rejected rows last), or input");
#ifdef KEYWAY_WITH_CHEMISTRY
    line.group("Output", CommandLine::in_full_help_only)
        .add_options()("canonical-smiles", po::bool_switch(&flags.canonical_smiles),
                       "every SMILES canonical, also one that standardisation left as it was (libraries hold "
                       "canonical ones)");
#endif
    line.group("Prefilter")
        .add_options()("prefilter", po::value(&flags.prefilter)->value_name("SHARE"),
                       "HDF5 library: score only the best SHARE (1%, or a number of ligands) by retrieval "
                       "vectors, and say how much of the top that holds");
    line.group("Prefilter", CommandLine::in_full_help_only)
        .add_options()("vectors", po::value(&flags.vectors)->value_name("FILE"),
                       "of `keyway library encode` [beside the library, made where missing]");
    line.group("Long runs")
        .add_options()("shard", po::value(&flags.shard)->value_name("i/N"),
                       "do only every N-th chunk from the i-th on, and no table: `keyway merge` "
                       "makes it; N may change between runs");
    auto long_runs = line.group("Long runs", CommandLine::in_full_help_only).add_options();
    long_runs("work-dir", po::value(&flags.work_dir)->value_name("FOLDER"),
              "where complete chunks are kept [beside --out: FILE.parts]");
    long_runs("keep-parts", po::bool_switch(&flags.keep_parts),
              "leave that folder when the table is complete");
    long_runs("chunk-size",
              po::value(&flags.chunk_size)->value_name("N")->default_value(0, "8192 / receptors"),
              "records in a chunk: what a killed run does again at most");
    line.positional("ligands");
    line.epilogue(receptor_table_help() + columns_help());
}

}  // namespace

int run_screen(std::span<const std::string> arguments) {
    CommandLine line(
        "screen",
        "Rank a library of small molecules against one or more protein pockets: one row out for every record "
        "in.",
        {"keyway screen -r 1hpv.pdb -l library.smi -o hits.tsv",
         ("keyway screen -r protein.cif.gz --autobox-ligand bound.sdf -l actives.sdf -l decoys.smi.gz "
          "--top 100 -o hits.csv"),
         "zcat big.smi.gz | keyway screen -r 1abc.pdb --site-ligand STI:A -l - --order input -o - | head",
         "keyway screen --receptors kinases.csv -l library.smi -m fast -m base --matrix -o selectivity.tsv",
         "keyway screen -r set.h5 --pocket AKT1_01 -l library.h5 -o hits.tsv"});
    ScreenFlags flags;
    add_options(line, flags);
    if (!line.parse(arguments)) return 0;

    workflows::ScreenOptions options;
    apply(flags.ligand, options);
#ifdef KEYWAY_WITH_CHEMISTRY
    options.ligand.canonical_smiles = flags.canonical_smiles;
#endif
    apply(flags.output, options);
    options.top = flags.top;
    options.order = parse_order(flags.order);
    options.work_dir = flags.work_dir;
    options.shard = parse_shard(flags.shard);
    options.keep_parts = flags.keep_parts;
    if (!flags.prefilter.empty()) options.prefilter = workflows::parse_prefilter_share(flags.prefilter);
    options.vectors = flags.vectors;
    const auto receptors = receptor_entries(flags.receptor);
    options.chunk_records = flags.chunk_size > 0 ? flags.chunk_size : default_chunk_size(receptors.size());
    if (flags.matrix && receptors.size() < 2)
        throw Error(ErrorKind::usage, "option '--matrix' needs several receptors",
                    "repeat -r, or name them in a table: --receptors TABLE");
    if (!flags.known.empty()) {
        if (receptors.size() > 1)
            throw Error(ErrorKind::usage, "option '--known' needs a single receptor",
                        "known compounds belong to one target: screen each with its own");
        check_input_file(flags.known, "--known");
    }
    if (flags.matrix) options.shape = workflows::RowShape::matrix;
    options.arguments = without_shard(arguments);
    options.device = flags.compute.device;
    options.precision = precision_of(flags.compute);
    options.threads = flags.compute.threads;
    options.batch_size = flags.compute.batch_size;
    options.check();
    for (const auto& path : options.ligands) check_input_file(path, "--ligands");
    check_outputs(options);
    apply(flags.compute.models, options.model, options.ensemble);

    const Context context = line.context();
    const model::Passport passport = model::read_passport(options.model);
    warn_of_other_ligand_policy(flags.ligand, passport, context.log);
    const auto pockets = read_pockets(receptors, passport.pocket, context.log);
#ifdef KEYWAY_WITH_CHEMISTRY
    if (!flags.known.empty()) {
        options.known = read_known_compounds(flags.known, options.ligand, context.log);
        options.known_sha256 = sha256_of_file(flags.known);
    }
#endif
    std::vector<workflows::ScreenReceptor> screened;
    for (std::size_t i = 0; i < pockets.size(); ++i)
        screened.push_back({receptors[i].name, pockets[i].graph});

    RunRecord record("screen", arguments, line.resolved());
    const auto summary = workflows::screen(screened, options, model::network(), context);
    report_results(summary, options, screened.size() == 1 || flags.matrix ? "ligands" : "rows", context.log);
    if (options.out != "-" && !summary.interrupted && !options.shard) {
        for (const auto& name : workflows::all_models(options.model, options.ensemble))
            record.input("model", name);
        if (!flags.receptor.table.empty()) record.input("receptors", flags.receptor.table);
        for (const auto& receptor : receptors) {
            record.input("receptor", receptor.flags.receptor);
            if (!receptor.flags.autobox_ligand.empty()) record.input("site", receptor.flags.autobox_ligand);
        }
        if (!flags.known.empty()) record.input("known", flags.known);
        for (const auto& path : options.ligands) record.input("ligands", path);
        if (pockets.size() == 1)
            add_pocket(record, pockets.front(), passport);
        else
            add_pockets(record, receptors, pockets, passport);
        add_results(record, summary, model::network().info());
        record.write(run_record_name(options.out), IfExists::overwrite);
    }
    if (!summary.interrupted && !options.shard) workflows::close_run_folder(options);
    return results_exit_code(summary, options);
}

}  // namespace keyway::apps

/// `keyway score`: ligands against one pocket with the contacts behind the number, or a table of pairs.
#include "keyway/workflows/score.hpp"

#include "command_line.hpp"
#include "input_options.hpp"
#include "known_option.hpp"
#include "results_summary.hpp"
#include "run_record.hpp"
#include "score_text.hpp"
#include "verbs.hpp"

#include "keyway/core/affinity.hpp"
#include "keyway/core/error.hpp"

#include <fmt/format.h>

#include <iostream>

namespace keyway::apps {
namespace po = boost::program_options;
namespace {

struct ScoreFlags {
    ReceptorFlags receptor;
    LigandFlags ligand;
    ComputeFlags compute;
    OutputFlags output;
    std::vector<std::string> smiles;
    std::string pairs, json, known;
    int contacts = 8;
};

void add_options(CommandLine& line, ScoreFlags& flags) {
    add_receptor_options(line, flags.receptor);
    add_ligand_options(line, flags.ligand);
    auto input = line.group("Ligands").add_options();
    input("smiles", po::value(&flags.smiles)->value_name("SMILES"),
          "a ligand on the command line; may be repeated");
    input("pairs", po::value(&flags.pairs)->value_name("FILE"),
          "CSV or TSV instead of -r and -l: columns receptor, ligand, optional id and site");
    add_known_option(line, flags.known);
    add_compute_options(line, flags.compute);
    add_output_options(line, flags.output);
    auto output = line.group("Output").add_options();
    output("json", po::value(&flags.json)->value_name("FILE"),
           "everything as JSON, with all contacts; - for stdout");
    output("contacts", po::value(&flags.contacts)->value_name("N")->default_value(8),
           "residues to show for each ligand");
    line.positional("ligands");
    line.epilogue(
        "Without --pairs the result is text for people (or --json); with --pairs it is a table as `keyway "
        "screen` writes it.\n"
        "\nTable of pairs: `receptor` is a structure file; `ligand` a SMILES or a file; `site` a ligand file "
        "in the protein's "
        "frame, a ligand of the structure (MK1:B:902), a residue list (A:25,B:25), or empty for the only "
        "ligand of the structure. "
        "Relative paths start at the table.\n\n" +
        columns_help());
}

/// "a SMILES given as a file" is the commonest slip.
void check_ligand_files(const ScoreFlags& flags) {
    std::error_code ignored;
    for (const auto& text : flags.ligand.ligands) {
        if (text != "-" && !std::filesystem::exists(text, ignored) && chem::parse_smiles(text, ""))
            throw Error(ErrorKind::usage,
                        fmt::format("cannot open '{}': no such file, but it reads as SMILES", text),
                        fmt::format("give it as --smiles '{}'", text));
        check_input_file(text, "--ligands");
    }
}

int score_table(const ScoreFlags& flags, std::span<const std::string> arguments, CommandLine& line) {
    if (!flags.known.empty())
        throw Error(ErrorKind::usage, "option '--known' goes without --pairs",
                    "known compounds belong to one target: -r FILE -l FILE --known FILE");
    if (!flags.receptor.receptor.empty() || !flags.ligand.ligands.empty() || !flags.smiles.empty())
        throw Error(ErrorKind::usage, "option '--pairs' goes without -r, -l and --smiles",
                    "the table names receptors and ligands");
    workflows::PairOptions options;
    options.pairs = flags.pairs;
    check_input_file(options.pairs, "--pairs");
    apply(flags.ligand, options.rows);
    apply(flags.output, options.rows);
    options.rows.order = workflows::RowOrder::input;
    apply(flags.compute.models, options.rows.model, options.rows.ensemble);
    options.rows.device = flags.compute.device;
    options.rows.threads = flags.compute.threads;
    options.het = het_policy(flags.receptor);
    check_outputs(options.rows);

    const Context context = line.context();
    RunRecord record("score", arguments, line.resolved());
    const model::Network& network = model::network();
    network.set_intra_op_threads(1);  // parallel over pairs instead
    const auto names = workflows::all_models(options.rows.model, options.rows.ensemble);
    const auto models =
        workflows::load_ensemble(names, flags.compute.device, precision_of(flags.compute), network);
    warn_of_other_ligand_policy(flags.ligand, models->passport(), context.log);
    const auto summary = workflows::score_pairs(options, *models, context);
    options.rows.ligands = {options.pairs};
    report_results(summary, options.rows, "pairs", context.log);
    if (options.rows.out != "-" && !summary.interrupted) {
        for (const auto& name : names) record.input("model", name);
        record.input("pairs", options.pairs);
        record.add("model", models->passport().name);
        record.add("pocket_definition", models->passport().pocket.to_text());
        add_results(record, summary, model::network().info());
        record.write(run_record_name(options.rows.out), options.rows.if_exists);
    }
    return results_exit_code(summary, options.rows);
}

}  // namespace

int run_score(std::span<const std::string> arguments) {
    CommandLine line(
        "score", "Predict how tightly a ligand binds a pocket, and show which residues carry the prediction.",
        {"keyway score -r 1hpv.pdb --smiles 'CC(=O)Oc1ccccc1C(=O)O'",
         "keyway score -r protein.pdb --autobox-ligand bound.sdf -l bound.sdf",
         "keyway score --pairs pairs.csv -o scores.csv"});
    ScoreFlags flags;
    add_options(line, flags);
    if (!line.parse(arguments)) return 0;
    if (flags.contacts < 0)
        throw Error(ErrorKind::usage, fmt::format("option '--contacts' cannot take '{}'", flags.contacts),
                    "expected 0 or more");
    if (!flags.pairs.empty()) return score_table(flags, arguments, line);
    if (flags.ligand.ligands.empty() && flags.smiles.empty())
        throw Error(ErrorKind::usage, "no ligand is given",
                    "-l FILE, --smiles SMILES, or a table with --pairs FILE");
    chem::warm_up_rdkit();
    check_ligand_files(flags);

    workflows::ScreenOptions options;
    apply(flags.ligand, options);
    apply(flags.output, options);
    if (!flags.json.empty() && flags.json != "-") check_output_path(flags.json, options.if_exists);
    const Context context = line.context();
    apply(flags.compute.models, options.model, options.ensemble);
    const auto pocket = read_pocket(flags.receptor, model::read_passport(options.model).pocket);
    describe_pocket(pocket, context.log);

    const std::shared_ptr<const workflows::Ensemble> models =
        workflows::load_ensemble(workflows::all_models(options.model, options.ensemble), flags.compute.device,
                                 precision_of(flags.compute), model::network());
    const model::Passport& passport = models->passport();
    warn_of_other_ligand_policy(flags.ligand, passport, context.log);
    if (!flags.known.empty()) options.known = read_known_compounds(flags.known, options.ligand, context.log);
    const auto scored = workflows::score_ligands(pocket, flags.smiles, options, models, context);
    if (context.stop) throw Error(ErrorKind::interrupted, "interrupted", "run the same command again");
    if (scored.empty())
        throw Error(ErrorKind::input, fmt::format("no ligands in '{}'", flags.ligand.ligands.front()));

    if (!flags.json.empty()) write_file(flags.json, to_json(scored, pocket, passport), options.if_exists);
    if (flags.json != "-")
        write_file(options.out, to_text(scored, pocket, passport, flags.contacts), options.if_exists);
    std::size_t rejected = 0;
    for (const auto& ligand : scored) rejected += ligand.prediction.ok() ? 0 : 1;
    if (rejected == scored.size())
        throw Error(ErrorKind::input,
                    scored.size() == 1 ? "the ligand could not be used"
                                       : fmt::format("none of the {} ligands could be used", scored.size()),
                    scored.front().prediction.rejection().message);
    if (rejected > 0 && options.strict)
        throw Error(ErrorKind::input, fmt::format("{} of {} ligands were rejected, and --strict is set",
                                                  rejected, scored.size()));
    return 0;
}

}  // namespace keyway::apps

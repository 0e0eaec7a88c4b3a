/// `keyway evaluate`: a model's numbers, beside those of its baselines.
#include "keyway/workflows/evaluate.hpp"

#include "command_line.hpp"
#include "evaluate_actives.hpp"
#include "learning_verbs.hpp"
#include "run_record.hpp"

#include "keyway/core/error.hpp"
#include "keyway/workflows/ensemble.hpp"

#include <fmt/format.h>

#include <iostream>

namespace keyway::apps {
namespace po = boost::program_options;
namespace {

struct EvaluateFlags {
    workflows::EvaluateOptions options;
    std::vector<std::string> models, data, training_data;
    std::string split_file, predictions, json, html;
    ActivesFlags screen;
    bool overwrite = false;
};

template <class Value>
po::typed_value<Value>* value(Value& target, const char* name) {
    return po::value(&target)->value_name(name)->default_value(target, fmt::format("{}", target));
}

void add_options(CommandLine& line, EvaluateFlags& flags) {
    auto& options = flags.options;
    auto model = line.group("Model and data").add_options();
    model("model,m", po::value(&flags.models)->value_name("MODEL")->default_value({"fast"}, "fast"),
          "name of an installed model, or a weights file; several, each with -m: their mean");
    model("data,d", po::value(&flags.data)->value_name("FILE"),
          "HDF5 dataset with measurements; may be repeated");
    model("split", value(options.split, "NAME"), "train, valid, test or all");
    model("training-data", po::value(&flags.training_data)->value_name("FILE"),
          "what the model was trained on: for the baselines target_mean and nearest_neighbour; may be "
          "repeated");
    auto model_more = line.group("Model and data", CommandLine::in_full_help_only).add_options();
    model_more("split-file", po::value(&flags.split_file)->value_name("FILE"),
               "CSV with the columns split and id, pocket or cluster; replaces the split of --data and of "
               "--training-data");
    add_actives_options(line, flags.screen);
    auto measure_more = line.group("Measure", CommandLine::in_full_help_only).add_options();
    measure_more(
        "series-similarity", value(options.series_similarity, "X"),
        "cut assays of all sources but the first into series of compounds with at least this Tanimoto "
        "similarity to the most typical one, as 'train' does, and rank inside them; 0: off");
    measure_more("group-by", value(options.group_by, "WHAT"), "assay or pocket: inside what rows are ranked");
    measure_more("min-group", value(options.min_group, "N"),
                 "smaller groups have no correlation of their own");
    measure_more("bootstrap-samples", value(options.bootstrap_samples, "N"),
                 "resamplings of the groups for the intervals");
    measure_more("seed", value(options.seed, "N"), "of the resampling and of the swapped pockets");
    auto measure = line.group("Measure").add_options();
    measure("known", po::value(&options.known_counts)->value_name("N"),
            "also with N random compounds of each group known, the rest ranked; may be repeated");
    measure("enrichment", po::bool_switch(&options.enrichment),
            "also actives of each protein among 40 property-matched compounds of other proteins each");
    measure_more("decoys-from", value(options.decoys_from, "WHAT"),
                 "for --enrichment: data (all its splits; most are training compounds), or only the split");
    measure_more("calibrate", po::bool_switch(&options.calibrate),
                 "write the scale of pk_sd for which 90 % intervals hold 90 % of a new homolog cluster into "
                 "the weights "
                 "file; with --training-data also domain.h5 beside it (what in_domain is judged by)");
    measure_more("draws", value(options.known_draws, "N"), "random choices of known compounds, averaged");
    auto output = line.group("Output").add_options();
    output("json", po::value(&flags.json)->value_name("FILE"),
           "everything as JSON; -: to stdout, instead of the table");
    output("html", po::value(&flags.html)->value_name("FILE"),
           "a page with plots; opens in any browser, needs no network");
    output("predictions", po::value(&flags.predictions)->value_name("FILE"),
           "CSV with every row and every prediction");
    output("overwrite", po::bool_switch(&flags.overwrite), "replace existing files");
    auto compute = line.group("Compute").add_options();
    compute("threads,t", value(options.threads, "N"), "0: all cores; results do not depend on it");
    auto compute_more = line.group("Compute", CommandLine::in_full_help_only).add_options();
    compute_more("device", value(options.device, "DEVICE"), "auto, cpu, cuda or cuda:K");
}

constexpr auto kEpilogue =
    "All values are pK = -log10(K in mol/L); higher is tighter. The first number of the table is the mean "
    "Spearman "
    "correlation within groups (assays), with a 95 % interval from resampling groups. Bounds (< and >) are "
    "counted "
    "and left out. \"model minus it\" is the paired difference over groups; an interval that holds 0 shows "
    "no "
    "difference.\n"
    "\n"
    "Baselines:\n"
    "  heavy_atoms: rank by size alone; a model that does not beat this has learnt nothing useful\n"
    "  target_mean: mean training pK of the protein, else its cluster, else everything; constant within an "
    "assay\n"
    "  nearest_neighbour: similarity-weighted mean of the 5 nearest training compounds (ECFP4, Tanimoto)\n"
    "  pocket_blanked: the same model without the pocket; the difference is what the pocket adds\n"
    "  pocket_swapped: the same model with the pocket of an unrelated protein of the set\n"
    "\n"
    "Enrichment: actives have pK >= 7 on the protein (at most 40, at least 5); decoys are alike in size, log "
    "P, "
    "donors, acceptors, charges and rotatable bonds, and were never measured on a protein of that family. "
    "EF 1 %: actives among the first ceil(1 % of N) over what chance puts there; BEDROC: Truchon and Bayly "
    "2007, "
    "alpha 20 (--json: 80.5 too); equal scores count as their mean over all orders.\n";

void write_outputs(const EvaluateFlags& flags, const workflows::EvaluateResult& result, RunRecord& record) {
    const auto if_exists = flags.options.if_exists;
    const std::string json = workflows::to_json(result);
    if (flags.json == "-") {
        std::cout << json;
    } else {
        std::cout << workflows::to_text(result);
        if (!flags.json.empty()) write_file(flags.json, json, if_exists);
    }
    if (!flags.html.empty()) write_file(flags.html, workflows::to_html(result), if_exists);
    const std::string main_file = !flags.json.empty() && flags.json != "-" ? flags.json
                                  : !flags.html.empty()                    ? flags.html
                                                                           : flags.predictions;
    if (main_file.empty()) return;
    for (const auto& name : workflows::all_models(flags.options.model, flags.options.ensemble))
        record.input("model", model::resolve_model(name));
    for (const auto& path : flags.options.datasets) record.input("data", path);
    for (const auto& path : flags.options.training_data) record.input("training data", path);
    record.add("rows", result.rows);
    record.add("censored_left_out", result.censored_left_out);
    record.add("notes", result.notes);
    record.write(run_record_name(main_file), if_exists);
}

}  // namespace

int run_evaluate(std::span<const std::string> arguments) {
    CommandLine line(
        "evaluate",
        "Measure a model on labelled datasets, or on actives and decoys of one target, always beside its "
        "baselines.",
        {"keyway evaluate -m fast -d fep16.h5 --training-data core.h5 --json fep16.json",
         "keyway evaluate -m runs/first/weights.safetensors -d core.h5 --split valid --enrichment --html "
         "valid.html",
         "keyway evaluate -m fast -r 1hpv.pdb --actives actives.smi --decoys decoys.smi.gz --html hpv.html"});
    EvaluateFlags flags;
    add_options(line, flags);
    line.positional("data");
    line.epilogue(kEpilogue);
    if (!line.parse(arguments)) return 0;

    auto& options = flags.options;
    options.model = flags.models.front();
    options.ensemble.assign(flags.models.begin() + 1, flags.models.end());
    options.datasets.assign(flags.data.begin(), flags.data.end());
    options.training_data.assign(flags.training_data.begin(), flags.training_data.end());
    options.split_file = flags.split_file;
    options.predictions = flags.predictions;
    options.if_exists = flags.overwrite ? IfExists::overwrite : IfExists::refuse;
    if (!flags.screen.actives.empty() || !flags.screen.decoys.empty())
        return run_actives({flags.screen, options, flags.json, flags.html}, arguments, line);
    if (!flags.screen.receptor.receptor.empty())
        throw Error(ErrorKind::usage, "option '--receptor' goes with --actives and --decoys",
                    "datasets bring their own pockets");
    options.check();
    if (!flags.html.empty()) check_output_path(flags.html, options.if_exists);
    if (!flags.json.empty() && flags.json != "-") check_output_path(flags.json, options.if_exists);

    const Context context = line.context();
    RunRecord record("evaluate", arguments, line.resolved());
    const workflows::EvaluateResult result = workflows::evaluate(options, model::network(), context);
    write_outputs(flags, result, record);
    return 0;
}

}  // namespace keyway::apps

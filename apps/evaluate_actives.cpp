/// Options, pockets and files of a retrospective screen.
#include "evaluate_actives.hpp"

#include "results_summary.hpp"
#include "run_record.hpp"

#include "keyway/core/error.hpp"
#include "keyway/workflows/ensemble.hpp"
#include "keyway/workflows/evaluate_actives.hpp"

#include <fmt/format.h>

#include <iostream>

namespace keyway::apps {
namespace po = boost::program_options;
namespace {

void check_options(const ActivesRun& run) {
    if (!run.shared.datasets.empty())
        throw Error(ErrorKind::usage, "option '--data' goes without --actives and --decoys",
                    "measure on a dataset, or on actives and decoys of one receptor");
    for (const auto& [option, is_given] : {std::pair{"--enrichment", run.shared.enrichment},
                                           {"--calibrate", run.shared.calibrate},
                                           {"--known", !run.shared.known_counts.empty()}})
        if (is_given)
            throw Error(ErrorKind::usage, fmt::format("option '{}' needs a dataset: --data FILE", option));
    for (const auto& path : run.flags.actives) check_input_file(path, "--actives");
    for (const auto& path : run.flags.decoys) check_input_file(path, "--decoys");
    for (const std::string& path : {run.json, run.html, run.shared.predictions.string()})
        if (!path.empty() && path != "-") check_output_path(path, run.shared.if_exists);
}

}  // namespace

void add_actives_options(CommandLine& line, ActivesFlags& flags) {
    auto screen = line.group("Actives and decoys of one target, instead of --data").add_options();
    screen("actives", po::value(&flags.actives)->value_name("FILE"),
           "known actives: any format of `keyway screen`; may be repeated");
    screen("decoys", po::value(&flags.decoys)->value_name("FILE"),
           "compounds that are taken as inactive; may be repeated");
    screen("swap-receptor", po::value(&flags.swap_receptor)->value_name("FILE"),
           "foreign pocket for pocket_swapped: a structure with one ligand, or an HDF5 dataset, of which 5 "
           "unlike pockets are drawn [that of --training-data]");
    add_receptor_options(line, flags.receptor);
    add_ligand_reading_options(line, flags.ligand);
}

int run_actives(const ActivesRun& run, std::span<const std::string> arguments, CommandLine& line) {
    check_options(run);
    workflows::ActivesOptions options;
    apply(run.flags.ligand, options.screen);
    const auto models = workflows::all_models(run.shared.model, run.shared.ensemble);
    apply(models, options.screen.model, options.screen.ensemble);
    options.screen.device = run.shared.device;
    options.screen.threads = run.shared.threads;
    options.actives.assign(run.flags.actives.begin(), run.flags.actives.end());
    options.decoys.assign(run.flags.decoys.begin(), run.flags.decoys.end());
    options.training_data = run.shared.training_data;
    options.seed = run.shared.seed;
    options.bootstrap_samples = run.shared.bootstrap_samples;
    options.check();

    const Context context = line.context();
    const PocketDefinition definition = model::read_passport(options.screen.model).pocket;
    const auto pocket = read_pocket(run.flags.receptor, definition);
    describe_pocket(pocket, context.log);
    std::vector<PocketGraph> foreign;
    const std::string& swap = run.flags.swap_receptor;
    if (swap.empty()) {
        if (!options.training_data.empty()) options.swap_data = options.training_data.front();
    } else if (workflows::is_hdf5_file(swap)) {
        options.swap_data = swap;
    } else {
        ReceptorFlags other;
        other.receptor = swap;
        foreign.push_back(read_pocket(other, definition).graph);
    }

    RunRecord record("evaluate", arguments, line.resolved());
    const auto result =
        workflows::evaluate_actives(pocket.graph, foreign, options, model::network(), context);
    const auto if_exists = run.shared.if_exists;
    if (run.json == "-")
        std::cout << to_json(result);
    else
        std::cout << to_text(result);
    std::vector<std::string> written;
    const auto write = [&](const std::string& path, const std::string& content) {
        if (path.empty() || path == "-") return;
        write_file(path, content, if_exists);
        written.push_back(path);
    };
    write(run.json, to_json(result));
    write(run.html, to_html(result));
    write(run.shared.predictions.string(), to_csv(result));
    if (written.empty()) return 0;
    for (const auto& name : workflows::all_models(options.screen.model, options.screen.ensemble))
        record.input("model", name);
    record.input("receptor", run.flags.receptor.receptor);
    for (const auto& path : options.actives) record.input("actives", path);
    for (const auto& path : options.decoys) record.input("decoys", path);
    record.add("actives_used", result.actives.used);
    record.add("decoys_used", result.decoys.used);
    record.add("notes", result.notes);
    record.write(run_record_name(written.front()), if_exists);
    return 0;
}

}  // namespace keyway::apps

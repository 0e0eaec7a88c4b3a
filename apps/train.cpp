/// `keyway train`: a model from labelled HDF5 datasets.
#include "keyway/workflows/train.hpp"

#include "command_line.hpp"
#include "keep_memory.hpp"
#include "learning_verbs.hpp"

#include "keyway/core/error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <iostream>

namespace keyway::apps {
namespace po = boost::program_options;
namespace {

struct TrainFlags {
    workflows::TrainOptions options;
    std::vector<std::string> data;
    std::vector<std::string> source_weights;
    std::string split_file, out, assay_offset = "off";
    int ensemble = 1;
    bool overwrite = false, resume = false, mpi = false;
    double mpi_timeout = 1800;
};

/// An option whose default is what the options struct says.
template <class Value>
po::typed_value<Value>* value(Value& target, const char* name) {
    return po::value(&target)->value_name(name)->default_value(target, fmt::format("{}", target));
}

void add_data_options(CommandLine& line, TrainFlags& flags) {
    auto& options = flags.options;
    auto data = line.group("Data").add_options();
    data("data,d", po::value(&flags.data)->value_name("FILE"),
         "HDF5 dataset from 'keyway dataset build'; repeat it for more, the core set first");
    auto data_more = line.group("Data", CommandLine::in_full_help_only).add_options();
    data_more("split-file", po::value(&flags.split_file)->value_name("FILE"),
              "CSV with the columns split (train, valid, test) and id, pocket or cluster; replaces the "
              "dataset's split. What it does not name is left out");
    data_more("core-share", value(options.core_share, "X"),
              "share of batches from the first source when there are several (a source is a dataset, or a "
              "label file of "
              "the only dataset); the first source alone validates, if it has valid rows");
    data_more("max-ligands-per-assay", value(options.max_ligands_per_assay, "N"),
              "ligands of one assay in a batch; assays are drawn by the square root of their size");
    data_more("selectivity-share", value(options.selectivity_share, "X"),
              "share of batches made of two assays in different pockets that share compounds");
    data_more("series-similarity", value(options.series_similarity, "X"),
              "cut assays of all sources but the first into series of compounds with at least this Tanimoto "
              "similarity to the most typical one; 0: off");
    data_more("assays-per-batch", value(options.assays_per_batch, "N"), "assays (so pockets) in a batch");
    data_more("batches-per-step", value(options.batches_per_step, "N"),
              "a step takes the mean gradient of N batches; with --mpi the ranks share them out");
    data_more("atoms-per-batch", value(options.atoms_per_batch, "N"),
              "limit of ligand heavy atoms in a batch, shared equally by its assays; 0: none");
    data_more("pose-share", value(options.pose_share, "X"),
              "share of batches made of complexes whose bound ligand is known");
    data_more("poses-per-batch", value(options.poses_per_batch, "N"), "complexes in such a batch");
    data_more("source-weight", po::value(&flags.source_weights)->value_name("NAME=W"),
              "factor of the loss of one source (the file name of a dataset, or of a label file of the only "
              "dataset); 0 leaves its training rows out; repeat it for more");
    data_more("assay-offset", value(flags.assay_offset, "WHICH"),
              "ic50: the error of pK leaves the level of each assay of IC50 or EC50 free; off");
}

void add_run_options(CommandLine& line, TrainFlags& flags) {
    auto& options = flags.options;
    auto run = line.group("Run").add_options();
    run("out,o", po::value(&flags.out)->value_name("FOLDER"),
        "weights, metrics and checkpoints; the same command on an unfinished folder continues it");
    run("model-config", value(options.config, "NAME"), "size of the network: tiny, fast, base or a file");
    run("init", po::value(&options.init)->value_name("MODEL"),
        "start from this model's weights (a name or a file), not from random numbers");
    run("steps", value(options.steps, "N"), "optimiser steps; decides the learning-rate schedule too");
    run("seed", value(options.seed, "N"), "of weights, data order and augmentation");
    run("ensemble", value(flags.ensemble, "N"),
        "train N models with the seeds S, S + 1, ... in FOLDER/member-1, ...; give all their weights to -m");
    run("overwrite", po::bool_switch(&flags.overwrite), "start anew where a run of this kind lies already");
    auto run_more = line.group("Run", CommandLine::in_full_help_only).add_options();
    run_more("resume", po::bool_switch(&flags.resume),
             "continue an unfinished run of the same plan (the default)");
    run_more("validate-every", value(options.validate_every, "N"),
             "steps between validations; the best weights are kept");
    run_more("patience", value(options.patience, "N"),
             "stop after N validations without improvement; 0: never");
    run_more("checkpoint-every", value(options.checkpoint_every, "N"),
             "steps between checkpoints: what a crash may cost");
    auto compute = line.group("Compute").add_options();
    compute("threads,t", value(options.threads, "N"),
            "0: all cores; weights are bit-identical for the same number only");
    auto compute_more = line.group("Compute", CommandLine::in_full_help_only).add_options();
    compute_more("device", value(options.device, "DEVICE"),
                 "auto, cpu, cuda or cuda:K; with --mpi the ranks of one machine take its GPUs in turn");
    compute_more("mpi", po::bool_switch(&flags.mpi),
                 "be one of the processes that mpirun or srun started, which train one model together; needs "
                 "--batches-per-step");
    compute_more("mpi-timeout", value(flags.mpi_timeout, "S"),
                 "give up when another machine's rank is silent for so long (validation counts) [s]");
}

void add_optimiser_options(CommandLine& line, model::OptimiserOptions& optimiser, int& warmup_steps) {
    auto schedule = line.group("Optimiser").add_options();
    schedule("learning-rate", value(optimiser.learning_rate, "X"),
             "peak; warm-up, then half a cosine down to 5 % of it");
    auto adamw = line.group("Optimiser", CommandLine::in_full_help_only).add_options();
    adamw("warmup-steps", value(warmup_steps, "N"), "steps of linear warm-up");
    adamw("weight-decay", value(optimiser.weight_decay, "X"), "of AdamW, decoupled");
    adamw("beta1", value(optimiser.beta1, "X"), "decay of AdamW's first moment");
    adamw("beta2", value(optimiser.beta2, "X"), "decay of AdamW's second moment");
    adamw("clip-norm", value(optimiser.clip_norm, "X"), "largest norm of the gradient");
    adamw("ema-decay", value(optimiser.ema_decay, "X"),
          "decay of the averaged weights, which are the ones that are kept");
    adamw(
        "trainable", value(optimiser.trainable, "NAMES"),
        "learn only these parts: pocket, ligand, fusion, pair, readout, memory, retrieval, comma-separated; "
        "empty: all");
    auto loss = line.group("Loss", CommandLine::in_full_help_only).add_options();
    loss("huber-delta", value(optimiser.huber_delta, "PK"), "errors beyond this count linearly [pK units]");
    loss("absolute-weight", value(optimiser.absolute_weight, "X"),
         "weight of the error of pK; bounds count one-sidedly");
    loss("memory-weight", value(optimiser.memory_weight, "X"),
         "weight of the error of pK that teaches only what remembered pockets add; without "
         "'remembered_pockets' in the model configuration it does nothing");
    loss("own-memory-dropout", value(optimiser.own_memory_dropout, "P"),
         "probability that the pockets of a batch cannot remember themselves");
    loss("pairwise-weight", value(optimiser.pairwise_weight, "X"),
         "weight of the error of differences inside an assay");
    loss("listwise-weight", value(optimiser.listwise_weight, "X"),
         "weight of the cross-entropy of the order inside an assay (ListNet)");
    loss("selectivity-weight", value(optimiser.selectivity_weight, "X"),
         "weight of the error of one compound's differences between pockets; see --selectivity-share");
    loss("contrast-weight", value(optimiser.contrast_weight, "X"),
         "weight of InfoNCE between pocket and ligand vectors; needs --assays-per-batch of at least 2");
    loss("retrieval-weight", value(optimiser.retrieval_weight, "X"),
         "weight of teaching the vectors that 'screen --prefilter' compares to rank as the model does");
    loss("anchor-weight", value(optimiser.anchor_weight, "X"),
         "weight of the distance between a ligand atom's anchor and its place in a known pose [A]; needs "
         "'grounding = true' in the model configuration");
    loss("distance-weight", value(optimiser.distance_weight, "X"),
         "weight of the cross-entropy of distances between ligand and pocket atoms in known poses");
    loss("intra-distance-weight", value(optimiser.intra_distance_weight, "X"),
         "weight of the cross-entropy of distances inside the ligand, from known poses and conformers; needs "
         "'intra_distance_bins = 16' in the model configuration");
    loss("mask-weight", value(optimiser.mask_weight, "X"),
         "weight of guessing hidden residues and ligand atoms, which needs no labels; see keyway pretrain");
    loss("mask-share", value(optimiser.mask_share, "P"),
         "share of the residues and of the ligand atoms that are hidden");
    loss("variance-weight", value(optimiser.variance_weight, "X"),
         "weight of the likelihood that trains pk_sd");
    auto augmentation = line.group("Augmentation", CommandLine::in_full_help_only).add_options();
    augmentation("pocket-dropout", value(optimiser.pocket_dropout, "P"),
                 "probability that a batch does not see its pocket");
    augmentation("coordinate-noise", value(optimiser.coordinate_noise_angstrom, "A"),
                 "standard deviation of the noise on pocket coordinates [A]");
    augmentation("mirror-probability", value(optimiser.mirror_probability, "P"),
                 "probability that pocket and ligands are reflected together");
}

constexpr auto kEpilogue =
    "Files in the folder:\n"
    "  weights.safetensors: averaged weights of the best validation; give it to -m of the other verbs\n"
    "  last.safetensors: averaged weights of the last step\n"
    "  metrics.jsonl: losses every ten steps; validations beside heavy-atom counting and the blanked pocket; "
    "errors of anchors and distances where poses teach; in pretraining guesses beside foreign partners\n"
    "  config.cfg: every option, readable by --config; model.cfg: the network's sizes\n"
    "  run.json: appears when the run is finished\n"
    "  checkpoint.safetensors, checkpoint.prev.safetensors, plan.json: for resuming\n"
    "\n"
    "Validation is the mean Spearman correlation within assays of at least 5 rows. Bounds (< and >) are "
    "learnt "
    "one-sidedly and left out of validation. stdout is the path of the weights.\n"
    "\n"
    "Several processes: the weights depend on --batches-per-step, not on the number of ranks, but for the "
    "order in which floats are added. Rank 0 alone writes and validates. A run may be continued by any "
    "number of ranks. After a lost rank the same command continues from the last checkpoint. mpirun gives a "
    "stopped job 1 s; --mca odls_base_sigkill_timeout 60 leaves time for a checkpoint.\n"
    "\n"
    "Ranks that each have a GPU of their own add gradients by NCCL (libnccl.so.2, which LibTorch for CUDA "
    "brings along; keyway doctor names it), all others by MPI through main memory; the log and run.json say "
    "which. The same machines, GPUs and NCCL add in the same order, others may not.\n"
    "\n"
    "Exit codes: 75 interrupted (run the same command again), 4 the folder holds a run of other options or "
    "data, "
    "2 the run is finished already.\n";

std::pair<std::string, double> parse_source_weight(const std::string& text) {
    const auto equals = text.rfind('=');
    double weight = 0;
    const char *begin = text.data() + std::min(equals + 1, text.size()), *end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(begin, end, weight);
    if (equals == std::string::npos || equals == 0 || error != std::errc{} || stop != end)
        throw Error(ErrorKind::usage, fmt::format("--source-weight: expected NAME=W, got '{}'", text),
                    "for example: --source-weight labels_wide.csv=0.5");
    return {text.substr(0, equals), weight};
}

workflows::AssayOffset parse_assay_offset(const std::string& text) {
    if (text == "off") return workflows::AssayOffset::off;
    if (text == "ic50") return workflows::AssayOffset::ic50;
    throw Error(ErrorKind::usage, fmt::format("--assay-offset: expected off or ic50, got '{}'", text));
}

/// Ranks other than the first say nothing, unless they fail.
Context context_of_rank(const Context& context, const parallel::Ranks& ranks) {
    if (ranks.rank() == 0) return context;
    const Context silent = silent_context();
    return {silent.log, silent.progress, context.stop};
}

void tell(const workflows::TrainSummary& summary, std::string_view measure, LogSink& log) {
    if (summary.skipped_steps > 0)
        log.warning(fmt::format("{} steps without a finite loss were skipped", summary.skipped_steps));
    const std::string end = summary.stopped_early ? "stopped early" : "finished";
    if (std::isfinite(summary.best_validation))
        log.info(fmt::format("{} after {} steps; best validation {:.3f} ({}) at step {}", end,
                             summary.steps_done, summary.best_validation, measure, summary.best_step));
    else
        log.info(fmt::format("{} after {} steps", end, summary.steps_done));
}

/// What the kept weights know of hidden parts and of poses, beside its controls.
void tell_controls(const workflows::TrainSummary& summary, LogSink& log) {
    const auto metrics = model::read_passport(summary.weights).metrics;
    const auto number = [&](const std::string& name) {
        const auto found = metrics.find("valid/" + name);
        return found == metrics.end() ? std::string("-") : fmt::format("{:.3f}", found->second);
    };
    if (metrics.contains("valid/masked_accuracy")) {
        log.info(
            fmt::format("hidden residues guessed beside their ligand {}, beside a foreign one {}, beside "
                        "none {}; always the commonest {}",
                        number("masked_residue_accuracy"), number("masked_residue_accuracy_ligand_swapped"),
                        number("masked_residue_accuracy_ligand_hidden"), number("masked_residue_majority")));
        log.info(
            fmt::format("hidden ligand atoms guessed in their pocket {}, in a foreign one {}, in none {}; "
                        "always the commonest {}",
                        number("masked_element_accuracy"), number("masked_element_accuracy_pocket_swapped"),
                        number("masked_element_accuracy_pocket_blanked"), number("masked_element_majority")));
    }
    if (metrics.contains("valid/anchor_error_angstrom"))
        log.info(fmt::format("held-out ligand atoms: anchors {} A off, the middle of the pocket {} A",
                             number("anchor_error_angstrom"), number("centroid_error_angstrom")));
    if (metrics.contains("valid/distance_loss"))
        log.info(fmt::format("held-out distances to the pocket: cross-entropy {}", number("distance_loss")));
}

int learn(CommandLine& line, TrainFlags& flags, std::span<const std::string> arguments) {
    add_data_options(line, flags);
    add_run_options(line, flags);
    add_optimiser_options(line, flags.options.optimiser, flags.options.warmup_steps);
    line.positional("data");
    line.epilogue(kEpilogue);
    if (!line.parse(arguments)) return 0;
    if (flags.resume && flags.overwrite)
        throw Error(ErrorKind::usage, "--resume and --overwrite contradict each other");

    auto& options = flags.options;
    options.datasets.assign(flags.data.begin(), flags.data.end());
    options.split_file = flags.split_file;
    options.assay_offset = parse_assay_offset(flags.assay_offset);
    for (const auto& text : flags.source_weights) options.source_weights.push_back(parse_source_weight(text));
    options.out = flags.out;
    options.if_exists = flags.overwrite ? IfExists::overwrite : IfExists::refuse;
    options.check();

    keep_memory();
    const auto ranks =
        parallel::start_ranks(flags.mpi ? parallel::Launch::mpi : parallel::Launch::alone, flags.mpi_timeout);
    const Context context = context_of_rank(line.context(), *ranks);
    const auto summaries =
        flags.ensemble == 1
            ? std::vector{workflows::train(options, model::network(), context, *ranks)}
            : workflows::train_ensemble(options, flags.ensemble, model::network(), context, *ranks);
    for (const auto& summary : summaries) {
        if (summary.interrupted) {
            context.log.warning(fmt::format("interrupted after step {} of {}; the same command continues it",
                                            summary.steps_done, options.steps));
            return exit_code(ErrorKind::interrupted);
        }
        if (ranks->rank() != 0) continue;
        tell(summary,
             options.pretrains() ? "share of hidden parts guessed right" : "mean within-assay Spearman",
             context.log);
        tell_controls(summary, context.log);
        std::cout << summary.weights.string() << "\n";
    }
    return 0;
}

}  // namespace

int run_train(std::span<const std::string> arguments) {
    CommandLine line(
        "train", "Train a model on labelled HDF5 datasets; resumable at any time.",
        {"keyway train -d core.h5 -o runs/first",
         "keyway train -d core.h5 -d extra.h5 --model-config base --steps 5000 --patience 10 -o runs/base",
         "mpirun -n 4 keyway train --mpi --batches-per-step 4 -d core.h5 -o runs/four",
         "keyway train --config runs/first/config.cfg --seed 2 -o runs/second"});
    TrainFlags flags;
    return learn(line, flags, arguments);
}

int run_pretrain(std::span<const std::string> arguments) {
    CommandLine line("pretrain",
                     "Learn pockets and ligands without labels: guess hidden residues and atoms. The weights "
                     "are a start for 'keyway train --init', not a model that predicts pK.",
                     {"keyway pretrain -d core.h5 -o runs/masked",
                      "keyway train -d core.h5 --init runs/masked/weights.safetensors -o runs/first"});
    TrainFlags flags;
    flags.options.assays_per_batch = 4;  // residues of several pockets, a few ligands each
    flags.options.max_ligands_per_assay = 8;
    auto& optimiser = flags.options.optimiser;
    optimiser.mask_weight = 1;
    optimiser.absolute_weight = optimiser.memory_weight = optimiser.pairwise_weight =
        optimiser.variance_weight = 0;
    return learn(line, flags, arguments);
}

}  // namespace keyway::apps

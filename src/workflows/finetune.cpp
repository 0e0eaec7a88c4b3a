/// Check, verdict, the training on all compounds, and what is written.
#include "keyway/workflows/finetune.hpp"

#include "workflows/finetune_check.hpp"

#include "keyway/core/error.hpp"
#include "keyway/core/sha256.hpp"
#include "keyway/core/version.hpp"
#include "keyway/report/text_table.hpp"
#include "keyway/workflows/training_domain.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cmath>
#include <system_error>

namespace keyway::workflows {
namespace {

using Json = nlohmann::ordered_json;

template <class T>
void require(bool fine, std::string_view option, std::string_view expected, const T& got) {
    if (!fine) throw Error(ErrorKind::usage, fmt::format("--{}: expected {}, got {}", option, expected, got));
}

std::string sha256_of_known(const std::vector<KnownCompound>& known) {
    Sha256 hash;
    for (const auto& compound : known)
        hash.update(fmt::format("{}\t{}\t{}\n", compound.id, compound.ligand.smiles, compound.pk));
    return hash.finish();
}

/// "finetuned + known" -> "finetuned_known", for programs.
std::string key(Way way) {
    switch (way) {
        case Way::zero_shot:
            return "zero_shot";
        case Way::known:
            return "known";
        case Way::finetuned:
            return "finetuned";
        case Way::finetuned_known:
            return "finetuned_known";
    }
    return {};
}

model::Passport passport_of_child(const FinetuneTarget& target, const FinetuneOptions& options,
                                  const HeldOutCheck& check, int steps) {
    const model::Passport parent = model::read_passport(options.model);
    model::Passport passport = parent;
    passport.name = parent.name + "-finetuned";
    passport.created_by = fmt::format("keyway {}", version());
    passport.seed = options.seed;
    passport.training = fmt::format(
        "finetuned-from = {}\nparent-weights = {}\ntarget = {}\ncompounds = {}\nknown-sha256 = "
        "{}\nsteps-taken = {}\n{}",
        parent.name, parent.weights_sha256, target.name, target.known.size(), sha256_of_known(target.known),
        steps, options.to_text());
    passport.metrics.clear();
    for (const auto& way : check.ways)
        for (const auto& [name, mean] : {std::pair{"spearman", way.spearman}, {"rmse", way.rmse}})
            if (std::isfinite(mean.value))
                passport.metrics[fmt::format("check/{}_{}", key(way.way), name)] = mean.value;
    return passport;
}

/// The child has learned from all that its parent had, so it keeps the parent's domain; the few compounds of
/// one target do not widen it.
void keep_domain(const std::filesystem::path& from, const std::filesystem::path& to) {
    const auto file = from / TrainingDomain::kFileName;
    std::error_code failed;
    if (!std::filesystem::exists(file, failed)) return;
    std::filesystem::copy_file(file, to / TrainingDomain::kFileName,
                               std::filesystem::copy_options::overwrite_existing, failed);
    if (failed)
        throw Error(ErrorKind::output, fmt::format("{}: cannot be copied to {}: {}", file.string(),
                                                   to.string(), failed.message()));
}

void check_compounds(const FinetuneTarget& target, LogSink& log) {
    const std::size_t count = target.known.size();
    if (count < FinetuneOptions::kFewestCompounds || count > FinetuneOptions::kMostCompounds)
        throw Error(ErrorKind::usage,
                    fmt::format("{} known compounds, expected {} to {}", count,
                                FinetuneOptions::kFewestCompounds, FinetuneOptions::kMostCompounds),
                    count < FinetuneOptions::kFewestCompounds
                        ? "so few are better used with --known of screen and score"
                        : "so many are a dataset: keyway dataset build, then keyway train --init MODEL");
    if (count > FinetuneOptions::kManyCompounds)
        log.warning(
            fmt::format("{} compounds: the options are made for up to {}; `keyway train --init` may "
                        "do better",
                        count, FinetuneOptions::kManyCompounds));
}

std::string interval(const FoldMean& mean) {
    return fmt::format("{} [{}, {}]", report::number(mean.value), report::number(mean.low),
                       report::number(mean.high));
}

Json to_json(const FoldMean& mean) {
    return {{"value", mean.value}, {"low", mean.low}, {"high", mean.high}};  // NaN becomes null
}

}  // namespace

std::string_view to_string(Way way) {
    switch (way) {
        case Way::zero_shot:
            return "zero-shot";
        case Way::known:
            return "known";
        case Way::finetuned:
            return "finetuned";
        case Way::finetuned_known:
            return "finetuned + known";
    }
    return {};
}

void FinetuneOptions::check() const {
    require(learning_rate > 0 && learning_rate <= 0.1, "learning-rate", "more than 0, at most 0.1",
            learning_rate);
    require(steps >= 1 && steps <= 10000, "steps", "1 to 10000", steps);
    require(check_every >= 1 && check_every <= steps, "check-every", fmt::format("1 to --steps ({})", steps),
            check_every);
    require(pull_weight >= 0 && pull_weight <= 1e6, "pull-weight", "0 to 1e6", pull_weight);
    require(absolute_weight >= 0 && pairwise_weight >= 0 && absolute_weight + pairwise_weight > 0,
            "absolute-weight", "this or --pairwise-weight to be positive", absolute_weight);
    require(max_compounds_per_step >= 2, "max-compounds-per-step", "at least 2", max_compounds_per_step);
    require(folds >= 2 && folds <= 1000, "folds", "2 to 1000", folds);
    require(repeats >= 1 && repeats <= 1000, "repeats", "1 to 1000", repeats);
    require(threads >= 0 && threads <= 4096, "threads", "0 (all cores) to 4096", threads);
}

std::string FinetuneOptions::to_text() const {
    std::string text;
    const auto line = [&](std::string_view name, const auto& value) {
        text += fmt::format("{} = {}\n", name, value);
    };
    line("learning-rate", learning_rate);
    line("steps", steps);
    line("check-every", check_every);
    line("pull-weight", pull_weight);
    line("trainable", trainable);
    line("absolute-weight", absolute_weight);
    line("pairwise-weight", pairwise_weight);
    line("max-compounds-per-step", max_compounds_per_step);
    line("folds", folds);
    line("repeats", repeats);
    line("folds-by", folds_by == FoldsBy::scaffold ? "scaffold" : "compound");
    line("seed", seed);
    return text;
}

FinetuneResult finetune(const FinetuneTarget& target, const FinetuneOptions& options,
                        const std::filesystem::path& out, IfExists if_exists, const model::Network& network,
                        const Context& context) {
    options.check();
    check_compounds(target, context.log);
    const auto folds = make_folds(target.known, options, options.seed).size();
    const std::filesystem::path weights = out / "weights.safetensors", numbers = out / "check.json";
    std::error_code failed;
    std::filesystem::create_directories(out, failed);
    if (failed)
        throw Error(ErrorKind::output, out.string() + ": cannot make the folder: " + failed.message());
    for (const auto& path : {weights, numbers}) check_output_path(path, if_exists);

    network.set_intra_op_threads(1);  // parallel over folds instead
    const auto trainings = folds * static_cast<std::size_t>(options.repeats);
    context.progress.start("finetuning", "trainings", trainings + 1);
    FinetuneResult result;
    result.check = check_on_held_out(target, options, network, context);

    if (result.check.helps || options.write == Write::always) {
        // Forced against the check, which says 0: all the steps that were asked for.
        const int steps = result.check.steps > 0 ? result.check.steps : options.steps;
        CourseInput all{target.pocket, {}, {}, options.seed, steps};
        for (const auto& compound : target.known) all.known.push_back(&compound);
        const auto course = run_course(all, options, network);
        course.trainer->save_weights(weights, passport_of_child(target, options, result.check, steps));
        result.weights = weights;
        keep_domain(options.model.parent_path(), out);
    } else {
        std::filesystem::remove(weights, failed);  // of an earlier run, which --overwrite gave up
    }
    write_file(numbers, check_json(result.check), IfExists::overwrite);
    context.progress.update(trainings + 1);
    context.progress.finish();
    return result;
}

std::string check_text(const HeldOutCheck& check) {
    report::TextTable table({"held-out compounds", "Spearman", "RMSE [pK]", "Spearman gained", "RMSE less"});
    for (const auto& way : check.ways) {
        std::vector<std::string> cells{std::string(to_string(way.way)), interval(way.spearman),
                                       interval(way.rmse)};
        if (way.way != Way::zero_shot) {
            cells.push_back(interval(way.spearman_gain));
            cells.push_back(interval(way.rmse_reduction));
        }
        table.add_row(std::move(cells));
    }
    return table.to_text() + fmt::format(
                                 "\n{} compounds, {} x {} folds; means over folds, 95 % intervals of "
                                 "repeated cross-validation\n",
                                 check.compounds, check.repeats, check.folds);
}

std::string check_json(const HeldOutCheck& check) {
    Json ways;
    for (const auto& way : check.ways)
        ways[key(way.way)] = {{"spearman", to_json(way.spearman)},
                              {"rmse", to_json(way.rmse)},
                              {"spearman_gain", to_json(way.spearman_gain)},
                              {"rmse_reduction", to_json(way.rmse_reduction)}};
    const Json json = {{"helps", check.helps}, {"best", key(check.best)},
                       {"steps", check.steps}, {"compounds", check.compounds},
                       {"folds", check.folds}, {"repeats", check.repeats},
                       {"ways", ways}};
    return json.dump(2) + "\n";
}

}  // namespace keyway::workflows

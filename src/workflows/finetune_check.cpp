/// Repeated k-fold over the known compounds; every fold is a finetuning of its own.
#include "workflows/finetune_check.hpp"

#include "workflows/scaffold.hpp"
#include "workflows/thread_count.hpp"

#include "keyway/core/error.hpp"
#include "keyway/core/ordered_pool.hpp"
#include "keyway/core/random.hpp"
#include "keyway/report/metrics.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <numeric>
#include <optional>

namespace keyway::workflows {
namespace {

constexpr std::size_t kFewestInFold = 3;

/// What is known of one fold after its training.
struct FoldOutcome {
    int repeat = 0;
    CourseInput input;
    FinetuneCourse course;

    std::vector<double> measured() const {
        std::vector<double> pk;
        for (const KnownCompound* compound : input.held_out) pk.push_back(compound->pk);
        return pk;
    }
    /// [looks] sum over the held-out compounds.
    std::vector<double> squared_errors() const {
        std::vector<double> sums;
        for (const auto& look : course.held_out) {
            double sum = 0;
            for (std::size_t i = 0; i < look.size(); ++i)
                sum += (look[i].pk - input.held_out[i]->pk) * (look[i].pk - input.held_out[i]->pk);
            sums.push_back(sum);
        }
        return sums;
    }
};

/// The look with the smallest sum of squared errors over these folds; of equals the earliest.
std::size_t best_look(const std::vector<FoldOutcome>& folds,
                      const std::function<bool(const FoldOutcome&)>& counts) {
    std::vector<double> total(folds.front().course.held_out.size(), 0);
    for (const auto& fold : folds) {
        if (!counts(fold)) continue;
        const auto errors = fold.squared_errors();
        for (std::size_t k = 0; k < total.size(); ++k)
            total[k] += std::isfinite(errors[k]) ? errors[k] : std::numeric_limits<double>::max();
    }
    return static_cast<std::size_t>(std::min_element(total.begin(), total.end()) - total.begin());
}

std::vector<model::Prediction> predicted(const FoldOutcome& fold, Way way, std::size_t look) {
    const auto& course = fold.course;
    switch (way) {
        case Way::zero_shot:
            return course.held_out.front();
        case Way::known:
            return with_process(fold.input, course.known.front(), course.held_out.front());
        case Way::finetuned:
            return course.held_out[look];
        case Way::finetuned_known:
            return with_process(fold.input, course.known[look], course.held_out[look]);
    }
    return {};
}

/// Two-sided 95 % quantile of Student's t. Cornish-Fisher around the normal (Abramowitz and Stegun 26.7.5),
/// within 1 % from 3 degrees of freedom on; exact below.
double student_quantile(double freedom) {
    if (freedom < 1.5) return 12.7062;
    if (freedom < 2.5) return 4.3027;
    constexpr double z = 1.959964, z2 = z * z;
    const double v = freedom;
    return z * (1 + (z2 + 1) / (4 * v) + ((5 * z2 + 16) * z2 + 3) / (96 * v * v) +
                (((3 * z2 + 19) * z2 + 17) * z2 - 15) / (384 * v * v * v));
}

std::vector<double> differences(const std::vector<double>& a, const std::vector<double>& b) {
    std::vector<double> result;
    for (std::size_t i = 0; i < a.size(); ++i) result.push_back(a[i] - b[i]);
    return result;
}

HeldOutCheck summarise(const std::vector<FoldOutcome>& folds, const FinetuneOptions& options) {
    std::array<std::vector<double>, 4> spearman, rmse;
    double held_out = 0, trained = 0;
    for (const auto& fold : folds) {
        const std::size_t look = best_look(
            folds, [&](const FoldOutcome& other) { return other.repeat == fold.repeat && &other != &fold; });
        const auto measured = fold.measured();
        for (const Way way : kWays) {
            std::vector<double> pk;
            for (const auto& prediction : predicted(fold, way, look)) pk.push_back(prediction.pk);
            spearman[static_cast<std::size_t>(way)].push_back(report::spearman(pk, measured));
            rmse[static_cast<std::size_t>(way)].push_back(report::rmse(pk, measured));
        }
        held_out += static_cast<double>(measured.size());
        trained += static_cast<double>(fold.input.known.size());
    }
    HeldOutCheck check;
    const double share = held_out / trained;
    for (const Way way : kWays) {
        const auto k = static_cast<std::size_t>(way);
        check.ways[k] = {.way = way,
                         .spearman = fold_mean(spearman[k], share),
                         .rmse = fold_mean(rmse[k], share),
                         .spearman_gain = fold_mean(differences(spearman[k], spearman[0]), share),
                         .rmse_reduction = fold_mean(differences(rmse[0], rmse[k]), share)};
    }
    const std::size_t look = best_look(folds, [](const FoldOutcome&) { return true; });
    check.steps = static_cast<int>(look) * options.check_every;
    const WayResult& finetuned = check.of(Way::finetuned);
    // Not "gain < 0": without any fold that can be ranked the order has not got worse.
    check.helps =
        check.steps > 0 && finetuned.rmse_reduction.value > 0 && !(finetuned.spearman_gain.value < 0);
    const auto rank = [](const WayResult& way) {
        return std::pair(std::isfinite(way.spearman.value) ? way.spearman.value : -2.0, -way.rmse.value);
    };
    check.best = std::max_element(check.ways.begin(), check.ways.end(), [&](const auto& a, const auto& b) {
                     return rank(a) < rank(b);
                 })->way;
    return check;
}

}  // namespace

std::vector<std::vector<std::size_t>> make_folds(const std::vector<KnownCompound>& known,
                                                 const FinetuneOptions& options, std::uint64_t seed) {
    std::map<std::string, std::vector<std::size_t>> together;
    for (std::size_t i = 0; i < known.size(); ++i)
        together[options.folds_by == FoldsBy::scaffold ? std::to_string(scaffold_of(known[i].ligand))
                                                       : known[i].ligand.smiles]
            .push_back(i);
    std::vector<std::vector<std::size_t>> groups;
    for (auto& [name, indices] : together) groups.push_back(std::move(indices));
    const std::size_t folds = std::min({static_cast<std::size_t>(options.folds), groups.size(),
                                        std::max<std::size_t>(2, known.size() / kFewestInFold)});
    if (folds < 2)
        throw Error(ErrorKind::usage,
                    options.folds_by == FoldsBy::scaffold
                        ? "all known compounds have one scaffold: none can be held out by it"
                        : "all known values belong to one compound: none can be held out",
                    "hold out by compound: --folds-by compound");
    Random random(seed);
    random.shuffle(groups);
    std::stable_sort(groups.begin(), groups.end(),
                     [](const auto& a, const auto& b) { return a.size() > b.size(); });
    std::vector<std::vector<std::size_t>> result(folds);
    for (const auto& group : groups) {
        auto& smallest = *std::min_element(result.begin(), result.end(),
                                           [](const auto& a, const auto& b) { return a.size() < b.size(); });
        smallest.insert(smallest.end(), group.begin(), group.end());
    }
    return result;
}

FoldMean fold_mean(const std::vector<double>& per_fold, double held_out_share) {
    std::vector<double> finite;
    std::copy_if(per_fold.begin(), per_fold.end(), std::back_inserter(finite),
                 [](double value) { return std::isfinite(value); });
    constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
    if (finite.empty()) return {kNone, kNone, kNone};
    const double n = static_cast<double>(finite.size());
    const double mean = std::accumulate(finite.begin(), finite.end(), 0.0) / n;
    if (finite.size() < 2) return {mean, kNone, kNone};
    double squares = 0;
    for (const double value : finite) squares += (value - mean) * (value - mean);
    const double half = student_quantile(n - 1) * std::sqrt((1 / n + held_out_share) * squares / (n - 1));
    return {mean, mean - half, mean + half};
}

HeldOutCheck check_on_held_out(const FinetuneTarget& target, const FinetuneOptions& options,
                               const model::Network& network, const Context& context) {
    struct Job {
        int repeat;
        std::uint64_t seed;
        std::vector<std::size_t> held_out;
    };
    std::vector<Job> jobs;
    for (int repeat = 0; repeat < options.repeats; ++repeat) {
        const std::uint64_t seed = options.seed + static_cast<std::uint64_t>(repeat);
        for (auto& fold : make_folds(target.known, options, seed))
            jobs.push_back({repeat, options.seed + jobs.size(), std::move(fold)});
    }
    const auto train = [&](Job&& job, std::size_t) {
        FoldOutcome outcome{job.repeat, {target.pocket, {}, {}, job.seed, options.steps}, {}};
        std::sort(job.held_out.begin(), job.held_out.end());
        for (std::size_t i = 0; i < target.known.size(); ++i)
            (std::binary_search(job.held_out.begin(), job.held_out.end(), i) ? outcome.input.held_out
                                                                             : outcome.input.known)
                .push_back(&target.known[i]);
        outcome.course = run_course(outcome.input, options, network);
        outcome.course.trainer.reset();
        return outcome;
    };
    std::vector<FoldOutcome> folds;
    std::size_t next = 0;
    const auto threads = std::min(jobs.size(), static_cast<std::size_t>(thread_count(options.threads)));
    ordered_map<Job, FoldOutcome>(
        threads, 2 * threads,
        [&]() -> std::optional<Job> {
            if (context.stop || next == jobs.size()) return std::nullopt;
            return std::move(jobs[next++]);
        },
        train,
        [&](FoldOutcome&& outcome) {
            folds.push_back(std::move(outcome));
            context.progress.update(folds.size());
            return true;
        });
    if (folds.size() < jobs.size())
        throw Error(ErrorKind::interrupted, "interrupted", "run the same command again");
    HeldOutCheck check = summarise(folds, options);
    check.repeats = options.repeats;
    check.folds = static_cast<int>(jobs.size()) / options.repeats;
    check.compounds = static_cast<int>(target.known.size());
    return check;
}

}  // namespace keyway::workflows

/// Draws known compounds from assays, finetunes on them, and looks at the others.
#include "keyway/workflows/finetune_study.hpp"

#include "workflows/finetune_check.hpp"
#include "workflows/labelled_data.hpp"
#include "workflows/thread_count.hpp"

#include "keyway/core/error.hpp"
#include "keyway/core/ordered_pool.hpp"
#include "keyway/core/random.hpp"
#include "keyway/report/metrics.hpp"
#include "keyway/report/text_table.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <map>
#include <optional>

namespace keyway::workflows {
namespace {

struct Assay {
    const PocketGraph* pocket = nullptr;
    std::vector<KnownCompound> compounds;
};

/// Uncensored rows of the split, one for each compound of an assay (the first).
std::vector<Assay> read_assays(LabelledData& data, Split split) {
    std::map<int, Assay> assays;
    std::map<int, std::map<int, bool>> seen;
    for (const auto& row : data.rows) {
        if (row.split != split || row.series < 0 || is_censored(row.relation)) continue;
        if (!seen[row.series].emplace(row.ligand, true).second) continue;
        Assay& assay = assays[row.series];
        assay.pocket = &data.pocket(row.pocket);
        assay.compounds.push_back({row.id, data.ligand(row.ligand), row.pk});
    }
    std::vector<Assay> result;
    for (auto& [series, assay] : assays) result.push_back(std::move(assay));
    return result;
}

/// Spearman and RMSE of the held-out compounds.
struct Score {
    double spearman = 0, rmse = 0;
};

Score score(const std::vector<model::Prediction>& predictions, const Compounds& held_out) {
    std::vector<double> predicted, measured;
    for (const auto& prediction : predictions) predicted.push_back(prediction.pk);
    for (const KnownCompound* compound : held_out) measured.push_back(compound->pk);
    return {report::spearman(predicted, measured), report::rmse(predicted, measured)};
}

struct Draw {
    std::size_t assay = 0;
    std::vector<KnownCompound> known;
    Compounds held_out;
    std::uint64_t seed = 0;
};

/// [looks] of the model alone and with the process; the last entry is the procedure with its check.
struct DrawResult {
    std::size_t assay = 0;
    std::vector<Score> alone, with_known;
    bool wrote = false;
};

/// Means over draws inside an assay, per assay.
class AssayMeans {
public:
    void add(std::size_t assay, double value) {
        if (std::isfinite(value)) {
            sums_[assay].first += value;
            ++sums_[assay].second;
        }
    }
    std::vector<double> values() const {
        std::vector<double> means;
        for (const auto& [assay, sum] : sums_) means.push_back(sum.first / sum.second);
        return means;
    }

private:
    std::map<std::size_t, std::pair<double, int>> sums_;
};

std::string cell(const std::vector<double>& per_assay, std::uint64_t seed) {
    const auto mean = report::bootstrap_group_mean(per_assay, seed);
    return fmt::format("\t{}\t{}\t{}", report::number(mean.value), report::number(mean.low),
                       report::number(mean.high));
}

}  // namespace

void study_finetuning(const FinetuneStudyOptions& options, const model::Network& network,
                      const Context& context, const std::function<void(const std::string&)>& write) {
    options.finetune.check();
    LabelledData data({options.dataset}, context.log);
    const std::vector<Assay> assays = read_assays(data, options.split);
    network.set_intra_op_threads(1);
    const auto threads = static_cast<std::size_t>(thread_count(options.finetune.threads));
    write(
        "known\tassays\tdraws\tsteps\tspearman\tlow\thigh\trmse\tlow\thigh\tspearman_known\tlow\thigh\t"
        "rmse_known\tlow\thigh\twritten\n");
    const auto run = [&](Draw&& draw, std::size_t) {
        CourseInput input{*assays[draw.assay].pocket, {}, draw.held_out, draw.seed, options.finetune.steps};
        for (const auto& compound : draw.known) input.known.push_back(&compound);
        const auto course = run_course(input, options.finetune, network);
        DrawResult result{.assay = draw.assay};
        for (std::size_t k = 0; k < course.held_out.size(); ++k) {
            result.alone.push_back(score(course.held_out[k], input.held_out));
            result.with_known.push_back(
                score(with_process(input, course.known[k], course.held_out[k]), input.held_out));
        }
        if (options.with_check) {
            FinetuneOptions inner = options.finetune;
            inner.threads = 1;
            inner.seed = draw.seed;
            const auto quiet = silent_context();
            const auto check = check_on_held_out({input.pocket, "", draw.known}, inner, network, quiet);
            result.wrote = check.helps;
            const auto look = static_cast<std::size_t>(check.helps ? check.steps / inner.check_every : 0);
            result.alone.push_back(result.alone[look]);
            result.with_known.push_back(result.with_known[look]);
        }
        return result;
    };
    for (const int known : options.known_counts) {
        Random random(options.finetune.seed + static_cast<std::uint64_t>(known));
        std::vector<Draw> draws;
        std::size_t taking_part = 0;
        for (std::size_t a = 0; a < assays.size(); ++a) {
            const auto& compounds = assays[a].compounds;
            if (compounds.size() < static_cast<std::size_t>(known + options.fewest_held_out)) continue;
            ++taking_part;
            std::vector<std::size_t> order(compounds.size());
            for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
            for (int d = 0; d < options.draws; ++d) {
                random.shuffle(order);
                Draw draw{.assay = a, .known = {}, .held_out = {}, .seed = random.below(1u << 30)};
                for (std::size_t i = 0; i < order.size(); ++i)
                    if (i < static_cast<std::size_t>(known))
                        draw.known.push_back(compounds[order[i]]);
                    else if (i < static_cast<std::size_t>(known + options.most_held_out))
                        draw.held_out.push_back(&compounds[order[i]]);
                draws.push_back(std::move(draw));
            }
        }
        if (draws.empty()) continue;
        context.progress.start(fmt::format("{} known", known), "draws", draws.size());
        std::size_t next = 0, done = 0, wrote = 0;
        std::vector<std::array<AssayMeans, 4>> means;
        ordered_map<Draw, DrawResult>(
            threads, 2 * threads,
            [&]() -> std::optional<Draw> {
                if (context.stop || next == draws.size()) return std::nullopt;
                return std::move(draws[next++]);
            },
            run,
            [&](DrawResult&& result) {
                means.resize(result.alone.size());
                for (std::size_t k = 0; k < means.size(); ++k) {
                    means[k][0].add(result.assay, result.alone[k].spearman);
                    means[k][1].add(result.assay, result.alone[k].rmse);
                    means[k][2].add(result.assay, result.with_known[k].spearman);
                    means[k][3].add(result.assay, result.with_known[k].rmse);
                }
                wrote += result.wrote ? 1 : 0;
                context.progress.update(++done);
                return true;
            });
        context.progress.finish();
        if (context.stop) throw Error(ErrorKind::interrupted, "interrupted", "run the same command again");
        std::string text;
        for (std::size_t k = 0; k < means.size(); ++k) {
            const bool procedure = options.with_check && k + 1 == means.size();
            text += fmt::format(
                "{}\t{}\t{}\t{}", known, taking_part, options.draws,
                procedure ? "checked" : std::to_string(static_cast<int>(k) * options.finetune.check_every));
            for (const auto& mean : means[k]) text += cell(mean.values(), options.finetune.seed);
            text += procedure ? fmt::format("\t{}/{}\n", wrote, done) : "\t\n";
        }
        write(text);
    }
}

}  // namespace keyway::workflows

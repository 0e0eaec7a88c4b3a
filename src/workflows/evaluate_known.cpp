/// Random known compounds, the rest ranked: zero-shot, Gaussian process alone, and the corrected model.
#include "workflows/evaluate_known.hpp"

#include "keyway/core/random.hpp"
#include "keyway/workflows/known_compounds.hpp"
#include "keyway/workflows/screen.hpp"

#include <cmath>
#include <limits>
#include <numeric>

namespace keyway::workflows {
namespace {

using Rows = std::vector<std::size_t>;

/// The process without a model: a constant where the model would be.
constexpr float kPriorPk = 6.5f, kPriorSd = 1.3f;

struct Sums {
    double spearman = 0, squared_error = 0, inside = 0;
    int ranked = 0, draws = 0, predictions = 0;

    void add(const std::vector<model::Prediction>& predicted, const std::vector<double>& measured) {
        std::vector<double> pk;
        for (std::size_t i = 0; i < measured.size(); ++i) {
            const double deviation = predicted[i].pk - measured[i];
            squared_error += deviation * deviation;
            inside += std::abs(deviation) <= kInterval90 * predicted[i].pk_sd;
            pk.push_back(predicted[i].pk);
        }
        predictions += static_cast<int>(measured.size());
        if (const double rho = report::spearman(pk, measured); std::isfinite(rho)) {
            spearman += rho;
            ++ranked;
        }
    }
    double mean_spearman() const {
        return ranked > 0 ? spearman / ranked : std::numeric_limits<double>::quiet_NaN();
    }
    double rmse() const { return std::sqrt(squared_error / predictions); }
    double coverage() const { return inside / predictions; }
};

/// Means of one group over all draws.
struct GroupSums {
    Sums zero_shot, process, corrected;
};

GroupSums study_group(const EvaluateOptions& options, LabelledData& data, const EvaluateResult& result,
                      const Rows& rows, std::size_t known_count, Random& random) {
    GroupSums sums;
    Rows order = rows;
    for (int draw = 0; draw < options.known_draws; ++draw) {
        random.shuffle(order);
        std::vector<KnownCompound> known;
        std::vector<model::Prediction> prior, model_prior;
        for (std::size_t i = 0; i < known_count; ++i) {
            const auto& row = result.table[order[i]];
            known.push_back({row.id, data.ligand(data.rows[order[i]].ligand), row.pk_measured});
            prior.push_back({kPriorPk, kPriorSd});
            model_prior.push_back({static_cast<float>(row.pk_pred), static_cast<float>(row.pk_sd)});
        }
        const KnownCorrection process(known, prior), correction(known, model_prior);
        std::vector<model::Prediction> zero_shot, alone, corrected;
        std::vector<double> measured;
        for (std::size_t i = known_count; i < order.size(); ++i) {
            const auto& row = result.table[order[i]];
            const LigandGraph& ligand = data.ligand(data.rows[order[i]].ligand);
            zero_shot.push_back({static_cast<float>(row.pk_pred), static_cast<float>(row.pk_sd)});
            alone.push_back(process.correct(ligand, {kPriorPk, kPriorSd}));
            corrected.push_back(correction.correct(ligand, zero_shot.back()));
            measured.push_back(row.pk_measured);
        }
        sums.zero_shot.add(zero_shot, measured);
        sums.process.add(alone, measured);
        sums.corrected.add(corrected, measured);
    }
    return sums;
}

}  // namespace

std::vector<KnownStudy> study_known(const EvaluateOptions& options, LabelledData& data,
                                    const EvaluateResult& result, const std::map<std::string, Rows>& groups) {
    std::vector<KnownStudy> studies;
    for (const int count : options.known_counts) {
        KnownStudy study{.known = count, .draws = options.known_draws};
        std::vector<double> zero_shot, process, corrected, rmse_zero_shot, rmse_process, rmse_corrected,
            inside;
        Random random(options.seed + static_cast<std::uint64_t>(count));
        for (const auto& [name, rows] : groups) {
            if (rows.size() < static_cast<std::size_t>(count + options.min_group)) continue;
            const GroupSums sums =
                study_group(options, data, result, rows, static_cast<std::size_t>(count), random);
            ++study.groups;
            zero_shot.push_back(sums.zero_shot.mean_spearman());
            process.push_back(sums.process.mean_spearman());
            corrected.push_back(sums.corrected.mean_spearman());
            rmse_zero_shot.push_back(sums.zero_shot.rmse());
            rmse_process.push_back(sums.process.rmse());
            rmse_corrected.push_back(sums.corrected.rmse());
            inside.push_back(sums.corrected.coverage());
        }
        const auto mean = [&](const std::vector<double>& values) {
            return report::bootstrap_group_mean(values, options.seed, options.bootstrap_samples);
        };
        const auto difference = [&](const std::vector<double>& a, const std::vector<double>& b) {
            return report::bootstrap_group_difference(a, b, options.seed, options.bootstrap_samples);
        };
        study.zero_shot = {mean(zero_shot), mean(rmse_zero_shot)};
        study.process_alone = {mean(process), mean(rmse_process)};
        study.corrected = {mean(corrected), mean(rmse_corrected)};
        study.gain = difference(corrected, zero_shot);
        study.gain_over_process = difference(corrected, process);
        study.coverage_90 = mean(inside);
        studies.push_back(study);
    }
    return studies;
}

}  // namespace keyway::workflows

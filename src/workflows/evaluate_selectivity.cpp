/// Differences of one compound between two proteins, predicted and measured.
#include "workflows/evaluate_selectivity.hpp"

#include "keyway/core/random.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

namespace keyway::workflows {
namespace {

constexpr double kClearDifferencePk = 1;

struct Mean {
    double sum = 0;
    int count = 0;
    void add(double value) {
        sum += value;
        ++count;
    }
    double value() const { return sum / count; }
};

struct Difference {
    std::string proteins;
    double measured = 0;
    std::map<std::string, double> predicted;  ///< by method
};
/// The differences of each compound.
struct Compounds {
    std::vector<std::string> smiles;
    std::vector<std::vector<Difference>> differences;
    std::size_t size() const { return smiles.size(); }
};

/// Mean of the values of one compound on one protein, by method; "measured" among them.
using OnProtein = std::map<std::string, Mean>;

Compounds differences(LabelledData& data, const EvaluateResult& result,
                      const std::vector<std::size_t>& used) {
    std::map<std::string, std::map<std::string, OnProtein>> compounds;
    std::map<std::string, Mean> protein_means;
    for (const std::size_t i : used) {
        const auto& row = result.table[i];
        const auto& source = data.rows[i];
        const std::string protein = source.protein >= 0 ? data.name(source.protein) : row.pocket;
        auto& values = compounds[data.ligand(source.ligand).smiles][protein];
        values["measured"].add(row.pk_measured);
        values["model"].add(row.pk_pred);
        for (const auto& [name, value] : row.baselines)
            if (name == "pocket_blanked" || name == "pocket_swapped" || name == "target_mean")
                values[name].add(value);
        protein_means[protein].add(row.pk_measured);
    }
    Compounds list;
    for (const auto& [smiles, proteins] : compounds) {
        if (proteins.size() < 2) continue;
        list.smiles.push_back(smiles);
        auto& of_compound = list.differences.emplace_back();
        for (auto a = proteins.begin(); a != proteins.end(); ++a)
            for (auto b = std::next(a); b != proteins.end(); ++b) {
                Difference difference;
                difference.proteins = a->first + " - " + b->first;
                difference.measured = a->second.at("measured").value() - b->second.at("measured").value();
                for (const auto& [name, mean] : a->second)
                    if (name != "measured" && b->second.count(name))
                        difference.predicted[name] = mean.value() - b->second.at(name).value();
                difference.predicted["oracle_protein_means"] =
                    protein_means.at(a->first).value() - protein_means.at(b->first).value();
                of_compound.push_back(std::move(difference));
            }
    }
    return list;
}

struct Figures {
    double sign_accuracy = 0, correlation = 0;
};

/// Equal predictions count half; the order of the two proteins is arbitrary, so the correlation goes through
/// the origin: sum(xy) / sqrt(sum(x^2) sum(y^2)), 0 where all predictions are equal.
Figures figures_of(const Compounds& compounds, const std::vector<std::size_t>& chosen,
                   const std::string& method) {
    double right = 0, clear = 0, xy = 0, xx = 0, yy = 0;
    for (const std::size_t compound : chosen)
        for (const auto& difference : compounds.differences[compound]) {
            const auto place = difference.predicted.find(method);
            if (place == difference.predicted.end()) continue;
            const double x = place->second, y = difference.measured;
            xy += x * y;
            xx += x * x;
            yy += y * y;
            if (std::abs(y) < kClearDifferencePk) continue;
            ++clear;
            right += x * y > 0 ? 1 : x == 0 ? 0.5 : 0;
        }
    return {clear > 0 ? right / clear : std::numeric_limits<double>::quiet_NaN(),
            xx > 0 && yy > 0 ? xy / std::sqrt(xx * yy) : 0};
}

report::Interval interval_of(double value, std::vector<double> samples) {
    std::erase_if(samples, [](double sample) { return !std::isfinite(sample); });
    if (samples.empty()) return {value, std::nan(""), std::nan("")};
    std::sort(samples.begin(), samples.end());
    const auto at = [&](double share) {
        return samples[static_cast<std::size_t>(share * static_cast<double>(samples.size() - 1))];
    };
    return {value, at(0.025), at(0.975)};
}

}  // namespace

std::optional<Selectivity> measure_selectivity(const EvaluateOptions& options, LabelledData& data,
                                               const EvaluateResult& result,
                                               const std::vector<std::size_t>& used) {
    const Compounds compounds = differences(data, result, used);
    if (compounds.size() == 0) return std::nullopt;
    Selectivity selectivity;
    selectivity.compounds = static_cast<int>(compounds.size());
    std::vector<std::size_t> all;
    for (std::size_t i = 0; i < compounds.size(); ++i) {
        all.push_back(i);
        for (const auto& difference : compounds.differences[i]) {
            ++selectivity.pairs;
            selectivity.points.push_back({compounds.smiles[i], difference.proteins, difference.measured,
                                          difference.predicted.at("model")});
            selectivity.clear_pairs += std::abs(difference.measured) >= kClearDifferencePk;
        }
    }

    // The same resampled compounds for every method: differences of methods are paired.
    std::vector<std::string> methods;
    for (const auto& [name, value] : compounds.differences.front().front().predicted) methods.push_back(name);
    std::map<std::string, std::vector<Figures>> samples;
    Random random(options.seed);
    for (int sample = 0; sample < options.bootstrap_samples; ++sample) {
        std::vector<std::size_t> chosen;
        for (std::size_t i = 0; i < compounds.size(); ++i) chosen.push_back(random.below(compounds.size()));
        for (const auto& method : methods) samples[method].push_back(figures_of(compounds, chosen, method));
    }
    const Figures model = figures_of(compounds, all, "model");
    for (const auto& method : methods) {
        const Figures figures = figures_of(compounds, all, method);
        std::vector<double> sign, correlation, sign_gain, correlation_gain;
        for (std::size_t i = 0; i < samples[method].size(); ++i) {
            sign.push_back(samples[method][i].sign_accuracy);
            correlation.push_back(samples[method][i].correlation);
            sign_gain.push_back(samples["model"][i].sign_accuracy - samples[method][i].sign_accuracy);
            correlation_gain.push_back(samples["model"][i].correlation - samples[method][i].correlation);
        }
        selectivity.methods[method] = {
            interval_of(figures.sign_accuracy, sign), interval_of(figures.correlation, correlation),
            interval_of(model.sign_accuracy - figures.sign_accuracy, sign_gain),
            interval_of(model.correlation - figures.correlation, correlation_gain)};
    }
    return selectivity;
}

}  // namespace keyway::workflows

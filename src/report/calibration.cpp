/// Weighted quantiles of |deviation| / sd.
#include "keyway/report/calibration.hpp"

#include "keyway/core/error.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <vector>

namespace keyway::report {
namespace {

constexpr double kLevel = 0.9, kHalfWidth = 1.6449;  // of a normal distribution
constexpr std::size_t kFewestGroups = 3, kFewestRows = 50;

using Scores = std::map<int, std::vector<double>>;  // by group

/// The quantile over all groups but one, each group weighing the same.
double weighted_quantile(const Scores& scores, int left_out) {
    std::vector<std::pair<double, double>> weighted;  // score, weight
    double total = 0;
    for (const auto& [group, values] : scores) {
        if (group == left_out) continue;
        for (const double value : values)
            weighted.push_back({value, 1.0 / static_cast<double>(values.size())});
        total += 1;
    }
    std::sort(weighted.begin(), weighted.end());
    double sum = 0;
    for (const auto& [score, weight] : weighted)
        if ((sum += weight) >= kLevel * total - 1e-9) return score;
    return weighted.back().first;
}

}  // namespace

Calibration conformal_scale(std::span<const double> deviation, std::span<const double> sd,
                            std::span<const int> group) {
    if (deviation.size() != sd.size() || sd.size() != group.size())
        throw Error(ErrorKind::failure, "calibration of sequences of different length");
    Scores scores;
    Calibration result;
    int inside = 0;
    for (std::size_t i = 0; i < sd.size(); ++i) {
        const double score = std::abs(deviation[i]) / sd[i];
        if (!(sd[i] > 0) || !std::isfinite(score)) continue;
        scores[group[i]].push_back(score);
        inside += score <= kHalfWidth;
        ++result.rows;
    }
    result.groups = static_cast<int>(scores.size());
    if (scores.size() < kFewestGroups || static_cast<std::size_t>(result.rows) < kFewestRows)
        throw Error(ErrorKind::input,
                    "calibration needs " + std::to_string(kFewestRows) + " values of " +
                        std::to_string(kFewestGroups) + " homolog clusters, got " +
                        std::to_string(result.rows) + " of " + std::to_string(result.groups),
                    "calibrate on validation rows of many targets");
    result.coverage_before = static_cast<double>(inside) / result.rows;
    constexpr int kNone = -2147483647;
    result.scale = weighted_quantile(scores, kNone) / kHalfWidth;
    int left_out_inside = 0;
    for (const auto& [own, values] : scores) {
        const double quantile = weighted_quantile(scores, own);
        left_out_inside += static_cast<int>(
            std::count_if(values.begin(), values.end(), [&](double score) { return score <= quantile; }));
    }
    result.coverage_left_out = static_cast<double>(left_out_inside) / result.rows;
    return result;
}

}  // namespace keyway::report

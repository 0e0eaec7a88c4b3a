/// Correlations, errors and the group bootstrap.
#include "keyway/report/metrics.hpp"

#include "keyway/core/error.hpp"
#include "keyway/core/random.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>

namespace keyway::report {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

void check_lengths(std::span<const double> x, std::span<const double> y) {
    if (x.size() != y.size())
        throw Error(ErrorKind::failure, "metric of two sequences of different length: " +
                                            std::to_string(x.size()) + " and " + std::to_string(y.size()));
}

/// At least two values, all finite, not all equal. The exact comparison matters: the mean of equal numbers
/// may differ from them in the last bit, and a correlation of such rounding errors is noise.
bool has_spread(std::span<const double> values) {
    if (values.size() < 2) return false;
    for (double value : values)
        if (!std::isfinite(value)) return false;
    const auto [low, high] = std::minmax_element(values.begin(), values.end());
    return *low < *high;
}

std::uint64_t pairs_among(std::uint64_t n) { return n * (n - 1) / 2; }

/// Pairs inside runs of equal neighbours of a sorted sequence.
template <class Equal>
std::uint64_t tied_pairs(std::size_t n, Equal equal_to_previous) {
    std::uint64_t pairs = 0, run = 1;
    for (std::size_t i = 1; i <= n; ++i) {
        if (i < n && equal_to_previous(i)) {
            ++run;
        } else {
            pairs += pairs_among(run);
            run = 1;
        }
    }
    return pairs;
}

/// Sorts `values` by merging and counts the strict inversions.
std::uint64_t sort_and_count_inversions(std::vector<double>& values) {
    std::vector<double> merged(values.size());
    std::uint64_t inversions = 0;
    for (std::size_t width = 1; width < values.size(); width *= 2) {
        for (std::size_t begin = 0; begin < values.size(); begin += 2 * width) {
            const std::size_t middle = std::min(begin + width, values.size());
            const std::size_t end = std::min(begin + 2 * width, values.size());
            std::size_t left = begin, right = middle, out = begin;
            while (left < middle && right < end) {
                if (values[right] < values[left]) {
                    inversions += middle - left;
                    merged[out++] = values[right++];
                } else {
                    merged[out++] = values[left++];
                }
            }
            while (left < middle) merged[out++] = values[left++];
            while (right < end) merged[out++] = values[right++];
        }
        values.swap(merged);
    }
    return inversions;
}

/// Linear interpolation between the order statistics of a sorted sequence.
double quantile(const std::vector<double>& sorted, double fraction) {
    const double place = fraction * static_cast<double>(sorted.size() - 1);
    const auto below = static_cast<std::size_t>(place);
    const std::size_t above = std::min(below + 1, sorted.size() - 1);
    return sorted[below] + (place - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

Interval bootstrap_mean(const std::vector<double>& values, std::uint64_t seed, int samples) {
    if (values.empty()) return {kNan, kNan, kNan};
    const double count = static_cast<double>(values.size());
    const double mean = std::accumulate(values.begin(), values.end(), 0.0) / count;
    if (values.size() == 1 || samples < 1) return {mean, kNan, kNan};
    Random random(seed);
    std::vector<double> means;
    for (int sample = 0; sample < samples; ++sample) {
        double sum = 0;
        for (std::size_t i = 0; i < values.size(); ++i) sum += values[random.below(values.size())];
        means.push_back(sum / count);
    }
    std::sort(means.begin(), means.end());
    return {mean, quantile(means, 0.025), quantile(means, 0.975)};
}

}  // namespace

double pearson(std::span<const double> x, std::span<const double> y) {
    check_lengths(x, y);
    if (!has_spread(x) || !has_spread(y)) return kNan;
    const double n = static_cast<double>(x.size());
    const double mean_x = std::accumulate(x.begin(), x.end(), 0.0) / n;
    const double mean_y = std::accumulate(y.begin(), y.end(), 0.0) / n;
    double xx = 0, yy = 0, xy = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        const double dx = x[i] - mean_x, dy = y[i] - mean_y;
        xx += dx * dx;
        yy += dy * dy;
        xy += dx * dy;
    }
    // Two roots, not the root of the product: that one underflows for tiny spreads.
    return std::clamp(xy / (std::sqrt(xx) * std::sqrt(yy)), -1.0, 1.0);
}

std::vector<double> average_ranks(std::span<const double> values) {
    std::vector<std::size_t> order(values.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(), [&](auto a, auto b) { return values[a] < values[b]; });
    std::vector<double> ranks(values.size());
    for (std::size_t begin = 0; begin < order.size();) {
        std::size_t end = begin + 1;
        while (end < order.size() && values[order[end]] == values[order[begin]]) ++end;
        for (std::size_t i = begin; i < end; ++i)
            ranks[order[i]] = 0.5 * static_cast<double>(begin + 1 + end);
        begin = end;
    }
    return ranks;
}

double spearman(std::span<const double> x, std::span<const double> y) {
    check_lengths(x, y);
    if (!has_spread(x) || !has_spread(y)) return kNan;
    return pearson(average_ranks(x), average_ranks(y));
}

double kendall(std::span<const double> x, std::span<const double> y) {
    check_lengths(x, y);
    if (!has_spread(x) || !has_spread(y)) return kNan;
    const std::size_t n = x.size();
    std::vector<std::size_t> order(n);
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(),
              [&](auto a, auto b) { return x[a] != x[b] ? x[a] < x[b] : y[a] < y[b]; });
    const auto same_x = [&](std::size_t i) { return x[order[i]] == x[order[i - 1]]; };
    const auto same_y = [&](std::size_t i) { return y[order[i]] == y[order[i - 1]]; };
    const std::uint64_t tied_x = tied_pairs(n, same_x);
    const std::uint64_t tied_both = tied_pairs(n, [&](std::size_t i) { return same_x(i) && same_y(i); });

    std::vector<double> y_by_x(n);
    for (std::size_t i = 0; i < n; ++i) y_by_x[i] = y[order[i]];
    const std::uint64_t discordant = sort_and_count_inversions(y_by_x);
    const std::uint64_t tied_y = tied_pairs(n, [&](std::size_t i) { return y_by_x[i] == y_by_x[i - 1]; });

    // Concordant pairs are all pairs less the ties (joint ones are in both counts) less the discordant ones.
    const auto all = static_cast<double>(pairs_among(n));
    const auto ties_x = static_cast<double>(tied_x), ties_y = static_cast<double>(tied_y);
    const double excess =
        all - ties_x - ties_y + static_cast<double>(tied_both) - 2.0 * static_cast<double>(discordant);
    return excess / (std::sqrt(all - ties_x) * std::sqrt(all - ties_y));
}

double rmse(std::span<const double> predicted, std::span<const double> measured) {
    check_lengths(predicted, measured);
    double sum = 0;
    for (std::size_t i = 0; i < predicted.size(); ++i)
        sum += (predicted[i] - measured[i]) * (predicted[i] - measured[i]);
    return predicted.empty() ? kNan : std::sqrt(sum / static_cast<double>(predicted.size()));
}

double mae(std::span<const double> predicted, std::span<const double> measured) {
    check_lengths(predicted, measured);
    double sum = 0;
    for (std::size_t i = 0; i < predicted.size(); ++i) sum += std::abs(predicted[i] - measured[i]);
    return predicted.empty() ? kNan : sum / static_cast<double>(predicted.size());
}

Interval bootstrap_group_mean(std::span<const double> per_group, std::uint64_t seed, int samples) {
    std::vector<double> finite;
    for (double value : per_group)
        if (std::isfinite(value)) finite.push_back(value);
    return bootstrap_mean(finite, seed, samples);
}

Interval bootstrap_group_difference(std::span<const double> a, std::span<const double> b, std::uint64_t seed,
                                    int samples) {
    check_lengths(a, b);
    std::vector<double> differences;
    for (std::size_t i = 0; i < a.size(); ++i)
        if (std::isfinite(a[i]) && std::isfinite(b[i])) differences.push_back(a[i] - b[i]);
    return bootstrap_mean(differences, seed, samples);
}

}  // namespace keyway::report

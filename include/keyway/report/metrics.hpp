/// Rank and error metrics with bootstrap intervals. All inputs are pK.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace keyway::report {

/// NaN when undefined (fewer than 2 values, or no spread).
double pearson(std::span<const double> x, std::span<const double> y);
double spearman(std::span<const double> x, std::span<const double> y);  ///< average ranks for ties
double kendall(std::span<const double> x, std::span<const double> y);   ///< tau-b
double rmse(std::span<const double> predicted, std::span<const double> measured);
double mae(std::span<const double> predicted, std::span<const double> measured);

struct Interval {
    double value = 0, low = 0, high = 0;  ///< percentile bootstrap, 95 %
};

/// Resamples groups with replacement and averages `per_group` over those that are finite.
Interval bootstrap_group_mean(std::span<const double> per_group, std::uint64_t seed, int samples = 2000);
/// Paired difference of two methods over the same groups.
Interval bootstrap_group_difference(std::span<const double> a, std::span<const double> b,
                                    std::uint64_t seed, int samples = 2000);

}  // namespace keyway::report

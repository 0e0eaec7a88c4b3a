/// Rank and error metrics with bootstrap intervals. All inputs are pK.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace keyway::report {

/// The three correlations are NaN when undefined: fewer than 2 values, no spread on one side, or a value that
/// is not finite. Sequences of different length throw Error(failure).
double pearson(std::span<const double> x, std::span<const double> y);
double spearman(std::span<const double> x, std::span<const double> y);  ///< average ranks for ties
/// Kendall's tau-b in O(n log n) (Knight 1966, doi:10.1080/01621459.1966.10480879).
double kendall(std::span<const double> x, std::span<const double> y);
/// NaN for empty input.
double rmse(std::span<const double> predicted, std::span<const double> measured);
double mae(std::span<const double> predicted, std::span<const double> measured);

/// 1-based ranks; equal values share the mean of their ranks. The values must be finite.
std::vector<double> average_ranks(std::span<const double> values);

/// Percentile bootstrap, 95 %. All NaN without a finite group; `low` and `high` NaN for a single one
/// and without samples.
struct Interval {
    double value = 0, low = 0, high = 0;
};

/// Mean over the groups that are finite, resampled with replacement.
Interval bootstrap_group_mean(std::span<const double> per_group, std::uint64_t seed, int samples = 2000);
/// Mean of a - b over the groups where both are finite, resampled in pairs.
Interval bootstrap_group_difference(std::span<const double> a, std::span<const double> b, std::uint64_t seed,
                                    int samples = 2000);

}  // namespace keyway::report

/// How early a ranking finds its actives: enrichment factors, BEDROC, ROC-AUC, logAUC, with intervals.
#pragma once

#include "keyway/report/metrics.hpp"

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace keyway::report {

/// In this order everywhere.
/// * ef_x: actives among the first ceil(x % of N), over what chance puts there.
/// * bedroc_a: Truchon and Bayly 2007, doi:10.1021/ci600426e, eq. 36, alpha 20 and 80.5; 0 worst, 1 best.
///   Comparable only between screens with the same share of actives.
/// * roc_auc: chance that an active is above a decoy.
/// * log_auc: area under the ROC curve over log10 of the share of decoys from 0.001 to 1, as a share of the
///   whole (Mysinger and Shoichet 2010, doi:10.1021/ci100214a); 0.145 by chance.
inline constexpr std::array<std::string_view, 7> kScreeningMetricNames = {
    "ef_0.5", "ef_1", "ef_5", "bedroc_20", "bedroc_80.5", "roc_auc", "log_auc"};
enum class ScreeningMetric : std::size_t { ef_0_5, ef_1, ef_5, bedroc_20, bedroc_80_5, roc_auc, log_auc };
inline constexpr std::size_t kScreeningMetricCount = kScreeningMetricNames.size();

using ScreeningMetrics = std::array<double, kScreeningMetricCount>;
using ScreeningIntervals = std::array<Interval, kScreeningMetricCount>;

/// Actives and decoys, best score first. Equal scores stay undecided: every metric is its mean over all
/// orders of equal ones (log_auc: of the straight line through them), so a constant score has EF 1 and
/// ROC-AUC 0.5.
class RankedCompounds {
public:
    /// Higher is better. Throws Error(failure) for different lengths or a score that is not finite.
    RankedCompounds(std::span<const double> scores, const std::vector<bool>& is_active);

    /// All NaN without an active or without a decoy.
    ScreeningMetrics metrics() const;
    /// With compound i there `copies[i]` times.
    ScreeningMetrics metrics(std::span<const int> copies) const;
    /// Share of actives found when the given shares of the decoys (rising, 0 to 1) have been passed.
    std::vector<double> found_at(std::span<const double> decoy_shares) const;

private:
    struct Tie {
        double actives = 0, decoys = 0;
    };
    std::vector<Tie> ties(std::span<const int> copies) const;

    std::vector<std::size_t> order_;      ///< compounds, best first
    std::vector<std::size_t> tie_begin_;  ///< into `order_`, with its size at the end
    std::vector<bool> is_active_;
};

/// One way of scoring the same compounds.
struct ScreenedMethod {
    ScreeningIntervals value;
    ScreeningIntervals first_minus_it;  ///< the first method less this one, paired
};

/// `scores[method][repeat][compound]`: metrics are means over a method's repeats. Percentile bootstrap,
/// 95 %: actives and decoys are drawn with replacement, each among themselves, the same ones for all methods.
std::vector<ScreenedMethod> compare_screens(const std::vector<std::vector<std::vector<double>>>& scores,
                                            const std::vector<bool>& is_active, std::uint64_t seed,
                                            int samples = 2000);

}  // namespace keyway::report

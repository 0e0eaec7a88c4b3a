/// Weighted quantiles of |deviation| / sd, and the level at which they cover groups that they have not seen.
#include "keyway/report/calibration.hpp"

#include "keyway/core/error.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <vector>

namespace keyway::report {
namespace {

constexpr double kHalfWidth = 1.6449;                       // of a normal distribution, 90 %
constexpr int kCoverage = 900, kLowest = 800, kAll = 1000;  // levels are in thousandths
constexpr std::size_t kFewestGroups = 3, kFewestRows = 50;
constexpr int kNone = -2147483647;

using Scores = std::map<int, std::vector<double>>;  // by group, sorted

/// Scores of all groups in one order, each group weighing 1.
class Pool {
public:
    explicit Pool(const Scores& scores) : scores_(scores) {
        for (const auto& [group, values] : scores)
            for (const double value : values)
                ordered_.push_back({value, 1.0 / static_cast<double>(values.size()), group});
        std::sort(ordered_.begin(), ordered_.end(),
                  [](const auto& a, const auto& b) { return a.score < b.score; });
    }

    /// The smallest score that a share of `level` of the groups' weight does not exceed; two groups may be
    /// left out (`kNone`: none).
    double quantile(int level, int left_out, int also = kNone) const {
        const auto groups = scores_.size() - (left_out != kNone) - (also != kNone && also != left_out);
        const double wanted = level / 1000.0 * static_cast<double>(groups) - 1e-9;
        double sum = 0, last = 0;
        for (const auto& item : ordered_) {
            if (item.group == left_out || item.group == also) continue;
            last = item.score;
            if ((sum += item.weight) >= wanted) break;
        }
        return last;
    }

    /// Mean over the groups but `left_out` of the share of a group inside the others' quantile.
    double coverage(int level, int left_out) const {
        double sum = 0, groups = 0;
        for (const auto& [group, values] : scores_) {
            if (group == left_out) continue;
            sum += share_inside(values, quantile(level, left_out, group));
            groups += 1;
        }
        return sum / groups;
    }

    /// The lowest level with which a group outside is covered: monotone, so by bisection.
    int level(int left_out) const {
        int low = kLowest, high = kAll;
        while (low < high) {
            const int middle = (low + high) / 2;
            if (coverage(middle, left_out) >= kCoverage / 1000.0 - 1e-9)
                high = middle;
            else
                low = middle + 1;
        }
        return high;
    }

    static double share_inside(const std::vector<double>& sorted, double quantile) {
        return static_cast<double>(std::upper_bound(sorted.begin(), sorted.end(), quantile) -
                                   sorted.begin()) /
               static_cast<double>(sorted.size());
    }

private:
    struct Item {
        double score, weight;
        int group;
    };
    const Scores& scores_;
    std::vector<Item> ordered_;
};

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
    for (auto& [cluster, values] : scores) std::sort(values.begin(), values.end());
    const Pool pool(scores);
    result.scale = pool.quantile(pool.level(kNone), kNone) / kHalfWidth;
    std::vector<double> coverages;
    double left_out_inside = 0;
    for (const auto& [own, values] : scores) {
        // The level too comes from the other groups.
        const double share = Pool::share_inside(values, pool.quantile(pool.level(own), own));
        result.left_out.push_back({own, static_cast<int>(values.size()), share});
        coverages.push_back(share);
        left_out_inside += share * static_cast<double>(values.size());
    }
    result.coverage_left_out = left_out_inside / result.rows;
    result.group_coverage_left_out = bootstrap_group_mean(coverages, 1);
    return result;
}

}  // namespace keyway::report

/// Enrichment from runs of equal scores: every metric is linear in "actives at this rank", so its mean over
/// the orders of a tie puts the tie's share of actives on each of its ranks.
#include "keyway/report/screening_metrics.hpp"

#include "keyway/core/error.hpp"
#include "keyway/core/random.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace keyway::report {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kLogAucFrom = 0.001;  ///< share of decoys

/// ceil(per_mille / 1000 * total) without a product that rounds up past an integer (0.01 * 700 does).
double ranks_in(double total, std::uint64_t per_mille) {
    return static_cast<double>((static_cast<std::uint64_t>(total) * per_mille + 999) / 1000);
}

/// Sums over ranks while the ties go by.
class Sums {
public:
    Sums(double actives, double decoys) : actives_(actives), decoys_(decoys) {}

    void add(double actives, double decoys) {
        const double size = actives + decoys, begin = passed_actives_ + passed_decoys_;
        for (std::size_t i = 0; i < kPerMille.size(); ++i) {
            const double inside = std::clamp(ranks_in(total(), kPerMille[i]) - begin, 0.0, size);
            found_[i] += actives * inside / size;
        }
        for (std::size_t i = 0; i < kAlpha.size(); ++i) {
            // Mean of exp(-alpha r / N) over the ranks r of the tie: a geometric series.
            const double step = -kAlpha[i] / total();
            exponential_[i] +=
                actives / size * std::exp(step * (begin + 1)) * std::expm1(step * size) / std::expm1(step);
        }
        above_ += actives * (decoys_ - passed_decoys_ - decoys) + 0.5 * actives * decoys;
        if (decoys > 0) add_log_area(actives, decoys);
        passed_actives_ += actives;
        passed_decoys_ += decoys;
    }

    ScreeningMetrics metrics() const {
        ScreeningMetrics result{};
        for (std::size_t i = 0; i < kPerMille.size(); ++i)
            result[i] = found_[i] / ranks_in(total(), kPerMille[i]) * total() / actives_;
        for (std::size_t i = 0; i < kAlpha.size(); ++i) result[kPerMille.size() + i] = bedroc(i);
        result[5] = above_ / (actives_ * decoys_);
        result[6] = log_area_ / -std::log10(kLogAucFrom);
        return result;
    }

private:
    static constexpr std::array<std::uint64_t, 3> kPerMille = {5, 10, 50};
    static constexpr std::array<double, 2> kAlpha = {20, 80.5};

    double total() const { return actives_ + decoys_; }

    /// RIE between its least and its greatest value, which is eq. 36 (as eqs. 19, 32 and 33 give it).
    double bedroc(std::size_t i) const {
        const double alpha = kAlpha[i], share = actives_ / total();
        const double by_chance = -std::expm1(-alpha) / (total() * std::expm1(alpha / total()));
        const double rie = exponential_[i] / actives_ / by_chance;
        const double greatest = std::expm1(-alpha * share) / (share * std::expm1(-alpha));
        const double least = std::expm1(alpha * share) / (share * std::expm1(alpha));
        return (rie - least) / (greatest - least);
    }

    /// A straight piece y = start + slope (x - from) of the ROC curve, integrated over log10 x.
    void add_log_area(double actives, double decoys) {
        const double from = passed_decoys_ / decoys_, to = (passed_decoys_ + decoys) / decoys_;
        if (to <= kLogAucFrom) return;
        const double slope = actives / actives_ / (to - from);
        const double start = passed_actives_ / actives_ - slope * from, left = std::max(from, kLogAucFrom);
        log_area_ += slope * (to - left) / std::log(10.0) + start * std::log10(to / left);
    }

    double actives_, decoys_, passed_actives_ = 0, passed_decoys_ = 0;
    std::array<double, kPerMille.size()> found_{};
    std::array<double, kAlpha.size()> exponential_{};
    double above_ = 0, log_area_ = 0;
};

/// Linear interpolation between the order statistics.
Interval interval_of(double value, std::vector<double> samples) {
    std::erase_if(samples, [](double sample) { return !std::isfinite(sample); });
    if (samples.empty()) return {value, kNan, kNan};
    std::sort(samples.begin(), samples.end());
    const auto at = [&](double share) {
        const double place = share * static_cast<double>(samples.size() - 1);
        const auto below = static_cast<std::size_t>(place);
        const std::size_t above = std::min(below + 1, samples.size() - 1);
        return samples[below] + (place - static_cast<double>(below)) * (samples[above] - samples[below]);
    };
    return {value, at(0.025), at(0.975)};
}

ScreeningMetrics mean(const std::vector<RankedCompounds>& repeats, std::span<const int> copies) {
    ScreeningMetrics sum{};
    for (const auto& ranked : repeats) {
        const ScreeningMetrics one = ranked.metrics(copies);
        for (std::size_t m = 0; m < one.size(); ++m) sum[m] += one[m] / static_cast<double>(repeats.size());
    }
    return sum;
}

}  // namespace

RankedCompounds::RankedCompounds(std::span<const double> scores, const std::vector<bool>& is_active)
    : order_(scores.size()), is_active_(is_active) {
    if (scores.size() != is_active.size())
        throw Error(ErrorKind::failure, "ranking of " + std::to_string(scores.size()) + " scores and " +
                                            std::to_string(is_active.size()) + " classes");
    for (const double score : scores)
        if (!std::isfinite(score)) throw Error(ErrorKind::failure, "ranking by a score that is not finite");
    std::iota(order_.begin(), order_.end(), std::size_t{0});
    std::stable_sort(order_.begin(), order_.end(), [&](auto a, auto b) { return scores[a] > scores[b]; });
    for (std::size_t i = 0; i < order_.size(); ++i)
        if (i == 0 || scores[order_[i]] != scores[order_[i - 1]]) tie_begin_.push_back(i);
    tie_begin_.push_back(order_.size());
}

std::vector<RankedCompounds::Tie> RankedCompounds::ties(std::span<const int> copies) const {
    std::vector<Tie> list;
    for (std::size_t t = 0; t + 1 < tie_begin_.size(); ++t) {
        Tie tie;
        for (std::size_t i = tie_begin_[t]; i < tie_begin_[t + 1]; ++i)
            (is_active_[order_[i]] ? tie.actives : tie.decoys) += copies[order_[i]];
        if (tie.actives + tie.decoys > 0) list.push_back(tie);
    }
    return list;
}

ScreeningMetrics RankedCompounds::metrics() const { return metrics(std::vector<int>(order_.size(), 1)); }

ScreeningMetrics RankedCompounds::metrics(std::span<const int> copies) const {
    const std::vector<Tie> list = ties(copies);
    Tie all;
    for (const auto& tie : list) {
        all.actives += tie.actives;
        all.decoys += tie.decoys;
    }
    ScreeningMetrics undefined;
    undefined.fill(kNan);
    if (all.actives == 0 || all.decoys == 0) return undefined;
    Sums sums(all.actives, all.decoys);
    for (const auto& tie : list) sums.add(tie.actives, tie.decoys);
    return sums.metrics();
}

std::vector<double> RankedCompounds::found_at(std::span<const double> decoy_shares) const {
    const std::vector<Tie> list = ties(std::vector<int>(order_.size(), 1));
    Tie all;
    for (const auto& tie : list) {
        all.actives += tie.actives;
        all.decoys += tie.decoys;
    }
    std::vector<double> found;
    Tie passed;
    std::size_t next = 0;
    for (const double share : decoy_shares) {
        const double wanted = share * all.decoys;
        while (next < list.size() && passed.decoys + list[next].decoys <= wanted) {
            passed.actives += list[next].actives;
            passed.decoys += list[next++].decoys;
        }
        const double part = next < list.size() ? (wanted - passed.decoys) / list[next].decoys : 0;
        found.push_back((passed.actives + (next < list.size() ? part * list[next].actives : 0)) /
                        all.actives);
    }
    return found;
}

std::vector<ScreenedMethod> compare_screens(const std::vector<std::vector<std::vector<double>>>& scores,
                                            const std::vector<bool>& is_active, std::uint64_t seed,
                                            int samples) {
    std::vector<std::vector<RankedCompounds>> ranked;
    for (const auto& repeats : scores) {
        auto& method = ranked.emplace_back();
        for (const auto& repeat : repeats) method.emplace_back(repeat, is_active);
    }
    std::vector<std::size_t> members[2];
    for (std::size_t i = 0; i < is_active.size(); ++i) members[is_active[i] ? 1 : 0].push_back(i);

    std::vector<std::vector<ScreeningMetrics>> drawn(ranked.size());  // [method][sample]
    Random random(seed);
    for (int sample = 0; sample < samples && !members[0].empty() && !members[1].empty(); ++sample) {
        std::vector<int> copies(is_active.size());
        for (const auto& group : members)
            for (std::size_t i = 0; i < group.size(); ++i) ++copies[group[random.below(group.size())]];
        for (std::size_t m = 0; m < ranked.size(); ++m) drawn[m].push_back(mean(ranked[m], copies));
    }
    std::vector<ScreenedMethod> result(ranked.size());
    const std::vector<int> once(is_active.size(), 1);
    for (std::size_t m = 0; m < ranked.size(); ++m) {
        const ScreeningMetrics first = mean(ranked.front(), once), own = mean(ranked[m], once);
        for (std::size_t k = 0; k < kScreeningMetricCount; ++k) {
            std::vector<double> values, differences;
            for (std::size_t s = 0; s < drawn[m].size(); ++s) {
                values.push_back(drawn[m][s][k]);
                differences.push_back(drawn[0][s][k] - drawn[m][s][k]);
            }
            result[m].value[k] = interval_of(own[k], std::move(values));
            result[m].first_minus_it[k] = interval_of(first[k] - own[k], std::move(differences));
        }
    }
    return result;
}

}  // namespace keyway::report

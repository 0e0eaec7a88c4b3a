/// Screening metrics against closed forms and against the mean over all orders of equal scores.
#include "keyway/report/screening_metrics.hpp"

#include "keyway/core/error.hpp"
#include "keyway/core/random.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace keyway::report {
namespace {

double at(const ScreeningMetrics& metrics, ScreeningMetric metric) {
    return metrics[static_cast<std::size_t>(metric)];
}

ScreeningMetrics of(const std::vector<double>& scores, const std::vector<bool>& active) {
    return RankedCompounds(scores, active).metrics();
}

/// The definitions, word for word, for a strict order.
ScreeningMetrics by_definition(const std::vector<bool>& ranked) {
    const double n = static_cast<double>(ranked.size());
    const double actives = static_cast<double>(std::count(ranked.begin(), ranked.end(), true));
    ScreeningMetrics result{};
    const int per_mille[] = {5, 10, 50};
    for (std::size_t k = 0; k < 3; ++k) {
        std::size_t top = 0;
        while (1000 * top < ranked.size() * static_cast<std::size_t>(per_mille[k])) ++top;
        const auto found =
            std::count(ranked.begin(), ranked.begin() + static_cast<std::ptrdiff_t>(top), true);
        result[k] = static_cast<double>(found) / static_cast<double>(top) / (actives / n);
    }
    const double alphas[] = {20, 80.5};
    for (std::size_t k = 0; k < 2; ++k) {
        const double alpha = alphas[k], share = actives / n;
        double sum = 0;
        for (std::size_t i = 0; i < ranked.size(); ++i)
            if (ranked[i]) sum += std::exp(-alpha * static_cast<double>(i + 1) / n);
        // Truchon and Bayly, eq. 36.
        result[3 + k] = sum / (share * (1 - std::exp(-alpha)) / (std::exp(alpha / n) - 1)) * share *
                            std::sinh(alpha / 2) /
                            (std::cosh(alpha / 2) - std::cosh(alpha / 2 - alpha * share)) +
                        1 / (1 - std::exp(alpha * (1 - share)));
    }
    double pairs = 0, decoys_below = 0;
    for (std::size_t i = ranked.size(); i-- > 0;)
        if (ranked[i])
            pairs += decoys_below;
        else
            ++decoys_below;
    result[5] = pairs / (actives * (n - actives));
    return result;
}

TEST(ScreeningMetrics, MeanOverAllOrdersOfEqualScores) {
    const std::vector<double> scores{3, 3, 2, 1, 1, 1, 0};
    const std::vector<bool> active{true, false, false, true, false, false, true};
    std::vector<std::size_t> order(scores.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    ScreeningMetrics sum{};
    int orders = 0;
    do {
        if (!std::is_sorted(order.begin(), order.end(),
                            [&](auto a, auto b) { return scores[a] > scores[b]; }))
            continue;
        std::vector<bool> ranked;
        for (const auto i : order) ranked.push_back(active[i]);
        const auto one = by_definition(ranked);
        for (std::size_t k = 0; k < sum.size(); ++k) sum[k] += one[k];
        ++orders;
    } while (std::next_permutation(order.begin(), order.end()));
    EXPECT_EQ(orders, 2 * 6);
    const auto metrics = of(scores, active);
    for (std::size_t k = 0; k < 6; ++k)
        EXPECT_NEAR(metrics[k], sum[k] / orders, 1e-12) << kScreeningMetricNames[k];
}

TEST(ScreeningMetrics, StrictOrdersFollowTheDefinitions) {
    Random random(5);
    for (const std::size_t n : {10u, 100u, 700u, 1501u}) {
        std::vector<double> scores;
        std::vector<bool> active;
        for (std::size_t i = 0; i < n; ++i) {
            scores.push_back(-static_cast<double>(i));
            active.push_back(i == 1 || random.uniform() < 0.1);
        }
        const auto metrics = of(scores, active), expected = by_definition(active);
        for (std::size_t k = 0; k < 6; ++k)
            EXPECT_NEAR(metrics[k], expected[k], 1e-9) << n << kScreeningMetricNames[k];
    }
}

TEST(ScreeningMetrics, AConstantScoreIsChance) {
    std::vector<bool> active(1000, false);
    std::fill(active.begin(), active.begin() + 20, true);
    const auto metrics = of(std::vector<double>(1000, 7), active);
    EXPECT_NEAR(at(metrics, ScreeningMetric::ef_0_5), 1, 1e-12);
    EXPECT_NEAR(at(metrics, ScreeningMetric::ef_1), 1, 1e-12);
    EXPECT_NEAR(at(metrics, ScreeningMetric::ef_5), 1, 1e-12);
    EXPECT_NEAR(at(metrics, ScreeningMetric::roc_auc), 0.5, 1e-12);
    EXPECT_NEAR(at(metrics, ScreeningMetric::log_auc), 0.999 / std::log(1000.0), 1e-12);
    // By chance RIE is 1: (1 - RIEmin) / (RIEmax - RIEmin).
    const double least = (1 - std::exp(20 * 0.02)) / (0.02 * (1 - std::exp(20.0)));
    const double greatest = (1 - std::exp(-20 * 0.02)) / (0.02 * (1 - std::exp(-20.0)));
    EXPECT_NEAR(at(metrics, ScreeningMetric::bedroc_20), (1 - least) / (greatest - least), 1e-9);
}

TEST(ScreeningMetrics, BestAndWorst) {
    std::vector<bool> active(700, false);
    std::vector<double> scores;
    for (std::size_t i = 0; i < 700; ++i) {
        active[i] = i < 7;
        scores.push_back(-static_cast<double>(i));
    }
    const auto best = of(scores, active);
    // 1 % of 700 are 7 ranks, not the 8 that ceil(0.01 * 700.0) gives.
    EXPECT_NEAR(at(best, ScreeningMetric::ef_1), 100, 1e-9);
    EXPECT_NEAR(at(best, ScreeningMetric::bedroc_20), 1, 1e-9);
    EXPECT_NEAR(at(best, ScreeningMetric::bedroc_80_5), 1, 1e-9);
    EXPECT_NEAR(at(best, ScreeningMetric::roc_auc), 1, 1e-12);
    EXPECT_NEAR(at(best, ScreeningMetric::log_auc), 1, 1e-12);
    for (double& score : scores) score = -score;
    const auto worst = of(scores, active);
    EXPECT_NEAR(at(worst, ScreeningMetric::ef_5), 0, 1e-12);
    EXPECT_NEAR(at(worst, ScreeningMetric::bedroc_20), 0, 1e-9);
    EXPECT_NEAR(at(worst, ScreeningMetric::roc_auc), 0, 1e-12);
    EXPECT_NEAR(at(worst, ScreeningMetric::log_auc), 0, 1e-12);
}

TEST(ScreeningMetrics, AreUndefinedWithoutActivesOrDecoys) {
    for (const bool all : {true, false})
        for (const double value : of({1, 2}, {all, all})) EXPECT_TRUE(std::isnan(value));
    EXPECT_THROW(of({1, std::nan("")}, {true, false}), Error);
    EXPECT_THROW(of({1}, {true, false}), Error);
}

TEST(ScreeningMetrics, TheCurveRunsStraightThroughTies) {
    const RankedCompounds ranked(std::vector<double>{2, 1, 1, 1, 0}, {true, true, false, false, false});
    const std::vector<double> shares{0, 1.0 / 3, 2.0 / 3, 1};
    const auto found = ranked.found_at(shares);
    EXPECT_NEAR(found[0], 0.5, 1e-12);
    EXPECT_NEAR(found[1], 0.75, 1e-12);
    EXPECT_NEAR(found[2], 1, 1e-12);
    EXPECT_NEAR(found[3], 1, 1e-12);
}

TEST(ScreeningMetrics, CopiesAreLikeRepeatedCompounds) {
    const RankedCompounds ranked(std::vector<double>{3, 2, 1}, {true, false, true});
    const auto repeated = of({3, 3, 2, 2, 2}, {true, true, false, false, false});
    const auto copies = ranked.metrics(std::vector<int>{2, 3, 0});
    for (std::size_t k = 0; k < copies.size(); ++k) EXPECT_NEAR(copies[k], repeated[k], 1e-12);
}

TEST(CompareScreens, IntervalsHoldTheValueAndPairsCancel) {
    Random random(3);
    std::vector<bool> active;
    std::vector<double> good, none;
    for (int i = 0; i < 300; ++i) {
        active.push_back(i < 30);
        good.push_back((i < 30 ? 1.5 : 0.0) + random.normal());
        none.push_back(0);
    }
    const auto methods = compare_screens({{good}, {none}, {good, good}}, active, 1, 500);
    const auto auc = static_cast<std::size_t>(ScreeningMetric::roc_auc);
    EXPECT_GT(methods[0].value[auc].low, 0.6);
    EXPECT_LT(methods[0].value[auc].low, methods[0].value[auc].value);
    EXPECT_GT(methods[0].value[auc].high, methods[0].value[auc].value);
    // Hanley and McNeil's standard error for 30 and 270 compounds with this AUC is about 0.04.
    EXPECT_NEAR((methods[0].value[auc].high - methods[0].value[auc].low) / 3.92, 0.04, 0.015);
    EXPECT_NEAR(methods[1].value[auc].low, 0.5, 1e-12);
    EXPECT_NEAR(methods[1].first_minus_it[auc].value, methods[0].value[auc].value - 0.5, 1e-12);
    EXPECT_NEAR(methods[2].first_minus_it[auc].low, 0, 1e-12) << "the same scores, twice: no difference";
}

}  // namespace
}  // namespace keyway::report

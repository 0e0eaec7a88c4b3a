/// Metrics against hand-computed values and brute force.
#include "keyway/report/metrics.hpp"

#include "keyway/core/error.hpp"
#include "keyway/core/random.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace keyway::report {
namespace {

using testing::ElementsAre;
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
using Values = std::vector<double>;

TEST(Pearson, EqualsTheValueComputedByHand) {
    // x - mean = -1.5 -0.5 0.5 1.5; y - mean = -2 0 -1 3: sum xy = 7, xx = 5, yy = 14.
    EXPECT_NEAR(pearson(Values{1, 2, 3, 4}, Values{1, 3, 2, 6}), 7 / std::sqrt(70.0), 1e-15);
    EXPECT_DOUBLE_EQ(pearson(Values{1, 2, 4}, Values{-1, -2, -4}), -1.0);
}

TEST(Pearson, IsUndefinedWithoutSpreadOrForFewerThanTwoValues) {
    EXPECT_TRUE(std::isnan(pearson(Values{}, Values{})));
    EXPECT_TRUE(std::isnan(pearson(Values{1}, Values{2})));
    // 0.1 three times: the mean differs from 0.1 in the last bit.
    EXPECT_TRUE(std::isnan(pearson(Values{0.1, 0.1, 0.1}, Values{1, 2, 3})));
    EXPECT_TRUE(std::isnan(pearson(Values{1, 2, 3}, Values{0.1, 0.1, 0.1})));
}

TEST(Correlations, AreUndefinedForValuesThatAreNotFinite) {
    for (double bad : {kNan, std::numeric_limits<double>::infinity()}) {
        EXPECT_TRUE(std::isnan(pearson(Values{1, bad, 3}, Values{1, 2, 3})));
        EXPECT_TRUE(std::isnan(spearman(Values{1, bad, 3}, Values{1, 2, 3})));
        EXPECT_TRUE(std::isnan(kendall(Values{1, 2, 3}, Values{1, bad, 3})));
    }
}

TEST(Metrics, RefuseSequencesOfDifferentLength) {
    EXPECT_THROW(pearson(Values{1, 2}, Values{1, 2, 3}), Error);
    EXPECT_THROW(rmse(Values{1, 2}, Values{1}), Error);
    EXPECT_THROW(bootstrap_group_difference(Values{1, 2}, Values{1}, 1), Error);
}

TEST(AverageRanks, ShareTheMeanRankAmongTies) {
    EXPECT_THAT(average_ranks(Values{3, 1, 3, 2, 3}), ElementsAre(4, 1, 4, 2, 4));
    EXPECT_THAT(average_ranks(Values{5, 5}), ElementsAre(1.5, 1.5));
    EXPECT_TRUE(average_ranks(Values{}).empty());
}

TEST(Spearman, EqualsTheValueComputedByHandWithTies) {
    // ranks x: 1 2.5 2.5 4, y: 1 2 3 4; deviations -1.5 0 0 1.5 and -1.5 -.5 .5 1.5: 4.5 / sqrt(4.5 * 5).
    EXPECT_NEAR(spearman(Values{10, 20, 20, 30}, Values{1, 2, 3, 4}), 4.5 / std::sqrt(22.5), 1e-15);
    // Without ties: 1 - 6 sum d^2 / (n (n^2 - 1)) = 1 - 12 / 24 for d = (1, -1, 0).
    EXPECT_NEAR(spearman(Values{1, 2, 3}, Values{2, 1, 3}), 0.5, 1e-15);
}

TEST(Spearman, DependsOnTheOrderOnly) {
    const Values x{0.3, -2, 7, 4, 4, 1}, y{5, 6, 1, 2, 3, 3};
    Values stretched;
    for (double value : x) stretched.push_back(std::exp(3 * value));
    EXPECT_DOUBLE_EQ(spearman(x, y), spearman(stretched, y));
}

TEST(Kendall, EqualsTheValueComputedByHandWithTies) {
    // Pairs of x = 1 2 2 3, y = 1 3 2 3: 4 concordant, 0 discordant, one tie in x, one in y: 4 / sqrt(5 * 5).
    EXPECT_NEAR(kendall(Values{1, 2, 2, 3}, Values{1, 3, 2, 3}), 0.8, 1e-15);
    EXPECT_DOUBLE_EQ(kendall(Values{1, 2, 3, 4}, Values{4, 3, 2, 1}), -1.0);
}

double kendall_by_all_pairs(const Values& x, const Values& y) {
    double excess = 0, untied_x = 0, untied_y = 0;
    for (std::size_t i = 0; i < x.size(); ++i)
        for (std::size_t j = 0; j < i; ++j) {
            const auto sign = [](double d) { return (d > 0) - (d < 0); };
            excess += sign(x[i] - x[j]) * sign(y[i] - y[j]);
            untied_x += x[i] != x[j];
            untied_y += y[i] != y[j];
        }
    return excess / std::sqrt(untied_x * untied_y);
}

TEST(Kendall, AgreesWithAllPairsOnRandomDataWithManyTies) {
    Random random(7);
    for (std::size_t n : {2u, 3u, 4u, 5u, 8u, 17u, 31u, 32u, 33u, 200u}) {
        for (int repeat = 0; repeat < 20; ++repeat) {
            Values x, y;
            for (std::size_t i = 0; i < n; ++i) {
                x.push_back(static_cast<double>(random.below(1 + n / 2)));
                y.push_back(static_cast<double>(random.below(3)) + 0.5 * x.back());
            }
            const double expected = kendall_by_all_pairs(x, y), got = kendall(x, y);
            if (std::isnan(expected))
                EXPECT_TRUE(std::isnan(got)) << "n = " << n;
            else
                EXPECT_NEAR(got, expected, 1e-12) << "n = " << n;
        }
    }
}

TEST(Errors, EqualTheValuesComputedByHand) {
    EXPECT_DOUBLE_EQ(rmse(Values{1, 2, 3}, Values{1, 4, 2}), std::sqrt(5.0 / 3));
    EXPECT_DOUBLE_EQ(mae(Values{1, 2, 3}, Values{1, 4, 2}), 1.0);
    EXPECT_TRUE(std::isnan(rmse(Values{}, Values{})));
    EXPECT_TRUE(std::isnan(mae(Values{}, Values{})));
}

TEST(Bootstrap, LeavesUndefinedGroupsOut) {
    const Interval with = bootstrap_group_mean(Values{0.2, kNan, 0.4, 0.9}, 3);
    const Interval without = bootstrap_group_mean(Values{0.2, 0.4, 0.9}, 3);
    EXPECT_DOUBLE_EQ(with.value, 0.5);
    EXPECT_EQ(with.low, without.low);
    EXPECT_EQ(with.high, without.high);
}

TEST(Bootstrap, IsTheSameForTheSameSeed) {
    Random random(2);
    Values groups;
    for (int i = 0; i < 30; ++i) groups.push_back(random.uniform());
    EXPECT_EQ(bootstrap_group_mean(groups, 5).low, bootstrap_group_mean(groups, 5).low);
    EXPECT_NE(bootstrap_group_mean(groups, 5).low, bootstrap_group_mean(groups, 6).low);
}

TEST(Bootstrap, ApproachesTheNormalIntervalForManyGroups) {
    Random random(11);
    Values groups;
    for (int i = 0; i < 400; ++i) groups.push_back(random.normal());
    const Interval interval = bootstrap_group_mean(groups, 1, 4000);
    const double half_width = 0.5 * (interval.high - interval.low);
    EXPECT_NEAR(half_width, 1.96 / std::sqrt(400.0), 0.012);
    EXPECT_NEAR(interval.value, 0.5 * (interval.high + interval.low), 0.01);
}

TEST(Bootstrap, GivesTheMeanAloneWithoutSamples) {
    const Interval interval = bootstrap_group_mean(Values{1, 2, kNan, 6}, 1, 0);
    EXPECT_DOUBLE_EQ(interval.value, 3);
    EXPECT_TRUE(std::isnan(interval.low) && std::isnan(interval.high));
}

TEST(Bootstrap, OfPairsIsNarrowWhereTheGroupsMoveTogether) {
    const Values a{0.1, 0.9, 0.4, -0.5, 0.7};
    Values b;
    for (double value : a) b.push_back(value - 0.05);
    const Interval difference = bootstrap_group_difference(a, b, 1);
    EXPECT_NEAR(difference.low, 0.05, 1e-12);
    EXPECT_NEAR(difference.high, 0.05, 1e-12);
}

TEST(Bootstrap, OfPairsNeedsBothSides) {
    const Interval difference = bootstrap_group_difference(Values{1, kNan, 3}, Values{0, 5, kNan}, 1);
    EXPECT_DOUBLE_EQ(difference.value, 1.0);
    EXPECT_TRUE(std::isnan(difference.low)) << "one group has no interval";
    EXPECT_TRUE(std::isnan(bootstrap_group_mean(Values{kNan}, 1).value));
}

}  // namespace
}  // namespace keyway::report

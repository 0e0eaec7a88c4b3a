/// Calibration: a spread that is too small by a known factor is found.
#include "keyway/report/calibration.hpp"

#include "keyway/core/error.hpp"
#include "keyway/core/random.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace keyway::report {
namespace {

struct Rows {
    std::vector<double> deviation, sd;
    std::vector<int> group;
};

/// Normal deviations of standard deviation `truth` where 1 is stated.
Rows normal_rows(double truth, int groups, int rows_each) {
    Random random(7);
    Rows rows;
    for (int g = 0; g < groups; ++g)
        for (int i = 0; i < rows_each; ++i) {
            rows.deviation.push_back(truth * random.normal());
            rows.sd.push_back(1);
            rows.group.push_back(g);
        }
    return rows;
}

TEST(Calibration, FindsTheFactorBetweenStatedAndTrueSpread) {
    const Rows rows = normal_rows(1.5, 20, 200);
    const auto result = conformal_scale(rows.deviation, rows.sd, rows.group);
    EXPECT_NEAR(result.scale, 1.5, 0.06);
    EXPECT_NEAR(result.coverage_left_out, 0.9, 0.02);
    EXPECT_LT(result.coverage_before, 0.8);
}

TEST(Calibration, ALargeGroupWeighsNoMoreThanASmallOne) {
    Rows rows = normal_rows(1, 9, 100);
    for (int i = 0; i < 5000; ++i) {  // one badly predicted target with most of the rows
        rows.deviation.push_back(100);
        rows.sd.push_back(1);
        rows.group.push_back(9);
    }
    EXPECT_LT(conformal_scale(rows.deviation, rows.sd, rows.group).scale, 3);
}

/// Targets differ in how wrong the model is: what a scale covers of new ones, on average over data sets.
TEST(Calibration, IntervalsOfNewGroupsHoldNinetyPercentOnAverage) {
    for (const double spread : {0.0, 0.4}) {
        double covered = 0, reported = 0;
        constexpr int kSeeds = 40;
        for (int seed = 0; seed < kSeeds; ++seed) {
            Random random(static_cast<std::uint64_t>(seed) + 100);
            Rows rows;
            const auto add_group = [&](Rows& to, int group, int count) {
                const double scale = std::exp(spread * random.normal()), offset = spread * random.normal();
                for (int i = 0; i < count; ++i) {
                    to.deviation.push_back(offset + scale * random.normal());
                    to.sd.push_back(1);
                    to.group.push_back(group);
                }
            };
            for (int g = 0; g < 12; ++g) add_group(rows, g, 10 + static_cast<int>(random.below(80)));
            const auto result = conformal_scale(rows.deviation, rows.sd, rows.group);
            Rows fresh;
            for (int g = 0; g < 200; ++g) add_group(fresh, g, 20);
            int inside = 0;
            for (const double deviation : fresh.deviation)
                inside += std::abs(deviation) <= 1.6449 * result.scale;
            covered += inside / static_cast<double>(fresh.sd.size()) / kSeeds;
            reported += result.group_coverage_left_out.value / kSeeds;
        }
        EXPECT_GT(covered, 0.88) << "groups differ by " << spread;
        EXPECT_LT(covered, 0.92) << "groups differ by " << spread;
        EXPECT_NEAR(reported, covered, 0.03) << "what is reported is what new groups get";
    }
}

TEST(Calibration, EveryGroupIsReportedWithItsOwnCoverage) {
    Rows rows = normal_rows(1, 6, 40);
    for (int i = 0; i < 40; ++i) {
        rows.deviation.push_back(50);
        rows.sd.push_back(1);
        rows.group.push_back(9);
    }
    const auto result = conformal_scale(rows.deviation, rows.sd, rows.group);
    ASSERT_EQ(result.left_out.size(), 7u);
    EXPECT_EQ(result.left_out.back().group, 9);
    EXPECT_EQ(result.left_out.back().rows, 40);
    EXPECT_EQ(result.left_out.back().coverage, 0);
    EXPECT_LT(result.group_coverage_left_out.low, result.group_coverage_left_out.value);
    EXPECT_GT(result.group_coverage_left_out.high, result.group_coverage_left_out.value);
}

TEST(Calibration, LeavesOutWhatIsNotFiniteAndRefusesTooFewGroups) {
    Rows rows = normal_rows(1, 4, 50);
    rows.deviation[0] = std::nan("");
    EXPECT_EQ(conformal_scale(rows.deviation, rows.sd, rows.group).rows, 199);
    const Rows few = normal_rows(1, 2, 50);
    EXPECT_THROW(conformal_scale(few.deviation, few.sd, few.group), Error);
}

}  // namespace
}  // namespace keyway::report

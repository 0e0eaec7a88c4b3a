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

TEST(Calibration, LeavesOutWhatIsNotFiniteAndRefusesTooFewGroups) {
    Rows rows = normal_rows(1, 4, 50);
    rows.deviation[0] = std::nan("");
    EXPECT_EQ(conformal_scale(rows.deviation, rows.sd, rows.group).rows, 199);
    const Rows few = normal_rows(1, 2, 50);
    EXPECT_THROW(conformal_scale(few.deviation, few.sd, few.group), Error);
}

}  // namespace
}  // namespace keyway::report

/// How much wider or narrower stated standard deviations have to be for 90 % intervals that hold 90 %.
#pragma once

#include "keyway/report/metrics.hpp"

#include <span>
#include <vector>

namespace keyway::report {

struct Calibration {
    double scale = 1;            ///< multiply pk_sd by this
    double coverage_before = 0;  ///< share of rows inside pk +- 1.645 pk_sd as stated
    double coverage_left_out =
        0;  ///< the same with a scale from the other groups: what to expect on new ones
    int rows = 0, groups = 0;
    struct Group {
        int group = 0, rows = 0;
        double coverage = 0;  ///< share inside with a scale from the other groups
    };
    std::vector<Group> left_out;       ///< in the order of their numbers
    Interval group_coverage_left_out;  ///< mean over the groups, resampled by group
};

/// Split conformal prediction with |deviation| / sd as score (Lei et al. 2018,
/// doi:10.1080/01621459.2017.1307116) and groups (homolog clusters) as the exchangeable unit, each with the
/// same weight, because new targets are new groups (pooled distributions of Dunn, Wasserman and Ramdas 2022,
/// doi:10.1080/01621459.2022.2060112).
///
/// A quantile of few groups covers a new one less often than its level says. The correction that guarantees
/// 90 % takes the level 0.9 (K + 1) / K of K groups and holds 97 % with twelve alike; here the level is the
/// lowest (in steps of 0.001 from 0.8) whose quantiles of all groups but one cover that one by 90 %, in the
/// mean over the groups: no guarantee, but the right width. What is reported as left out takes level and
/// quantile from the other groups alone.
///
/// `deviation` is predicted minus measured; rows with sd <= 0 or without a finite number are left out. Throws
/// Error(input) for fewer than 3 groups or 50 rows: nothing could be held out.
Calibration conformal_scale(std::span<const double> deviation, std::span<const double> sd,
                            std::span<const int> group);

}  // namespace keyway::report

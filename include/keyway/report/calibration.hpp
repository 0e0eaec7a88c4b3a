/// How much wider or narrower stated standard deviations have to be for 90 % intervals that hold 90 %.
#pragma once

#include <span>

namespace keyway::report {

struct Calibration {
    double scale = 1;            ///< multiply pk_sd by this
    double coverage_before = 0;  ///< share of rows inside pk +- 1.645 pk_sd as stated
    double coverage_left_out =
        0;  ///< the same with a scale from the other groups: what to expect on new ones
    int rows = 0, groups = 0;
};

/// Split conformal prediction with |deviation| / sd as score (Lei et al. 2018,
/// doi:10.1080/01621459.2017.1307116), every group (homolog cluster) with the same weight, because new
/// targets are new groups. `deviation` is predicted minus measured; rows with sd <= 0 or without a finite
/// number are left out. Throws Error(input) for fewer than 3 groups or 50 rows: nothing could be held out.
Calibration conformal_scale(std::span<const double> deviation, std::span<const double> sd,
                            std::span<const int> group);

}  // namespace keyway::report

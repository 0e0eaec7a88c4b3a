/// The radial functions: B-splines by hand, smooth everywhere, zero from the cutoff on, honest gradients.
#include "keyway/ops/distance_bias.hpp"

#include "support/tensors.hpp"

#include <gtest/gtest.h>

namespace keyway::ops {
namespace {

using namespace testing;

at::Tensor numbers(const std::vector<double>& values) { return at::tensor(values, at::kDouble); }

TEST(DistanceBias, IsTheCubicBSplineOfItsKnots) {
    // Four knots up to 4 A: one A apart, at -1, 0, 1, 2 A. Only the third one speaks.
    at::Tensor table = at::zeros({4, 1}, at::kDouble);
    table[2][0] = 6;
    const at::Tensor y = distance_bias(numbers({1, 0, 2, 0.5, 3}), table, 4)[0];
    EXPECT_LT(difference(y, numbers({4, 1, 1, 2.875, 0})), 1e-14);  // 6 B(0), 6 B(1), ..., 6 B(1/2), 6 B(2)
}

TEST(DistanceBias, AllKnotsTogetherAreOneInsideAndFallSmoothlyToZeroAtTheCutoff) {
    const at::Tensor table = at::ones({16, 2}, at::kDouble);
    EXPECT_LT(difference(distance_bias(numbers({0, 3.3, 9.7}), table, 12), at::ones({2, 3}, at::kDouble)),
              1e-13);
    const at::Tensor edge = distance_bias(numbers({12 - 1e-3, 12, 13, 100}), table, 12);
    EXPECT_LT(edge.abs().max().item<double>(), 1e-9);
    EXPECT_GT(edge[0][0].item<double>(), 0);
    EXPECT_EQ(edge.narrow(1, 1, 3).abs().max().item<double>(), 0);
}

}  // namespace
}  // namespace keyway::ops

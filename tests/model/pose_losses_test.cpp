/// Losses of known poses against sums done by hand.
#include "model/pose_losses.hpp"

#include "support/tensors.hpp"

#include <gtest/gtest.h>

namespace keyway::model {
namespace {

using namespace testing;

at::Tensor numbers(const std::vector<double>& values) { return at::tensor(values, at::kDouble); }

TEST(DistanceBins, HaveOneBelowOneBeyondAndEqualOnesBetween) {
    // 2, 2.714, 3.43, ..., 12
    const at::Tensor bin = bin_of(numbers({0, 1.99, 2, 2.7, 2.72, 11.99, 12, 50}), pocket_distance_bins(16));
    EXPECT_EQ(difference(bin, index_of({0, 0, 1, 1, 2, 14, 15, 15})), 0);
    EXPECT_EQ(
        difference(bin_of(numbers({1.5, 2.5, 15.5, 16}), ligand_distance_bins(16)), index_of({0, 1, 14, 15})),
        0);
    EXPECT_EQ(difference(bin_of(numbers({1, 5, 12}), pocket_distance_bins(2)), index_of({0, 1, 1})), 0);
}

TEST(DistanceBinLoss, FarPairsWeighLess) {
    const at::Tensor even = at::zeros({2, 4}, at::kDouble), distance = numbers({3, 20});
    EXPECT_NEAR(distance_bin_loss(even, distance, pocket_distance_bins(4)).item<double>(), std::log(4),
                1e-12);
    at::Tensor sure = at::zeros({2, 4}, at::kDouble);
    sure[1][0] = 100;  // wrong about the far pair: costs 100 with a tenth of the weight
    EXPECT_NEAR(distance_bin_loss(sure, distance, pocket_distance_bins(4)).item<double>(),
                (std::log(4) + 0.1 * 100) / 1.1, 1e-9);
    EXPECT_EQ(distance_bin_loss(at::zeros({0, 4}), at::zeros({0}), pocket_distance_bins(4)).item<double>(),
              0);
}

TEST(AnchorLoss, IsQuadraticNearAndLinearFar) {
    const at::Tensor truth = at::zeros({2, 3}, at::kDouble),
                     anchor = at::tensor(std::vector<double>{1, 0, 0, 0, 3, 4}, at::kDouble).view({2, 3});
    // 1^2 / 2 and 1.5 (5 - 0.75)
    EXPECT_NEAR(anchor_loss(anchor, truth).item<double>(), (0.5 + 6.375) / 2, 1e-5);
    const auto function = [&](const std::vector<at::Tensor>& x) {
        return std::vector<at::Tensor>{anchor_loss(x[0], truth)};
    };
    EXPECT_LT(gradient_error(function, {anchor}), 1e-8);
    EXPECT_LT(gradient_error(function, {anchor * 0}), 1e-5);  // an anchor that is right pulls nowhere
}

}  // namespace
}  // namespace keyway::model

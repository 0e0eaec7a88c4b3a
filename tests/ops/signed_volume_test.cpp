/// The stereo message: odd under swaps and reflection.
#include "keyway/ops/signed_volume.hpp"

#include "support/tensors.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace keyway::ops {
namespace {

using namespace testing;

StereoCentres centre(const std::vector<std::int64_t>& neighbours, double sign) {
    return {index_of({0}), index_of(neighbours).view({1, 4}), at::tensor(std::vector<double>{sign})};
}

TEST(SignedVolume, OfTheUnitCornerIsOne) {
    const at::Tensor point =
        at::cat({at::zeros({1, 3}, at::kDouble), at::eye(3, at::kDouble)}, 0).unsqueeze(1);  // [4, G = 1, 3]
    const at::Tensor origin = at::zeros({1, 3}, at::kDouble);
    EXPECT_EQ(signed_volume(point, origin, centre({1, 2, 3, -1}, 1)).item<double>(), 1);
    EXPECT_EQ(signed_volume(point, origin, centre({2, 1, 3, -1}, 1)).item<double>(), -1);
    EXPECT_EQ(signed_volume(point, origin, centre({1, 2, 3, 0}, -1)).item<double>(), -1);
}

TEST(SignedVolume, IsTheSameForEveryOrderOfNeighboursWithItsSign) {
    const at::Tensor point = random_tensor({5, 6, 3}, 90), hydrogen = random_tensor({6, 3}, 91);
    const at::Tensor expected = signed_volume(point, hydrogen, centre({1, 2, 3, 4}, 1));
    std::vector<std::int64_t> order = {1, 2, 3, 4};
    int checked = 0;
    do {
        int inversions = 0;
        for (int a = 0; a < 4; ++a)
            for (int b = a + 1; b < 4; ++b) inversions += order[a] > order[b];
        const at::Tensor volume = signed_volume(point, hydrogen, centre(order, inversions % 2 ? -1 : 1));
        EXPECT_LT(difference(volume, expected), 1e-13);
        ++checked;
    } while (std::next_permutation(order.begin(), order.end()));
    EXPECT_EQ(checked, 24);
}

TEST(SignedVolume, GradientsAreFiniteDifferences) {
    const auto function = [](const std::vector<at::Tensor>& x) {
        return std::vector<at::Tensor>{signed_volume(x[0], x[1], centre({1, 2, 3, -1}, -1)),
                                       signed_volume(x[0], x[1], centre({4, 2, 3, 0}, 1))};
    };
    EXPECT_LT(gradient_error(function, {random_tensor({5, 2, 3}, 92), random_tensor({2, 3}, 93)}), 1e-7);
}

class VolumeSizes : public ::testing::TestWithParam<std::int64_t> {};
TEST_P(VolumeSizes, CentresAreIndependent) {
    const std::int64_t n = GetParam();
    Random random(94);
    std::vector<std::int64_t> neighbours;
    for (std::int64_t k = 0; k < 4 * n; ++k) neighbours.push_back(static_cast<std::int64_t>(random.below(9)));
    const StereoCentres all{at::zeros({n}, at::kLong), index_of(neighbours).view({n, 4}),
                            at::ones({n}, at::kDouble)};
    const at::Tensor point = random_tensor({9, 2, 3}, 95), hydrogen = random_tensor({2, 3}, 96);
    const at::Tensor volume = signed_volume(point, hydrogen, all);
    ASSERT_EQ(volume.sizes().vec(), (std::vector<std::int64_t>{n, 2}));
    if (n == 0) return;
    const StereoCentres last = centre({neighbours.end() - 4, neighbours.end()}, 1);
    EXPECT_LT(difference(volume.narrow(0, n - 1, 1), signed_volume(point, hydrogen, last)), 1e-15);
}
INSTANTIATE_TEST_SUITE_P(Sizes, VolumeSizes, ::testing::Values(0, 1, 31, 32, 33, 1000));

}  // namespace
}  // namespace keyway::ops

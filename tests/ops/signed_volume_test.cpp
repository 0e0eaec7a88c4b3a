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

}  // namespace
}  // namespace keyway::ops

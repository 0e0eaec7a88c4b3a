/// Norms that commute with rotations.
#include "keyway/ops/equivariant_norm.hpp"

#include "support/tensors.hpp"

#include <gtest/gtest.h>

namespace keyway::ops {
namespace {

using namespace testing;

NormGains gains(std::int64_t channels) {
    return {random_tensor({channels}, 60), random_tensor({channels}, 61), random_tensor({channels}, 62),
            random_tensor({channels}, 63)};
}

TEST(SquaredNorm, OfAMatrixCountsAllNineEntries) {
    // T = diag(1, 2, -3) + off-diagonal 4, 5, 6: 1 + 4 + 9 + 2 (16 + 25 + 36)
    const at::Tensor t = at::tensor(std::vector<double>{1, 2, 4, 5, 6}).view({1, 5, 1});
    EXPECT_EQ(squared_norm_t(t).item<double>(), 168);
}

TEST(EquivariantNorm, TurnsWithItsArgument) {
    const Cartesian x = random_cartesian(5, 4, 64);
    const at::Tensor r = random_rotation(67);
    EXPECT_LT(difference(equivariant_norm(turned(x, r), gains(4)), turned(equivariant_norm(x, gains(4)), r)),
              1e-13);
}

TEST(EquivariantNorm, MakesLargeInputsUnitSized) {
    Cartesian x = random_cartesian(5, 4, 64);
    x.v = x.v * 1e4;
    const NormGains one{at::ones({4}, at::kDouble), at::zeros({4}, at::kDouble), at::ones({4}, at::kDouble),
                        at::ones({4}, at::kDouble)};
    const at::Tensor mean_square = squared_norm_v(equivariant_norm(x, one).v).mean(1);
    EXPECT_LT(difference(mean_square, at::ones({5}, at::kDouble)), 1e-9);
}

TEST(EquivariantNorm, GradientsAreFiniteDifferencesWhereAnAtomHasNoVectors) {
    const Cartesian x = random_cartesian(3, 4, 68);
    const auto function = [](const std::vector<at::Tensor>& in) {
        const Cartesian y = equivariant_norm({in[0], in[1], in[2]}, {in[3], in[4], in[5], in[6]});
        return std::vector<at::Tensor>{y.s, y.v, y.t};
    };
    const NormGains g = gains(4);
    EXPECT_LT(
        gradient_error(function, {x.s, at::zeros_like(x.v), at::zeros_like(x.t), g.s, g.s_bias, g.v, g.t}),
        1e-5);
}

}  // namespace
}  // namespace keyway::ops

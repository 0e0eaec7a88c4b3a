/// The 3x3 product: by hand, under rotation, and what the anticommutator forgets.
#include "keyway/ops/node_product.hpp"

#include "support/tensors.hpp"

#include <gtest/gtest.h>

namespace keyway::ops {
namespace {

using namespace testing;

TEST(NodeProduct, OfTwoVectorsIsDotCrossAndDyad) {
    // [a]x [b]x = b a' - (a . b) I: trace/3 = -2/3 a.b, axial part = a x b / 2, symmetric part (a b' + b
    // a')/2 - ...
    const auto vector = [](std::vector<double> c) {
        return Cartesian{at::zeros({1, 1}, at::kDouble), at::tensor(c, at::kDouble).view({1, 3, 1}),
                         at::zeros({1, 5, 1}, at::kDouble)};
    };
    const Cartesian z = node_product(vector({1, 0, 0}), vector({1, 2, 0}), Parity::so3);
    EXPECT_NEAR(z.s.item<double>(), -2.0 / 3, 1e-15);
    EXPECT_LT(difference(z.v.flatten(), at::tensor(std::vector<double>{0, 0, 1})), 1e-15);
    EXPECT_LT(difference(z.t.flatten(), at::tensor(std::vector<double>{2.0 / 3, -1.0 / 3, 1, 0, 0})), 1e-15);
    EXPECT_EQ(node_product(vector({1, 0, 0}), vector({1, 2, 0}), Parity::o3).v.abs().max().item<double>(), 0);
}

TEST(NodeProduct, ScalarOneIsTheUnit) {
    const Cartesian x = random_cartesian(5, 3, 40);
    const Cartesian one{at::ones_like(x.s), at::zeros_like(x.v), at::zeros_like(x.t)};
    EXPECT_LT(difference(node_product(one, x, Parity::so3), x), 1e-15);
    EXPECT_LT(difference(node_product(x, one, Parity::o3), x), 1e-15);
}

TEST(NodeProduct, TurnsWithItsArguments) {
    const Cartesian u = random_cartesian(5, 3, 41), m = random_cartesian(5, 3, 44);
    const at::Tensor r = random_rotation(47);
    for (const Parity parity : {Parity::so3, Parity::o3})
        EXPECT_LT(difference(node_product(turned(u, r), turned(m, r), parity),
                             turned(node_product(u, m, parity), r)),
                  1e-13);
}

TEST(NodeProduct, OnlyTheAnticommutatorIsBlindToAMirror) {
    const Cartesian u = random_cartesian(5, 3, 41), m = random_cartesian(5, 3, 44);
    const at::Tensor r = reflection();
    const auto mirror_error = [&](Parity parity) {
        return difference(node_product(turned(u, r), turned(m, r), parity),
                          turned(node_product(u, m, parity), r));
    };
    EXPECT_EQ(mirror_error(Parity::o3), 0);
    EXPECT_GT(mirror_error(Parity::so3), 1e-1);
}

}  // namespace
}  // namespace keyway::ops

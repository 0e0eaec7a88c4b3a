/// The message of a network that cannot tell mirror images apart.
#include "keyway/ops/edge_message.hpp"

#include "support/tensors.hpp"

#include "keyway/ops/edge_conv.hpp"

#include <gtest/gtest.h>

namespace keyway::ops {
namespace {

using namespace testing;

TEST(EdgeMessage, WithoutTheCrossProductPathOnlyVectorsDiffer) {
    const EdgeGraph graph = random_graph(random_tensor({12, 3}, 50) * 2, 4, 51);
    const Cartesian x = random_cartesian(12, 16, 52);
    const EdgeAttention attention{random_tensor({12, 16}, 55), random_tensor({12, 16}, 56),
                                  random_tensor({2}, 57)};
    const RadialFunctions radial{random_tensor({3, 8, kEdgePaths, 2}, 58), 6.0, 4.0};
    const Cartesian o3 = edge_message(x, attention, radial, graph, Parity::o3);
    const Cartesian so3 = edge_message(x, attention, radial, graph, Parity::so3);
    EXPECT_EQ(difference(o3.s, so3.s), 0);
    EXPECT_EQ(difference(o3.t, so3.t), 0);
    EXPECT_GT(difference(o3.v, so3.v), 1e-2);
}

}  // namespace
}  // namespace keyway::ops

/// The nine paths against their equations, one edge at a time, and under rotation and reflection.
#include "keyway/ops/edge_conv.hpp"

#include "support/tensors.hpp"

#include <gtest/gtest.h>

namespace keyway::ops {
namespace {

using namespace testing;

// The equations of edge_conv.hpp, written with 3x3 matrices for each edge. [3, C] vectors, [3, 3, C]
// matrices.
Cartesian by_hand(const Cartesian& x, const at::Tensor& weights, const EdgeGraph& graph) {
    const std::int64_t channels = x.s.size(1), width = channels / weights.size(2);
    Cartesian m{at::zeros_like(x.s), at::zeros_like(x.v), at::zeros_like(x.t)};
    const at::Tensor eye = at::eye(3, at::kDouble).unsqueeze(2);
    for (std::int64_t e = 0; e < graph.sender.size(0); ++e) {
        const std::int64_t i = graph.receivers.row[e].item<std::int64_t>(),
                           j = graph.sender[e].item<std::int64_t>();
        const at::Tensor u = graph.direction[e].unsqueeze(1);         // [3, 1]
        const at::Tensor w = weights[e].repeat_interleave(width, 1);  // [9, C]
        const at::Tensor s = x.s[j], v = x.v[j], p = x.t[j];
        const at::Tensor t =
            at::stack({p[0], p[2], p[3], p[2], p[1], p[4], p[3], p[4], -p[0] - p[1]}).view({3, 3, channels});
        const at::Tensor along = (v * u).sum(0);  // v . u
        const at::Tensor cross =
            at::stack({v[1] * u[2] - v[2] * u[1], v[2] * u[0] - v[0] * u[2], v[0] * u[1] - v[1] * u[0]});
        const at::Tensor uu = u.unsqueeze(0) * u.unsqueeze(1);  // [3, 3, 1]
        const at::Tensor vu = v.unsqueeze(1) * u.unsqueeze(0);  // v u'
        const at::Tensor m2 =
            w[6] * s * (uu - eye / 3) + w[7] * t + w[8] * (vu + vu.transpose(0, 1) - along * eye * 2 / 3);
        m.s[i] += w[0] * s + w[1] * along;
        m.v[i] += w[2] * s * u + w[3] * v + w[4] * cross + w[5] * (t * u.unsqueeze(0)).sum(1);
        m.t[i] += at::stack({m2[0][0], m2[1][1], m2[0][1], m2[0][2], m2[1][2]});
    }
    return m;
}

struct Case {
    at::Tensor position = random_tensor({6, 3}, 20);
    EdgeGraph graph = random_graph(position, 2, 21);
    Cartesian x = random_cartesian(6, 4, 22);
    at::Tensor weights = random_tensor({graph.sender.size(0), kEdgePaths, 2}, 25);
};

TEST(EdgeConv, EqualsItsEquations) {
    const Case c;
    EXPECT_LT(difference(edge_conv(c.x, c.weights, c.graph), by_hand(c.x, c.weights, c.graph)), 1e-13);
}

TEST(EdgeConv, TurnsWithThePocket) {
    const Case c;
    const at::Tensor r = random_rotation(26);
    EdgeGraph graph = c.graph;
    set_geometry(graph, c.position.matmul(r.t()) + 7);
    EXPECT_LT(difference(edge_conv(turned(c.x, r), c.weights, graph),
                         turned(edge_conv(c.x, c.weights, c.graph), r)),
              1e-13);
}

TEST(EdgeConv, OnlyTheCrossProductSeesAMirror) {
    const Case c;
    EdgeGraph graph = c.graph;
    set_geometry(graph, c.position.matmul(reflection()));
    const auto mirror_error = [&](const at::Tensor& weights) {
        return difference(edge_conv(turned(c.x, reflection()), weights, graph),
                          turned(edge_conv(c.x, weights, c.graph), reflection()));
    };
    at::Tensor without = c.weights.clone();
    without.select(1, kParityPath).zero_();
    EXPECT_EQ(mirror_error(without), 0);
    EXPECT_GT(mirror_error(c.weights), 1e-1);
}

TEST(EdgeConv, LonelyAtomsGetNothing) {
    const EdgeGraph none = random_graph(random_tensor({3, 3}, 27), 0, 28);
    const Cartesian alone =
        edge_conv(random_cartesian(3, 4, 29), random_tensor({0, kEdgePaths, 2}, 30), none);
    EXPECT_EQ(difference(alone, {at::zeros({3, 4}, at::kDouble), at::zeros({3, 3, 4}, at::kDouble),
                                 at::zeros({3, 5, 4}, at::kDouble)}),
              0);
}

}  // namespace
}  // namespace keyway::ops

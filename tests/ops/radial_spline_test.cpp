/// Splines and cutoff of pocket edges.
#include "keyway/ops/radial_spline.hpp"

#include "support/tensors.hpp"

#include "keyway/ops/edge_weights.hpp"

#include <gtest/gtest.h>

namespace keyway::ops {
namespace {

using namespace testing;

EdgeGraph graph_of(const std::vector<double>& lengths, std::int64_t edge_class = 0) {
    const auto edges = static_cast<std::int64_t>(lengths.size());
    return {.receivers = csr_of({edges}),
            .sender = at::zeros({edges}, at::kLong),
            .edge_class = at::full({edges}, edge_class, at::kLong),
            .length = at::tensor(lengths, at::kDouble)};
}

TEST(RadialSpline, ConstantTableGivesTheConstantEverywhere) {
    const at::Tensor table = at::full({3, 8, 2, 1}, 1.5, at::kDouble);
    const at::Tensor radial = radial_spline(graph_of({0.001, 1, 2.5, 4.9, 5.0}), table, 5);
    EXPECT_LT(difference(radial, at::full({5, 2, 1}, 1.5, at::kDouble)), 1e-14);
}

TEST(RadialSpline, LinearTableGivesALine) {
    // Coefficients k reproduce the line x + 1 in units of the knot distance.
    const at::Tensor table = at::arange(8, at::kDouble).view({1, 8, 1, 1});
    const at::Tensor radial = radial_spline(graph_of({0.5, 1.7, 4.2}), table, 5);
    EXPECT_LT(difference(radial.flatten(), at::tensor(std::vector<double>{1.5, 2.7, 5.2})), 1e-13);
}

TEST(RadialSpline, ClassesReadTheirOwnTable) {
    const at::Tensor table = at::arange(3, at::kDouble).view({3, 1, 1, 1}).expand({3, 8, 1, 1}).contiguous();
    for (std::int64_t edge_class = 0; edge_class < 3; ++edge_class)
        EXPECT_NEAR(radial_spline(graph_of({2.2}, edge_class), table, 5).item<double>(),
                    static_cast<double>(edge_class), 1e-14);
}

TEST(RadialSpline, SecondDerivativeIsContinuousAtAKnot) {
    const at::Tensor table = random_tensor({1, 8, 1, 1}, 4);
    const auto curvature = [&](double r) {
        const at::Tensor y = radial_spline(graph_of({r - 1e-3, r, r + 1e-3}), table, 5).flatten();
        return (y[0] - 2 * y[1] + y[2]).item<double>() / 1e-6;
    };
    EXPECT_NEAR(curvature(2 - 2e-3), curvature(2 + 2e-3), 0.1);  // slope of the curvature is of order one
}

TEST(CutoffEnvelope, StartsAtOneAndEndsWithValueSlopeAndCurvatureZero) {
    const double h = 1e-4;
    const at::Tensor y = cutoff_envelope(at::tensor(std::vector<double>{0, 6 - 2 * h, 6 - h, 6, 6 + h}), 6);
    const auto value = [&](int k) { return y[k].item<double>(); };
    EXPECT_EQ(value(0), 1);
    EXPECT_NEAR(value(3), 0, 1e-14);
    EXPECT_EQ(value(4), 0);
    EXPECT_NEAR((value(3) - value(2)) / h, 0, 1e-7);
    EXPECT_NEAR((value(1) - 2 * value(2) + value(3)) / (h * h), 0, 1e-2);
}

TEST(EdgeWeights, VanishAtTheCutoff) {
    const EdgeGraph graph = random_graph(random_tensor({7, 3}, 6), 2, 7);
    const auto edges = graph.sender.size(0);
    const at::Tensor none =
        edge_weights({random_tensor({7, 4}, 8), random_tensor({7, 4}, 9), random_tensor({2}, 10)}, graph,
                     at::zeros({edges}, at::kDouble), random_tensor({edges, 9, 2}, 11), 31);
    EXPECT_EQ(none.abs().max().item<double>(), 0);
}

}  // namespace
}  // namespace keyway::ops

/// The fused edge kernels of every instruction set against the reference: values, gradients, sizes.
#include "keyway/ops/edge_message.hpp"

#include "ops/cpu/kernels.hpp"
#include "support/tensors.hpp"

#include "keyway/ops/edge_conv.hpp"

#include <gtest/gtest.h>

namespace keyway::ops {
namespace {

using namespace testing;

struct Case {
    std::int64_t atoms = 12, channels = 16, heads = 2;
    int neighbours = 4;

    EdgeGraph graph() const {
        EdgeGraph graph = random_graph(random_tensor({atoms, 3}, 50), neighbours, 51);
        set_geometry(graph, random_tensor({atoms, 3}, 50) * 2);
        return graph;
    }
    /// s, v, t, query, key, bias, table
    std::vector<at::Tensor> inputs() const {
        const Cartesian x = random_cartesian(atoms, channels, 52);
        return {x.s,
                x.v,
                x.t,
                random_tensor({atoms, channels}, 55),
                random_tensor({atoms, channels}, 56),
                random_tensor({heads}, 57),
                random_tensor({3, 8, kEdgePaths, heads}, 58)};
    }
};

using Message = Cartesian (*)(const Cartesian&, const EdgeAttention&, const RadialFunctions&,
                              const EdgeGraph&, Parity);

/// Values and gradients of sum(m * fixed random numbers), in the precision of `type`.
std::vector<at::Tensor> run(const Case& c, Message message, at::ScalarType type) {
    EdgeGraph graph = c.graph();
    graph.length = graph.length.to(type);
    graph.direction = graph.direction.to(type);
    std::vector<at::Tensor> x;
    for (const at::Tensor& input : c.inputs()) x.push_back(input.to(type).requires_grad_());
    const Cartesian m = message({x[0], x[1], x[2]}, {x[3], x[4], x[5]}, {x[6], 6.0, 4.0}, graph, Parity::so3);
    std::vector<at::Tensor> out = {m.s.detach(), m.v.detach(), m.t.detach()};
    const at::Tensor total = (m.s * random_tensor(m.s.sizes().vec(), 60).to(type)).sum() +
                             (m.v * random_tensor(m.v.sizes().vec(), 61).to(type)).sum() +
                             (m.t * random_tensor(m.t.sizes().vec(), 62).to(type)).sum();
    total.backward();
    for (const at::Tensor& input : x) out.push_back(input.grad());
    return out;
}

class EdgeMessageCases : public ::testing::TestWithParam<Case> {};

TEST_P(EdgeMessageCases, FusedValuesAndGradientsEqualTheReferenceInDoublePrecision) {
    const auto expected = run(GetParam(), edge_message_reference, at::kDouble);
    const auto fused = run(GetParam(), edge_message, at::kFloat);
    ASSERT_EQ(fused.size(), expected.size());
    for (std::size_t k = 0; k < fused.size(); ++k) {
        const double scale = expected[k].numel() ? 1 + expected[k].abs().max().item<double>() : 1;
        EXPECT_LT(difference(fused[k].to(at::kDouble), expected[k]) / scale, 1e-5)
            << "output or gradient " << k;
    }
}

INSTANTIATE_TEST_SUITE_P(Sizes, EdgeMessageCases,
                         ::testing::Values(Case{}, Case{.atoms = 1, .neighbours = 0},
                                           Case{.atoms = 0, .neighbours = 0}, Case{.atoms = 31},
                                           Case{.atoms = 32, .channels = 64, .heads = 4},
                                           Case{.atoms = 33, .channels = 128, .heads = 8},
                                           Case{.channels = 8, .heads = 2}, Case{.channels = 64, .heads = 2},
                                           Case{.channels = 24, .heads = 2},
                                           Case{.atoms = 1000, .channels = 32, .heads = 2, .neighbours = 9}));

TEST(EdgeMessage, EveryInstructionSetGivesTheSameToRounding) {
    const Case c{.atoms = 40, .channels = 64, .heads = 4, .neighbours = 6};
    const EdgeGraph graph = c.graph();
    std::vector<at::Tensor> x;
    for (const at::Tensor& input : c.inputs()) x.push_back(input.to(at::kFloat));
    const at::Tensor length = graph.length.to(at::kFloat),
                     direction = graph.direction.to(at::kFloat).contiguous();
    const cpu::EdgeList edges{c.atoms,
                              graph.sender.size(0),
                              graph.receivers.ptr.data_ptr<std::int64_t>(),
                              graph.sender.data_ptr<std::int64_t>(),
                              graph.reverse.data_ptr<std::int64_t>(),
                              graph.edge_class.data_ptr<std::int64_t>(),
                              length.data_ptr<float>(),
                              direction.data_ptr<float>()};
    const cpu::Channels size{static_cast<int>(c.channels), static_cast<int>(c.heads)};
    const auto f = [](const at::Tensor& tensor) { return tensor.data_ptr<float>(); };
    const cpu::RadialTable radial{f(x[6]), 3, 8, 6, 0.5};

    std::vector<at::Tensor> first;
    for (const cpu::Kernels* kernels : cpu::runnable_kernels()) {
        at::Tensor weights = at::empty({edges.edges, kEdgePaths, c.heads}),
                   dweights = at::empty_like(weights), dlogit = at::empty({edges.edges, c.heads});
        std::vector<at::Tensor> m, d;
        for (int k = 0; k < 3; ++k) m.push_back(at::empty_like(x[k]));
        for (const at::Tensor& input : x) d.push_back(at::empty_like(input));
        kernels->edge_weights(edges, size, {f(x[3]), f(x[4]), f(x[5])}, radial, f(weights));
        kernels->edge_conv(edges, size, {f(x[0]), f(x[1]), f(x[2])}, f(weights), {f(m[0]), f(m[1]), f(m[2])});
        kernels->edge_conv_backward(edges, size, {f(x[0]), f(x[1]), f(x[2])}, f(weights),
                                    {f(m[0]), f(m[1]), f(m[2])}, {f(d[0]), f(d[1]), f(d[2])}, f(dweights));
        kernels->edge_weights_backward(edges, size, {f(x[3]), f(x[4]), f(x[5])}, radial, f(dweights),
                                       {f(d[3]), f(d[4]), f(d[5]), f(d[6]), f(dlogit)});
        std::vector<at::Tensor> all = m;
        all.insert(all.end(), d.begin(), d.end());
        if (first.empty()) first = all;
        for (std::size_t k = 0; k < all.size(); ++k)
            EXPECT_LT(difference(all[k], first[k]) / (1 + first[k].abs().max().item<float>()), 3e-6)
                << kernels->isa << ", array " << k;
    }
}

TEST(EdgeMessage, WithoutTheCrossProductPathItIsTheReference) {
    const Case c;
    const EdgeGraph graph = c.graph();
    const auto x = c.inputs();
    const RadialFunctions radial{x[6], 6.0, 4.0};
    const Cartesian o3 = edge_message({x[0], x[1], x[2]}, {x[3], x[4], x[5]}, radial, graph, Parity::o3);
    const Cartesian so3 = edge_message({x[0], x[1], x[2]}, {x[3], x[4], x[5]}, radial, graph, Parity::so3);
    EXPECT_EQ(difference(o3.s, so3.s), 0);
    EXPECT_GT(difference(o3.v, so3.v), 1e-2);
}

}  // namespace
}  // namespace keyway::ops

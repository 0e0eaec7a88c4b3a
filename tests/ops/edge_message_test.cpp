/// The fused edge kernels of every instruction set against the reference: values, gradients, sizes.
#include "keyway/ops/edge_message.hpp"

#include "op_harness.hpp"

#include "keyway/ops/edge_conv.hpp"

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

/// What senders hold besides scalars.
enum class Senders { scalars, all };

Operation operation(const Case& c, Message message, Senders senders) {
    return [=](const Tensors& x) {
        EdgeGraph graph = c.graph();
        graph.length = graph.length.to(x[0].scalar_type());
        graph.direction = graph.direction.to(x[0].scalar_type());
        const Cartesian sent =
            senders == Senders::all ? Cartesian{x[0], x[1], x[2]} : Cartesian{x[0], {}, {}};
        const Cartesian m = message(sent, {x[3], x[4], x[5]}, {x[6], 6.0, 4.0}, graph, Parity::so3);
        return Tensors{m.s, m.v, m.t};
    };
}

class EdgeMessageCases : public ::testing::TestWithParam<Case> {};

TEST_P(EdgeMessageCases, FusedValuesAndGradientsEqualTheReferenceInDoublePrecision) {
    for (const Senders senders : {Senders::all, Senders::scalars})
        expect_fast_is_reference({operation(GetParam(), edge_message_reference, senders),
                                  operation(GetParam(), edge_message, senders), GetParam().inputs()});
}

INSTANTIATE_TEST_SUITE_P(Sizes, EdgeMessageCases,
                         ::testing::Values(Case{}, Case{.atoms = 1, .neighbours = 0},
                                           Case{.atoms = 0, .neighbours = 0}, Case{.atoms = 31},
                                           Case{.atoms = 32, .channels = 64, .heads = 4},
                                           Case{.atoms = 33, .channels = 128, .heads = 8},
                                           Case{.channels = 8, .heads = 2}, Case{.channels = 64, .heads = 2},
                                           Case{.channels = 24, .heads = 2},
                                           Case{.atoms = 1000, .channels = 32, .heads = 2, .neighbours = 9}));

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

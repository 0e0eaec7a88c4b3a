/// Equivariance of whole layers: scalars stay, vectors and matrices turn.
#include "keyway/nn/pocket_encoder.hpp"

#include "ops/cpu/kernels.hpp"
#include "support/tensors.hpp"

#include <gtest/gtest.h>

namespace keyway::nn {
namespace {

using namespace testing;

struct Encoder {
    explicit Encoder(ops::Parity parity, int channels = 8, at::ScalarType type = at::kDouble)
        : encoder(Scope(parameters), options(parity, channels)) {
        parameters.allocate({.dtype = type, .seed = 1});
        graph = random_graph(position, 6, 3);
    }
    static PocketEncoderOptions options(ops::Parity parity, int channels) {
        return {.feature_rows = 10,
                .edge_classes = 3,
                .channels = channels,
                .heads = 2,
                .layers = 3,
                .spline_knots = 8,
                .edge_cutoff_angstrom = 6,
                .parity = parity};
    }
    ops::Cartesian at_position(const at::Tensor& x) const {
        ops::EdgeGraph moved = graph;
        ops::set_geometry(moved, x);
        return encoder.encode(feature_row, moved);
    }

    Parameters parameters;
    PocketEncoder encoder;
    at::Tensor position = 2 * random_tensor({20, 3}, 2),
               feature_row = at::arange(40).remainder(10).view({20, 2});
    ops::EdgeGraph graph;
};

TEST(PocketEncoder, StateTurnsWithThePocketAndForgetsWhereItIs) {
    for (const ops::Parity parity : {ops::Parity::so3, ops::Parity::o3}) {
        const Encoder e(parity);
        const at::Tensor r = random_rotation(4);
        const ops::Cartesian here = e.at_position(e.position),
                             there = e.at_position(e.position.matmul(r.t()) + 5);
        EXPECT_LT(difference(there, turned(here, r)), 1e-12);
        EXPECT_GT(here.v.abs().max().item<double>(), 0.1) << "vectors that stay zero prove nothing";
        EXPECT_GT(here.t.abs().max().item<double>(), 0.1);
    }
}

TEST(PocketEncoder, AMirrorImageHasMirroredStateInO3Only) {
    const auto mirror_error = [](ops::Parity parity) {
        const Encoder e(parity);
        return difference(e.at_position(e.position.matmul(reflection())),
                          turned(e.at_position(e.position), reflection()));
    };
    EXPECT_LT(mirror_error(ops::Parity::o3), 1e-13);
    EXPECT_GT(mirror_error(ops::Parity::so3), 1e-3);
}

TEST(PocketEncoder, AnEdgeThatReachesTheCutoffFadesWithValueAndSlope) {
    // Two atoms; the state of the first as a function of their distance.
    const Encoder e(ops::Parity::so3);
    const at::Tensor feature_row = e.feature_row.narrow(0, 0, 2);
    const auto state = [&](double r, bool joined) {
        ops::EdgeGraph graph =
            random_graph(at::tensor(std::vector<double>{0, 0, 0, r, 0, 0}).view({2, 3}), joined, 3);
        return e.encoder.encode(feature_row, graph).s[0];
    };
    const at::Tensor apart = state(6, false);
    EXPECT_GT(difference(state(3, true), apart), 1e-3) << "the pair must interact at all";
    EXPECT_LT(difference(state(6, true), apart), 1e-14);
    EXPECT_LT(difference(state(6 - 1e-4, true), apart) / 1e-4,
              1e-7);  // third order in the distance to the cutoff
}

TEST(PocketEncoder, SomeAtomsHaveTheStateAndGradientsThatTheyHaveAmongAll) {
    const at::Tensor some = index_of({17, 2, 3, 9});
    const auto state_and_gradients = [&](bool alone) {
        const Encoder e(ops::Parity::so3);
        ops::Cartesian x = e.encoder.encode(e.feature_row, e.graph, alone ? some : at::Tensor());
        if (!alone) x = {x.s.index_select(0, some), x.v.index_select(0, some), x.t.index_select(0, some)};
        at::Tensor sum = at::zeros({}, at::kDouble);
        for (const at::Tensor& y : {x.s, x.v, x.t}) sum = sum + (y * random_tensor(y.sizes().vec(), 9)).sum();
        sum.backward();
        return std::vector<at::Tensor>{x.s, x.v, x.t, e.parameters.gradients()};
    };
    const auto expected = state_and_gradients(false), found = state_and_gradients(true);
    for (std::size_t k = 0; k < found.size(); ++k) EXPECT_LT(difference(found[k], expected[k]), 1e-11) << k;
    EXPECT_GT(expected[3].abs().max().item<double>(), 1);
}

TEST(PocketEncoder, FastTokensAndGradientsAreThoseOfTheReference) {
    const auto tokens_and_gradients = [](at::ScalarType type) {
        const Encoder e(ops::Parity::so3, 32, type);
        ops::EdgeGraph graph = e.graph;
        graph.length = graph.length.to(type), graph.direction = graph.direction.to(type);
        const at::Tensor tokens =
            e.encoder.tokens(e.encoder.encode(e.feature_row, graph, index_of({1, 4, 5, 19})));
        (tokens * random_tensor(tokens.sizes().vec(), 9).to(type)).sum().backward();
        return std::vector<at::Tensor>{tokens.detach(), e.parameters.gradients()};
    };
    const auto expected = tokens_and_gradients(at::kDouble);
    const auto* before = ops::cpu::kernels_in_use();
    for (const auto* table : ops::cpu::runnable_kernels()) {
        ops::cpu::use_kernels(table);
        const auto found = tokens_and_gradients(at::kFloat);
        for (std::size_t k = 0; k < found.size(); ++k)
            EXPECT_LT(difference(found[k].to(at::kDouble), expected[k]) /
                          (1 + expected[k].abs().max().item<double>()),
                      1e-4)
                << table->isa;
    }
    ops::cpu::use_kernels(before);
}

TEST(PocketEncoder, BlankTokensAreTheSameForAll) {
    const Encoder e(ops::Parity::so3);
    const at::Tensor blank = e.encoder.blank_tokens(3);
    EXPECT_EQ(blank.size(0), 3);
    EXPECT_EQ(difference(blank[0], blank[2]), 0);
}

}  // namespace
}  // namespace keyway::nn

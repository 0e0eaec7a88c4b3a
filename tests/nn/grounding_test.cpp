/// Grounding: anchors lie in space as the pocket does, ligands do not see each other, gradients are honest.
#include "keyway/nn/grounding.hpp"

#include "support/tensors.hpp"

#include <gtest/gtest.h>

namespace keyway::nn {
namespace {

using namespace testing;

/// Three ligands in two pockets, 16 channels in two heads: one vector and two spare channels a head.
struct GroundingCase {
    GroundingCase() {
        parameters.allocate({.dtype = at::kDouble, .seed = 2});
        table().copy_(random_tensor({kAnchorKnots, 3}, 9));
    }
    at::Tensor table() const { return parameters.entry("radial_table").value.detach(); }
    Grounded run() const { return grounding(h, grounding.project({token, vector, position}), pairing); }

    ops::Pairing pairing{{.atom_ptr = {0, 4, 5, 12}, .token_ptr = {0, 9, 14}, .pocket_of_ligand = {1, 0, 0}},
                         at::kCPU};
    at::Tensor h = random_tensor({12, 16}, 1), token = random_tensor({14, 6}, 2),
               vector = random_tensor({14, 3, 6}, 3), position = 4 * random_tensor({14, 3}, 4);
    Parameters parameters;
    Grounding grounding{Scope(parameters), {.token_channels = 6, .channels = 16, .heads = 2}};
};

TEST(Grounding, AnchorsTurnAndMoveWithThePocketAndBiasesDoNotNotice) {
    GroundingCase setup;
    const Grounded here = setup.run();
    const at::Tensor r = random_rotation(5), shift = 10 * random_tensor({3}, 6);
    setup.position = setup.position.matmul(r.t()) + shift;
    setup.vector = turned_v(setup.vector, r);
    const Grounded there = setup.run();

    EXPECT_LT(difference(there.anchor, here.anchor.matmul(r.t()) + shift), 1e-12);
    EXPECT_LT(difference(there.attention_bias, here.attention_bias), 1e-12);
    EXPECT_LT(difference(there.gate_bias, here.gate_bias), 1e-12);
    EXPECT_GT(difference(here.anchor, GroundingCase().position.mean(0, true).expand({12, 3})), 0.1);
}

TEST(Grounding, VectorsMoveAnchorsOffTheTokens) {
    GroundingCase setup;
    setup.position = at::ones({14, 3}, at::kDouble);  // all tokens in one place
    EXPECT_GT((setup.run().anchor - 1).abs().max().item<double>(), 0.05);
    setup.vector.zero_();
    EXPECT_LT((setup.run().anchor - 1).abs().max().item<double>(), 1e-12);
}

TEST(Grounding, BiasesAreZeroAtTheStartAndBeyondTheCutoff) {
    GroundingCase setup;
    EXPECT_GT(setup.run().attention_bias.abs().max().item<double>(), 0.1);
    // One token of the first pocket far away draws the anchors out of reach of itself and of all others.
    setup.position.narrow(0, 0, 1).fill_(1e6);
    const Grounded far = setup.run();
    EXPECT_EQ(far.attention_bias.narrow(1, 4, 8).abs().max().item<double>(), 0);
    EXPECT_EQ(far.gate_bias.narrow(0, 4, 8).abs().max().item<double>(), 0);

    GroundingCase fresh;
    fresh.table().zero_();
    EXPECT_EQ(fresh.run().attention_bias.abs().max().item<double>(), 0);
    EXPECT_EQ(fresh.run().gate_bias.abs().max().item<double>(), 0);
}

TEST(Grounding, ALigandDoesNotSeeItsNeighbours) {
    GroundingCase setup;
    const at::Tensor before = setup.run().anchor;
    setup.h = setup.h.clone();
    setup.h.narrow(0, 5, 7).mul_(-3);  // the third ligand
    const at::Tensor change = (setup.run().anchor - before).abs();
    EXPECT_LT(change.narrow(0, 0, 5).max().item<double>(), 1e-13);
    EXPECT_GT(change.narrow(0, 5, 7).max().item<double>(), 0.01);
}

TEST(Grounding, GradientsThroughAnchorsAreFiniteDifferences) {
    const GroundingCase setup;
    const auto function = [&](const std::vector<at::Tensor>& x) {
        const Grounded g = setup.grounding(x[0], setup.grounding.project({x[1], x[2], x[3]}), setup.pairing);
        // Padding of the smaller pocket means nothing.
        return std::vector<at::Tensor>{g.anchor, g.attention_bias.narrow(2, 0, 5),
                                       g.gate_bias.narrow(1, 0, 5)};
    };
    EXPECT_LT(gradient_error(function, {setup.h, setup.token, setup.vector, setup.position}), 1e-6);
}

TEST(Grounding, ABlankedPocketHasNoPlaces) {
    const GroundingCase setup;
    const Grounded nowhere = setup.grounding(setup.h, {}, setup.pairing);
    EXPECT_FALSE(nowhere.anchor.defined() || nowhere.attention_bias.defined() || nowhere.gate_bias.defined());
}

}  // namespace
}  // namespace keyway::nn

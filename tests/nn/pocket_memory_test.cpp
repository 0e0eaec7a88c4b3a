/// Memory of pockets: who is recalled, that nothing is claimed of strangers, and what is learnt.
#include "keyway/nn/pocket_memory.hpp"

#include "support/tensors.hpp"

#include <gtest/gtest.h>

namespace keyway::nn {
namespace {

using namespace testing;

/// Three of four slots are filled. Compositions of ten; the first two share 8 of 12.
class Memory : public ::testing::Test {
protected:
    Memory() {
        parameters.allocate({.dtype = at::kDouble, .seed = 1});
        known = at::tensor({5.0, 5.0, 0.0, 0.0,  //
                            4.0, 4.0, 2.0, 0.0,  //
                            0.0, 0.0, 0.0, 10.0},
                           at::kDouble)
                    .view({3, 4});
        of("key").narrow(0, 0, 3).copy_(known);
        EXPECT_EQ(memory.recall(known).bit_pk.abs().max().item<double>(), 0) << "starts without an opinion";
        of("value").copy_(random_tensor({4, 3}, 6));
        of("level").copy_(random_tensor({3}, 5));
        of("log_variance").fill_(-0.5);
    }
    void expect_code(const PocketMemory::Recalled& recalled, std::int64_t pocket, const at::Tensor& code,
                     double tolerance) const {
        EXPECT_LT(difference(recalled.bit_pk[pocket], at::matmul(of("fragment"), code) / 4), tolerance);
        EXPECT_LT(difference(recalled.pk[pocket], at::dot(code, of("level"))), tolerance);
    }
    at::Tensor of(const char* name) const { return parameters.entry(name).value.detach(); }

    Parameters parameters;
    const PocketMemory memory{Scope(parameters), {.slots = 4, .composition = 4, .channels = 3, .bits = 6}};
    at::Tensor known;  ///< [3, 4]
};

TEST_F(Memory, APocketIsRecalledAsItselfAndAStrangerAsNothing) {
    const auto recalled = memory.recall(known);
    expect_code(recalled, 2, of("value")[2], 1e-6);
    EXPECT_NEAR(recalled.log_variance[2].item<double>(), -0.5, 1e-6);
    const double f = std::exp(60 * (8.0 / 12 - 0.57)) - std::exp(-60 * 0.57),
                 itself = std::exp(60 * 0.43) - std::exp(-60 * 0.57);
    expect_code(recalled, 0, (itself * of("value")[0] + f * of("value")[1]) / (1 + itself + f), 1e-12);

    const auto stranger = memory.recall(at::tensor({0.0, 0.0, 10.0, 0.0}, at::kDouble).view({1, 4}));
    EXPECT_LT(stranger.bit_pk.abs().max().item<double>(), 1e-6) << "shares 2 of 18 with the second";
    EXPECT_LT(stranger.log_variance.abs().max().item<double>(), 1e-6);
    const auto nothing = memory.recall(at::zeros({1, 4}, at::kDouble));
    EXPECT_EQ(nothing.bit_pk.abs().max().item<double>(), 0);
    EXPECT_EQ(nothing.log_variance.abs().max().item<double>(), 0);
}

TEST_F(Memory, WithoutItselfAPocketIsRecalledByItsRelatives) {
    const auto recalled = memory.recall(known, true);
    const double f = std::exp(60 * (8.0 / 12 - 0.57)) - std::exp(-60 * 0.57);
    expect_code(recalled, 0, f / (1 + f) * of("value")[1], 1e-12);
    expect_code(recalled, 1, f / (1 + f) * of("value")[0], 1e-12);
    expect_code(recalled, 2, at::zeros({3}, at::kDouble), 1e-300);
    EXPECT_NEAR(recalled.log_variance[1].item<double>(), -0.5 * f / (1 + f), 1e-12);
}

TEST_F(Memory, WhatIsRecalledDoesNotDependOnTheOtherPocketsOfABatch) {
    const auto together = memory.recall(known);
    for (std::int64_t p = 0; p < 3; ++p) {
        const auto alone = memory.recall(known.narrow(0, p, 1));
        EXPECT_LT(difference(alone.bit_pk[0], together.bit_pk[p]), 1e-15);
        EXPECT_LT(difference(alone.pk[0], together.pk[p]), 1e-15);
    }
}

TEST_F(Memory, KeysAreNotLearntAndTheRestIs) {
    const auto recalled = memory.recall(known);
    (recalled.bit_pk.pow(2).sum() + recalled.pk.pow(2).sum() + recalled.log_variance.sum()).backward();
    for (const auto& entry : parameters.entries()) {
        const double most =
            parameters.gradients().narrow(0, entry.offset, entry.count).abs().max().item<double>();
        if (entry.name == "key")
            EXPECT_EQ(most, 0);
        else
            EXPECT_GT(most, 0) << entry.name;
    }
}

}  // namespace
}  // namespace keyway::nn

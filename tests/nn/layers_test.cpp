/// Small layers.
#include "keyway/nn/layers.hpp"

#include "support/tensors.hpp"

#include <gtest/gtest.h>

namespace keyway::nn {
namespace {

using namespace testing;

TEST(Dropout, DependsOnItsSeedAndKeepsTheMean) {
    const at::Tensor x = at::ones({100, 100}, at::kDouble);
    Dropout first(0.2, 5), again(0.2, 5), other(0.2, 6), off(0.2, std::nullopt);
    const at::Tensor y = first(x);
    EXPECT_EQ(difference(y, again(x)), 0);
    EXPECT_GT(difference(y, other(x)), 1);
    EXPECT_GT(difference(y, first(x)), 1) << "the second mask of a pass must be a new one";
    EXPECT_EQ(difference(off(x), x), 0);
    EXPECT_NEAR(y.mean().item<double>(), 1, 0.02);
    EXPECT_NEAR((y == 0).to(at::kDouble).mean().item<double>(), 0.2, 0.02);
}

TEST(Dropout, LeavesTheGlobalGeneratorAlone) {
    const at::Tensor state = at::globalContext().defaultGenerator(at::kCPU).get_state();
    Dropout dropout(0.5, 5);
    dropout(at::ones({10}));
    EXPECT_TRUE(at::equal(state, at::globalContext().defaultGenerator(at::kCPU).get_state()));
}

TEST(Linear, StartsWithOutputsOfOrderOne) {
    Parameters parameters;
    const Linear linear(Scope(parameters), {400, 300});
    parameters.allocate({.dtype = at::kDouble, .seed = 3});
    EXPECT_NEAR(linear(random_tensor({50, 400}, 1)).std().item<double>(), 1, 0.05);
}

TEST(Embedding, AddsOneRowPerColumn) {
    Parameters parameters;
    const Embedding embedding(Scope(parameters), 7, 2);
    parameters.allocate({.dtype = at::kDouble});
    const at::Tensor table = *embedding.table;
    EXPECT_LT(difference(embedding(index_of({1, 6, 0, 5}).view({2, 2})),
                         at::stack({table[1] + table[6], table[0] + table[5]})),
              1e-15);
}

TEST(Mlp, GradientsAreFiniteDifferences) {
    Parameters parameters;
    const Mlp mlp(Scope(parameters), {3, 4, 2});
    parameters.allocate({.dtype = at::kDouble});
    const auto function = [&](const std::vector<at::Tensor>& x) {
        return std::vector<at::Tensor>{mlp(x[0])};
    };
    EXPECT_LT(gradient_error(function, {random_tensor({5, 3}, 2)}), 1e-8);
}

}  // namespace
}  // namespace keyway::nn

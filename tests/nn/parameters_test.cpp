/// The flat arena of parameters and gradients.
#include "keyway/nn/parameters.hpp"

#include "support/tensors.hpp"

#include "keyway/core/error.hpp"
#include "keyway/nn/layers.hpp"

#include <gtest/gtest.h>

namespace keyway::nn {
namespace {

using namespace testing;

TEST(Parameters, LieEndToEndInOrderOfDeclaration) {
    Parameters parameters;
    const Scope scope(parameters, "a");
    scope.add("first", {2, 3}, Init::normal(1));
    (scope / "b" / 0).add("second", {4}, Init::value(7));
    parameters.allocate({.dtype = at::kDouble});
    EXPECT_EQ(parameters.count(), 10);
    EXPECT_EQ(parameters.entries()[1].name, "a.b.0.second");
    EXPECT_EQ(parameters.entries()[1].offset, 6);
    EXPECT_EQ(difference(parameters.values().narrow(0, 6, 4), at::full({4}, 7.0, at::kDouble)), 0);
}

TEST(Parameters, LayersSeeWhatIsWrittenToTheArena) {
    Parameters parameters;
    const Linear linear(Scope(parameters), {3, 2}, Linear::Bias::zero);
    parameters.allocate({.dtype = at::kDouble});
    parameters.values().fill_(1);
    const at::Tensor x = random_tensor({5, 3}, 1);
    EXPECT_LT(difference(linear(x), (x.sum(1, true) + 1).expand({5, 2})), 1e-15);
}

TEST(Parameters, GradientsLandInTheirArenaAndAddUp) {
    Parameters parameters;
    const Linear linear(Scope(parameters), {3, 2}, Linear::Bias::zero);
    parameters.allocate({.dtype = at::kDouble});
    const at::Tensor x = random_tensor({5, 3}, 1);
    linear(x).sum().backward();
    const at::Tensor once = parameters.gradients().clone();
    EXPECT_LT(difference(once.narrow(0, 6, 2), at::full({2}, 5.0, at::kDouble)), 1e-15);
    linear(x).sum().backward();
    EXPECT_LT(difference(parameters.gradients(), 2 * once), 1e-14);
    parameters.zero_gradients();
    EXPECT_EQ(parameters.gradients().abs().sum().item<double>(), 0);
    linear(x).sum().backward();
    EXPECT_LT(difference(parameters.gradients(), once), 1e-15);
}

TEST(Parameters, StartDependsOnSeedAndNameOnly) {
    const auto start_of_b = [](bool with_more, std::uint64_t seed, at::ScalarType dtype) {
        Parameters parameters;
        if (with_more) parameters.add("a", {100}, Init::normal(1));
        parameters.add("b", {50}, Init::normal(2));
        parameters.allocate({.dtype = dtype, .seed = seed});
        return parameters.entry("b").value.detach().clone();
    };
    EXPECT_EQ(difference(start_of_b(false, 1, at::kDouble), start_of_b(true, 1, at::kDouble)), 0);
    EXPECT_GT(difference(start_of_b(false, 1, at::kDouble), start_of_b(false, 2, at::kDouble)), 0.1);
    EXPECT_LT(difference(start_of_b(false, 1, at::kDouble), start_of_b(false, 1, at::kFloat).to(at::kDouble)),
              1e-6);
    EXPECT_NEAR(start_of_b(false, 1, at::kDouble).std().item<double>(), 2, 0.6);
}

TEST(Parameters, OnlyMatricesDecay) {
    Parameters parameters;
    const Linear linear(Scope(parameters, "l"), {3, 2}, Linear::Bias::zero);
    const LayerNorm norm(Scope(parameters, "n"), 3);
    const Embedding embedding(Scope(parameters, "e"), 5, 3);
    for (const auto& entry : parameters.entries())
        EXPECT_EQ(entry.decays, entry.name == "l.weight") << entry.name;
}

TEST(Parameters, ANameIsUsedOnce) {
    Parameters parameters;
    parameters.add("a", {1}, Init::zeros());
    EXPECT_THROW(parameters.add("a", {1}, Init::zeros()), Error);
    parameters.allocate({});
    EXPECT_THROW(parameters.add("b", {1}, Init::zeros()), Error);
    EXPECT_THROW(parameters.entry("c"), Error);
}

}  // namespace
}  // namespace keyway::nn

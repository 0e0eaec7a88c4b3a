/// Sums and softmax over the rows of a ragged array.
#include "keyway/ops/segment.hpp"

#include "support/tensors.hpp"

#include <gtest/gtest.h>

namespace keyway::ops {
namespace {

using namespace testing;

TEST(Segment, SumsByHandAndLeavesEmptyRowsZero) {
    const Csr csr = csr_of({2, 0, 1});
    const at::Tensor x = at::tensor(std::vector<double>{1, 2, 10, 20, 5, 6}).view({3, 2});
    EXPECT_EQ(
        difference(segment_sum(x, csr), at::tensor(std::vector<double>{11, 22, 0, 0, 5, 6}).view({3, 2})), 0);
}

TEST(Segment, SoftmaxOfEveryRowSumsToOne) {
    const Csr csr = csr_of({3, 1, 0, 31});
    const at::Tensor weight = segment_softmax(random_tensor({35, 4}, 1) * 50, csr);
    const at::Tensor sums = segment_sum(weight, csr);
    EXPECT_LT(difference(sums.select(0, 0), at::ones({4}, at::kDouble)), 1e-14);
    EXPECT_LT(difference(sums.select(0, 3), at::ones({4}, at::kDouble)), 1e-14);
    EXPECT_EQ(sums.select(0, 2).abs().max().item<double>(), 0);
}

TEST(Segment, SoftmaxSurvivesHugeLogits) {
    const at::Tensor x = at::tensor(std::vector<double>{1e4, 1e4 - 1, -1e4}).view({3, 1});
    const at::Tensor weight = segment_softmax(x, csr_of({2, 1}));
    EXPECT_NEAR(weight[0].item<double>(), 1 / (1 + std::exp(-1)), 1e-12);
    EXPECT_EQ(weight[2].item<double>(), 1);
}

}  // namespace
}  // namespace keyway::ops

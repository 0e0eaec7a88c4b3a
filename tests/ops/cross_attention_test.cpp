/// Attention between blocks.
#include "keyway/ops/cross_attention.hpp"

#include "support/tensors.hpp"

#include <gtest/gtest.h>

namespace keyway::ops {
namespace {

using namespace testing;

TEST(CrossAttention, ByHandForOneHead) {
    const at::Tensor q = random_tensor({1, 2, 4}, 100), k = random_tensor({1, 3, 4}, 101),
                     v = random_tensor({1, 3, 4}, 102);
    const at::Tensor weight = at::softmax(q[0].matmul(k[0].t()) / 2, 1);
    EXPECT_LT(difference(cross_attention(q, k, v, {}, 1)[0], weight.matmul(v[0])), 1e-14);
}

TEST(CrossAttention, HeadsDoNotMix) {
    const at::Tensor q = random_tensor({2, 3, 8}, 103), k = random_tensor({2, 5, 8}, 104),
                     v = random_tensor({2, 5, 8}, 105);
    const auto half = [](const at::Tensor& x) { return x.narrow(2, 4, 4).contiguous(); };
    EXPECT_LT(
        difference(half(cross_attention(q, k, v, {}, 2)), cross_attention(half(q), half(k), half(v), {}, 1)),
        1e-14);
}

TEST(CrossAttention, MaskedKeysAreAsIfAbsent) {
    const at::Tensor q = random_tensor({1, 3, 4}, 106), k = random_tensor({1, 5, 4}, 107),
                     v = random_tensor({1, 5, 4}, 108);
    const at::Tensor mask = (at::arange(5) < 3).unsqueeze(0);
    EXPECT_LT(difference(cross_attention(q, k, v, mask, 2),
                         cross_attention(q, k.narrow(1, 0, 3), v.narrow(1, 0, 3), {}, 2)),
              1e-14);
}

TEST(CrossAttention, GradientsAreFiniteDifferencesAlsoThroughMasks) {
    const at::Tensor mask = (at::arange(5) < 4).unsqueeze(0).expand({2, 5});
    const auto function = [&](const std::vector<at::Tensor>& x) {
        return std::vector<at::Tensor>{cross_attention(x[0], x[1], x[2], mask, 2)};
    };
    EXPECT_LT(gradient_error(function, {random_tensor({2, 3, 4}, 109), random_tensor({2, 5, 4}, 110),
                                        random_tensor({2, 5, 8}, 111)}),
              1e-8);
}

class AttentionSizes : public ::testing::TestWithParam<std::int64_t> {};
TEST_P(AttentionSizes, QueriesAreIndependentAndOneKeyIsCopied) {
    const std::int64_t n = GetParam();
    const at::Tensor q = random_tensor({1, n, 4}, 112), k = random_tensor({1, 7, 4}, 113),
                     v = random_tensor({1, 7, 4}, 114);
    const at::Tensor all = cross_attention(q, k, v, {}, 2);
    ASSERT_EQ(all.sizes().vec(), (std::vector<std::int64_t>{1, n, 4}));
    if (n == 0) return;
    EXPECT_LT(difference(all.narrow(1, n - 1, 1), cross_attention(q.narrow(1, n - 1, 1), k, v, {}, 2)),
              1e-14);
    const at::Tensor one = cross_attention(q, k.narrow(1, 0, 1), v.narrow(1, 0, 1), {}, 2);
    EXPECT_LT(difference(one, v.narrow(1, 0, 1).expand({1, n, 4})), 1e-15);
}
INSTANTIATE_TEST_SUITE_P(Sizes, AttentionSizes, ::testing::Values(0, 1, 31, 32, 33, 1000));

}  // namespace
}  // namespace keyway::ops

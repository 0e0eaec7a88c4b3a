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

TEST(CrossAttention, OneKeyIsCopiedToEveryQuery) {
    const at::Tensor v = random_tensor({1, 1, 4}, 114);
    EXPECT_LT(
        difference(cross_attention(random_tensor({1, 3, 4}, 112), random_tensor({1, 1, 4}, 113), v, {}, 2),
                   v.expand({1, 3, 4})),
        1e-15);
}

}  // namespace
}  // namespace keyway::ops

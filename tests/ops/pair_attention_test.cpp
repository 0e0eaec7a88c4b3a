/// Attention between ligand atoms and pocket tokens.
#include "keyway/ops/pair_attention.hpp"

#include "support/tensors.hpp"

#include <gtest/gtest.h>

namespace keyway::ops {
namespace {

using namespace testing;

TEST(PairAttention, AnAtomSeesTheSameBitsWhateverStandsBesideIt) {
    const Pairing many({{0, 7, 32, 72}, {0, 50}, {0, 0, 0}}, at::kCPU),
        one({{0, 25}, {0, 50}, {0}}, at::kCPU);
    const auto f = [](const at::Tensor& x) { return x.to(at::kFloat); };
    const at::Tensor q = f(random_tensor({72, 32}, 30)), k = f(random_tensor({50, 32}, 31)),
                     v = f(random_tensor({50, 32}, 32));
    EXPECT_EQ(difference(attend_tokens(q, {k, v, {}}, many, 4).narrow(0, 7, 25),
                         attend_tokens(q.narrow(0, 7, 25), {k, v, {}}, one, 4)),
              0);
}

}  // namespace
}  // namespace keyway::ops

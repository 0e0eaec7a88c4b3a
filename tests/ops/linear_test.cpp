/// Matrix products with small weights.
#include "keyway/ops/linear.hpp"

#include "op_harness.hpp"

namespace keyway::ops {
namespace {

using namespace testing;

TEST(Linear, ARowHasTheSameBitsAloneAndAmongOthers) {
    const at::Tensor x = random_tensor({37, 48}, 1).to(at::kFloat),
                     w = random_tensor({48, 48}, 2).to(at::kFloat), none;
    for_each_instruction_set([&] {
        const at::Tensor all = linear(x, w, none);
        for (const std::int64_t row : {0, 8, 36})
            EXPECT_EQ(difference(all.narrow(0, row, 1), linear(x.narrow(0, row, 1), w, none)), 0);
    });
}

TEST(Linear, AProductThatNothingUsesGetsNoGradient) {
    Tensors x = {random_tensor({5, 48}, 1), random_tensor({48, 48}, 2), random_tensor({48, 48}, 3)};
    for (at::Tensor& t : x) t = t.to(at::kFloat).requires_grad_();
    linear(x[0], {x[1], x[2]})[1].sum().backward();
    EXPECT_LT(difference(x[0].grad(), x[2].detach().sum(0, true).expand({5, 48})), 1e-4);
    EXPECT_TRUE(!x[1].grad().defined() || x[1].grad().abs().max().item<float>() == 0);
}

}  // namespace
}  // namespace keyway::ops

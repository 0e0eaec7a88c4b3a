/// Bond messages of the ligand.
#include "keyway/ops/gine.hpp"

#include "support/tensors.hpp"

#include <gtest/gtest.h>

namespace keyway::ops {
namespace {

using namespace testing;

// A chain of n atoms; the type of a bond alternates.
BondGraph chain(std::int64_t n) {
    std::vector<std::int64_t> sizes, sender, type;
    for (std::int64_t a = 0; a < n; ++a) {
        sizes.push_back(0);
        for (const std::int64_t b : {a - 1, a + 1})
            if (b >= 0 && b < n) ++sizes.back(), sender.push_back(b), type.push_back(std::min(a, b) % 2);
    }
    return {csr_of(sizes), index_of(sender), index_of(type)};
}

TEST(Gine, ByHandOnThreeAtoms) {
    const at::Tensor h = random_tensor({3, 2}, 80), embedding = random_tensor({2, 2}, 81),
                     gate = random_tensor({2, 2}, 82);
    const auto message = [&](int b, int type) {
        return at::sigmoid(gate[type]) * at::silu(h[b] + embedding[type]);
    };
    const at::Tensor expected = at::stack({message(1, 0), message(0, 0) + message(2, 1), message(1, 1)});
    EXPECT_LT(difference(gine_aggregate(h, chain(3), embedding, gate), expected), 1e-15);
}

}  // namespace
}  // namespace keyway::ops

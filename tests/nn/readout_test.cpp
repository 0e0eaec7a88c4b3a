/// Read-outs: layouts agree, contributions add up, retrieval vectors have unit length.
#include "keyway/nn/readout.hpp"

#include "support/tensors.hpp"

#include "keyway/ops/segment.hpp"

#include <gtest/gtest.h>

namespace keyway::nn {
namespace {

using namespace testing;

TEST(PairReadout, LayoutsAgreeAndContributionsAddUp) {
    const ops::PairOffsets offsets{{0, 4, 5, 12}, {0, 9, 12}, {1, 0, 0}};
    Parameters parameters;
    const PairReadout readout(Scope(parameters),
                              {.token_channels = 6, .channels = 8, .pair_channels = 4, .distance_bins = 5});
    parameters.allocate({.dtype = at::kDouble});
    const at::Tensor h = random_tensor({12, 8}, 1), token = random_tensor({12, 6}, 2);
    const PairKeys keys = readout.project(token, 1);
    const ops::Csr atoms = csr_of({4, 1, 7});
    std::vector<at::Tensor> sums, gates, energies, bins;
    for (const ops::PairLayout& layout :
         {ops::PairLayout::by_ligand(offsets, at::kCPU), ops::PairLayout::by_pocket(offsets, at::kCPU)}) {
        const PairReadout::Pairs pairs = readout.pairs(h, keys, layout);
        sums.push_back(ops::segment_sum(layout.blocks_to_atoms((pairs.gate * pairs.energy).sum(2)), atoms));
        gates.push_back(layout.blocks_to_pairs(pairs.gate));
        energies.push_back(layout.blocks_to_pairs(pairs.energy));
        bins.push_back(layout.blocks_to_pairs(readout.distance_logits(h, keys, layout)));
    }
    EXPECT_LT(difference(sums[0], sums[1]), 1e-14);
    EXPECT_LT(difference(readout.sum(h, keys, ops::Pairing(offsets, at::kCPU), atoms), sums[0]), 1e-14);
    EXPECT_LT(difference(gates[0], gates[1]), 1e-14);
    EXPECT_LT(difference(bins[0], bins[1]), 1e-13);
    EXPECT_EQ(bins[0].sizes().vec(), (std::vector<std::int64_t>{4 * 3 + 1 * 9 + 7 * 9, 5}));
    const at::Tensor terms = gates[0] * energies[0];  // ligand 0 owns the first 4 * 3 pairs
    EXPECT_NEAR(terms.narrow(0, 0, 12).sum().item<double>(), sums[0][0].item<double>(), 1e-14);
}

TEST(PooledReadout, TheVarianceHeadDoesNotPullOnItsInput) {
    Parameters parameters;
    const PooledReadout readout(Scope(parameters), 8, 4);
    parameters.allocate({.dtype = at::kDouble});
    const at::Tensor pooled = random_tensor({3, 16}, 1).set_requires_grad(true);
    readout.log_variance(pooled).sum().backward();
    EXPECT_FALSE(pooled.grad().defined());
    EXPECT_LT(readout.log_variance(pooled * 1e6).abs().max().item<double>(), 5 + 1e-9);
    EXPECT_GT(parameters.gradients().abs().max().item<double>(), 0);
}

TEST(FingerprintSum, AddsAQuarterOfTheWeightOfEverySetBit) {
    Parameters parameters;
    const FingerprintSum sum(Scope(parameters), 6);
    parameters.allocate({.dtype = at::kDouble});
    const at::Tensor bit = at::tensor({0, 5, 2, 5}, at::kLong);
    const ops::Csr bits_of_ligand = csr_of({2, 0, 2});
    EXPECT_EQ(sum(bit, bits_of_ligand).abs().max().item<double>(), 0) << "starts without an opinion";

    parameters.values().copy_(at::tensor({1.0, 2.0, 4.0, 8.0, 16.0, 32.0}, at::kDouble));
    const at::Tensor pk = sum(bit, bits_of_ligand);
    EXPECT_TRUE(at::equal(pk, at::tensor({33.0, 0.0, 36.0}, at::kDouble) / 4));
    pk.sum().backward();
    EXPECT_TRUE(
        at::equal(parameters.gradients(), at::tensor({1.0, 0.0, 1.0, 0.0, 0.0, 2.0}, at::kDouble) / 4));
}

TEST(PooledReadout, KnowsTheSizeOfALigand) {
    Parameters parameters;
    const PooledReadout readout(Scope(parameters), 8, 4);
    parameters.allocate({.dtype = at::kDouble});
    const at::Tensor atom = random_tensor({1, 8}, 1);
    const at::Tensor pooled = readout.pool(atom.expand({7, 8}), csr_of({2, 5}));
    EXPECT_LT(difference(pooled[0].narrow(0, 0, 8), pooled[1].narrow(0, 0, 8)), 1e-15);
    EXPECT_LT(difference(pooled[0].narrow(0, 8, 8) * 2.5, pooled[1].narrow(0, 8, 8)), 1e-15);
}

TEST(RetrievalHead, GivesUnitVectorsWithFiniteDifferenceGradients) {
    Parameters parameters;
    const RetrievalHead head(Scope(parameters), 6, 5);
    parameters.allocate({.dtype = at::kDouble});
    const ops::Csr rows = csr_of({3, 1, 4});
    const auto function = [&](const std::vector<at::Tensor>& x) {
        return std::vector<at::Tensor>{head(x[0], rows)};
    };
    EXPECT_LT(gradient_error(function, {random_tensor({8, 6}, 1)}), 1e-7);
    EXPECT_LT(difference(head(random_tensor({8, 6}, 1), rows).norm(2, 1), at::ones({3}, at::kDouble)), 1e-9);
}

}  // namespace
}  // namespace keyway::nn

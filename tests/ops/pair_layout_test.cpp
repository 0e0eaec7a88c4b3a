/// Ragged atoms and tokens as dense blocks and back.
#include "keyway/ops/pair_layout.hpp"

#include "support/tensors.hpp"

#include <gtest/gtest.h>

namespace keyway::ops {
namespace {

using namespace testing;

// Ligands of 2, 3, 1, 2 atoms; pockets of 4, 2, 3 tokens; ligands meet pockets 2, 0, 2, 0 (pocket 1 has
// none).
const PairOffsets kOffsets{
    .atom_ptr = {0, 2, 5, 6, 8}, .token_ptr = {0, 4, 6, 9}, .pocket_of_ligand = {2, 0, 2, 0}};

// All (atom, token) pairs, written down from the offsets.
at::Tensor expected_pairs() {
    std::vector<std::int64_t> pairs;
    for (std::size_t l = 0; l < 4; ++l)
        for (std::int64_t a = kOffsets.atom_ptr[l]; a < kOffsets.atom_ptr[l + 1]; ++a)
            for (std::int64_t t = kOffsets.token_ptr[kOffsets.pocket_of_ligand[l]];
                 t < kOffsets.token_ptr[kOffsets.pocket_of_ligand[l] + 1]; ++t)
                pairs.push_back(100 * a + t);
    return index_of(pairs);
}

TEST(PairLayout, AtomsComeBackAndPairsAreThoseOfTheirPocket) {
    const at::Tensor atom = at::arange(8, at::kLong), token = at::arange(9, at::kLong);
    for (const PairLayout& layout :
         {PairLayout::by_ligand(kOffsets, at::kCPU), PairLayout::by_pocket(kOffsets, at::kCPU)}) {
        EXPECT_TRUE(at::equal(layout.blocks_to_atoms(layout.atoms_to_blocks(atom)), atom));
        const at::Tensor pair =
            100 * layout.atoms_to_blocks(atom).unsqueeze(2) + layout.tokens_to_blocks(token).unsqueeze(1);
        EXPECT_TRUE(at::equal(layout.blocks_to_pairs(pair), expected_pairs()));
        EXPECT_EQ(layout.atom_mask().sum().item<std::int64_t>(), 8);
    }
}

TEST(PairLayout, OnePocketIsOneBlockWithoutPadding) {
    const PairOffsets offsets{{0, 2, 5, 6}, {0, 4}, {0, 0, 0}};
    const PairLayout layout = PairLayout::smallest(offsets, at::kCPU);
    EXPECT_EQ(layout.blocks(), 1);
    EXPECT_EQ(layout.rows(), 6);
    EXPECT_EQ(layout.columns(), 4);
    EXPECT_FALSE(layout.atom_mask().defined());
    EXPECT_FALSE(layout.token_mask().defined());
}

TEST(PairLayout, TheSmallerLayoutIsChosen) {
    // One pocket has three ligands, the other one small ligand: blocks by pocket would pad the second to the
    // first.
    const PairOffsets offsets{{0, 2, 4, 6, 8}, {0, 3, 6}, {0, 0, 0, 1}};
    EXPECT_EQ(PairLayout::smallest(offsets, at::kCPU).blocks(), 4);
}

}  // namespace
}  // namespace keyway::ops

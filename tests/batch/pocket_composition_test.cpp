/// Pockets as amounts: by hand, in any frame, without jumps.
#include "batch/pocket_composition.hpp"

#include "support/synthetic.hpp"

#include "keyway/batch/batch.hpp"

#include <gtest/gtest.h>

#include <numeric>

namespace keyway::batch {
namespace {

using namespace testing;

/// An alanine (type 1) and a glycine (8) of two atoms each, their centres so far apart [A].
PocketGraph two_residues(float distance) {
    PocketGraph pocket = random_pocket(1, 4);
    pocket.position_in_pocket = {{0, -1, 0}, {0, 1, 0}, {distance, 0, 2}, {distance, 0, -2}};
    pocket.residue = {0, 0, 1, 1};
    pocket.residue_labels = {"A:ALA:1", "A:GLY:2"};
    for (std::size_t atom = 0; atom < 4; ++atom)
        pocket.columns[atom * std::size_t{kPocketColumnCount} + 1] = atom < 2 ? 1 : 8;
    return pocket;
}

std::size_t place(int type_a, int type_b, int distance) {
    return static_cast<std::size_t>(24 + (type_b * (type_b + 1) / 2 + type_a) * 4 + distance);
}

float most_different(const std::vector<float>& a, const std::vector<float>& b) {
    float most = 0;
    for (std::size_t k = 0; k < a.size(); ++k) most = std::max(most, std::abs(a[k] - b[k]));
    return most;
}

TEST(PocketComposition, CountsResiduesAndSharesPairsBetweenTheNearestDistances) {
    const auto amounts_at = [](float distance) {
        const auto amounts = pocket_composition(two_residues(distance));
        EXPECT_EQ(amounts.size(), static_cast<std::size_t>(pocket_composition_size()));
        EXPECT_EQ(amounts[1], 1);
        EXPECT_EQ(amounts[8], 1);
        std::vector<float> pair;
        for (int k = 0; k < 4; ++k) pair.push_back(amounts[place(1, 8, k)]);
        EXPECT_NEAR(std::accumulate(amounts.begin(), amounts.end(), 0.0f),
                    2 + std::accumulate(pair.begin(), pair.end(), 0.0f), 1e-6);
        return pair;
    };
    EXPECT_EQ(amounts_at(2), (std::vector<float>{1, 0, 0, 0}));
    EXPECT_EQ(amounts_at(6), (std::vector<float>{0, 1, 0, 0}));
    EXPECT_EQ(amounts_at(7.5f), (std::vector<float>{0, 0.5f, 0.5f, 0}));
    EXPECT_EQ(amounts_at(14.25f), (std::vector<float>{0, 0, 0, 0.25f})) << "the rest is beyond reach";
    EXPECT_EQ(amounts_at(15), (std::vector<float>{0, 0, 0, 0}));
}

TEST(PocketComposition, IsTheSameInAnyFrameInTheMirrorAndWithOtherNumbers) {
    const PocketGraph pocket = random_pocket(3, 200);
    PocketGraph other = pocket;
    for (auto& [x, y, z] : other.position_in_pocket) {
        const float turned_x = 0.6f * x - 0.8f * y, turned_y = 0.8f * x + 0.6f * y;
        x = -turned_x + 11, y = turned_y - 5, z += 2;
    }
    std::swap(other.residue_labels.front(), other.residue_labels.back());
    EXPECT_LT(most_different(pocket_composition(pocket), pocket_composition(other)), 1e-4f);
    EXPECT_GT(most_different(pocket_composition(pocket), pocket_composition(random_pocket(4, 200))), 1);
}

TEST(PocketComposition, HasNoJumps) {
    for (float distance = 0.5f; distance < 16; distance += 0.25f)
        EXPECT_LT(most_different(pocket_composition(two_residues(distance)),
                                 pocket_composition(two_residues(distance + 1e-3f))),
                  1e-3f)
            << distance;
}

TEST(PocketComposition, IsInBatchesWithoutNoise) {
    const PocketGraph a = random_pocket(5, 40), b = random_pocket(6, 60);
    const PocketGraph* pockets[] = {&a, &b};
    Random random(1);
    CollateOptions options{
        .handedness = Handedness::mirrored, .coordinate_noise_angstrom = 1, .random = &random};
    const at::Tensor composition = collate_pockets(pockets, options).composition;
    EXPECT_EQ(composition.sizes().vec(), (std::vector<std::int64_t>{2, pocket_composition_size()}));
    const auto expected = pocket_composition(b);
    const float* row = composition.data_ptr<float>() + pocket_composition_size();
    EXPECT_EQ(std::vector<float>(row, row + pocket_composition_size()), expected);
    options.pocket_input = PocketInput::blanked;
    EXPECT_FALSE(collate_pockets(pockets, options).composition.defined());
}

}  // namespace
}  // namespace keyway::batch

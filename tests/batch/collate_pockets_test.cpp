/// Pockets as tensors: the radius graph, tokens, noise, reflection, and what is refused.
#include "support/synthetic.hpp"
#include "support/tensors.hpp"

#include "keyway/batch/batch.hpp"
#include "keyway/core/error.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <set>

namespace keyway::batch {
namespace {

using namespace testing;

std::vector<std::int64_t> values(const at::Tensor& x) {
    return {x.data_ptr<std::int64_t>(), x.data_ptr<std::int64_t>() + x.numel()};
}

PocketBatch collated(const std::vector<PocketGraph>& pockets, const CollateOptions& options = {}) {
    std::vector<const PocketGraph*> pointers;
    for (const PocketGraph& pocket : pockets) pointers.push_back(&pocket);
    return collate_pockets(pointers, options);
}

// Five atoms on a line at 0, 1.5, 3.0, 7.5, 9.0; residues {0, 1, 2}, {3, 4}; bonds 0-1 and 3-4.
PocketGraph line() {
    PocketGraph pocket = random_pocket(1, 5);
    const std::vector<float> x = {0, 1.5F, 3, 7.5F, 9};
    for (std::size_t k = 0; k < 5; ++k) pocket.position_in_pocket[k] = {x[k], 0, 0};
    pocket.residue = {0, 0, 0, 1, 1};
    pocket.residue_labels = {"A:ALA:1", "A:ALA:2"};
    pocket.bonds = {{0, 1}, {3, 4}};
    pocket.is_token = {1, 0, 1, 0, 1};
    return pocket;
}

TEST(CollatePockets, JoinsAtomsWithinTheCutoffAndKnowsBondsAndResidues) {
    const PocketBatch batch = collated({line()}, {.edge_cutoff_angstrom = 6.0});
    EXPECT_EQ(values(batch.edge_ptr),
              (std::vector<std::int64_t>{0, 2, 4, 7, 9, 10}));  // 0-3 is 7.5 away, 1-3 and 2-4 exactly 6
    EXPECT_EQ(values(batch.edge_receiver), (std::vector<std::int64_t>{0, 0, 1, 1, 2, 2, 2, 3, 3, 4}));
    EXPECT_EQ(values(batch.edge_sender), (std::vector<std::int64_t>{1, 2, 0, 2, 0, 1, 3, 2, 4, 3}));
    EXPECT_EQ(values(batch.edge_class), (std::vector<std::int64_t>{0, 1, 0, 1, 1, 1, 2, 2, 0, 0}));
    EXPECT_EQ(values(batch.token_atom), (std::vector<std::int64_t>{0, 2, 4}));
}

TEST(CollatePockets, TheReverseOfTheReverseIsTheEdgeItself) {
    const PocketBatch batch = collated({random_pocket(2, 100), random_pocket(3, 31)});
    const at::Tensor reverse = batch.edge_reverse;
    EXPECT_TRUE(at::equal(batch.edge_sender.index_select(0, reverse), batch.edge_receiver));
    EXPECT_TRUE(at::equal(batch.edge_receiver.index_select(0, reverse), batch.edge_sender));
    EXPECT_TRUE(at::equal(reverse.index_select(0, reverse), at::arange(reverse.size(0), at::kLong)));
}

TEST(CollatePockets, StandsPocketsEndToEndWithoutEdgesBetweenThem) {
    const std::vector<PocketGraph> pockets = {random_pocket(2, 40), random_pocket(3, 33)};
    const PocketBatch both = collated(pockets), first = collated({pockets[0]}),
                      second = collated({pockets[1]});
    EXPECT_EQ(both.atom_ptr, (std::vector<std::int64_t>{0, 40, 73}));
    EXPECT_TRUE(at::equal(both.edge_sender, at::cat({first.edge_sender, second.edge_sender + 40})));
    EXPECT_TRUE(at::equal(both.edge_reverse,
                          at::cat({first.edge_reverse, second.edge_reverse + first.edge_sender.size(0)})));
    EXPECT_TRUE(at::equal(both.token_atom, at::cat({first.token_atom, second.token_atom + 40})));
    EXPECT_EQ(both.edge_ptr[-1].item<std::int64_t>(), both.edge_sender.size(0));
    EXPECT_TRUE(at::equal(both.feature_row, at::cat({first.feature_row, second.feature_row})));
}

TEST(CollatePockets, FeatureRowsOfDifferentColumnsNeverMeet) {
    const PocketBatch batch = collated({random_pocket(4, 200)});
    std::int64_t first = 0;
    for (int k = 0; k < kPocketColumnCount; ++k) {
        EXPECT_GE(batch.feature_row.select(1, k).min().item<std::int64_t>(), first);
        first += kPocketColumns[k].classes;
        EXPECT_LT(batch.feature_row.select(1, k).max().item<std::int64_t>(), first);
    }
    EXPECT_EQ(first, pocket_feature_rows());
}

TEST(CollatePockets, ReflectionChangesTheSignOfXAndNoEdge) {
    const PocketGraph pocket = random_pocket(5, 60);
    const PocketBatch natural = collated({pocket}, {.dtype = at::kDouble});
    const PocketBatch mirrored =
        collated({pocket}, {.dtype = at::kDouble, .handedness = Handedness::mirrored});
    EXPECT_EQ(difference(mirrored.position_in_pocket, natural.position_in_pocket.matmul(reflection())), 0);
    EXPECT_TRUE(at::equal(mirrored.edge_sender, natural.edge_sender));
}

TEST(CollatePockets, NoiseHasTheStatedSizeAndTheEdgesFollowIt) {
    const PocketGraph pocket = random_pocket(6, 400);
    Random random(7), again(7);
    const CollateOptions noisy{.dtype = at::kDouble, .coordinate_noise_angstrom = 0.3, .random = &random};
    const PocketBatch moved = collated({pocket}, noisy), still = collated({pocket}, {.dtype = at::kDouble});
    const at::Tensor noise = moved.position_in_pocket - still.position_in_pocket;
    EXPECT_NEAR(noise.std().item<double>(), 0.3, 0.03);
    const at::Tensor edge = moved.position_in_pocket.index_select(0, moved.edge_sender) -
                            moved.position_in_pocket.index_select(0, moved.edge_receiver);
    EXPECT_LT(edge.norm(2, 1).max().item<double>(), 6.0);
    CollateOptions repeated = noisy;
    repeated.random = &again;
    EXPECT_EQ(difference(collated({pocket}, repeated).position_in_pocket, moved.position_in_pocket), 0);
}

TEST(CollatePockets, AtomsOnTheSameSpotAreNotJoined) {
    PocketGraph pocket = line();
    pocket.position_in_pocket[1] = pocket.position_in_pocket[0];
    const PocketBatch batch = collated({pocket});
    EXPECT_EQ(values(batch.edge_ptr)[1], 1);  // atom 0 sees atom 2 only
}

TEST(CollatePockets, ABlankedPocketIsOneTokenWithoutAtoms) {
    const PocketBatch batch =
        collated({random_pocket(8, 50), random_pocket(9, 60)}, {.pocket_input = PocketInput::blanked});
    EXPECT_EQ(batch.token_ptr, (std::vector<std::int64_t>{0, 1, 2}));
    EXPECT_FALSE(batch.position_in_pocket.defined());
}

TEST(CollatePockets, APocketWithoutTokensIsRefusedByName) {
    PocketGraph pocket = random_pocket(10, 20);
    pocket.id = "4abc";
    pocket.is_token.assign(20, 0);
    try {
        collated({pocket});
        FAIL() << "accepted";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::input);
        EXPECT_THAT(error.what(),
                    ::testing::AllOf(::testing::HasSubstr("4abc"), ::testing::HasSubstr("no token"),
                                     ::testing::HasSubstr("20 atoms")));
    }
}

TEST(CollatePockets, NoiseWithoutRandomNumbersIsRefused) {
    EXPECT_THROW(collated({random_pocket(11, 20)}, {.coordinate_noise_angstrom = 0.1}), Error);
}

}  // namespace
}  // namespace keyway::batch

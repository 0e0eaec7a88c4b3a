/// Baselines against values computed by hand.
#include "workflows/baselines.hpp"

#include "support/temporary_folder.hpp"
#include "workflows/learning_fixtures.hpp"

#include "keyway/core/random.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace keyway::workflows {
namespace {

using keyway::testing::TemporaryFolder;
using namespace testing;

class Reference : public ::testing::Test {
protected:
    LabelledData load(const std::vector<RowSpec>& rows) {
        write_dataset(folder / "train.h5", rows);
        return LabelledData({folder / "train.h5"}, log);
    }
    TemporaryFolder folder;
    RecordingLog log;
};

TEST_F(Reference, WeighsTheFiveNearestCompoundsBySimilarity) {
    // Tanimoto to {1,2,3,4}: 1, 3/4, 2/4, 1/4, 1/4, 0.
    auto data = load({{.atoms = 5, .pk = 9, .fingerprint = {1, 2, 3, 4}},
                      {.atoms = 5, .pk = 8, .fingerprint = {1, 2, 3}},
                      {.atoms = 5, .pk = 7, .fingerprint = {1, 2}},
                      {.atoms = 5, .pk = 6, .fingerprint = {1}},
                      {.atoms = 5, .pk = 5, .fingerprint = {2}},
                      {.atoms = 5, .pk = 1, .fingerprint = {9}}});
    const TrainingReference reference(data);
    const auto found = reference.neighbours({1, 2, 3, 4});
    EXPECT_NEAR(found.pk, (1 * 9 + 0.75 * 8 + 0.5 * 7 + 0.25 * 6 + 0.25 * 5) / 2.75, 1e-12);
    EXPECT_DOUBLE_EQ(found.similarity, 1.0);
}

TEST_F(Reference, FindsTheSameSimilarityAsComparingPairs) {
    Random random(3);
    std::vector<RowSpec> rows;
    const auto random_bits = [&] {
        std::set<std::uint16_t> bits;
        for (int k = 0; k < 12; ++k) bits.insert(static_cast<std::uint16_t>(random.below(40)));
        return std::vector<std::uint16_t>(bits.begin(), bits.end());
    };
    for (int i = 0; i < 60; ++i) rows.push_back({.atoms = 5, .fingerprint = random_bits()});
    auto data = load(rows);
    const TrainingReference reference(data);
    for (int repeat = 0; repeat < 20; ++repeat) {
        const auto query = random_bits();
        double best = 0;
        for (const auto& row : rows) best = std::max(best, tanimoto(query, row.fingerprint));
        EXPECT_DOUBLE_EQ(reference.neighbours(query).similarity, best);
    }
}

TEST_F(Reference, FallsBackToTheMeanWhenNothingIsSimilar) {
    auto data = load({{.atoms = 5, .pk = 9, .fingerprint = {1}}, {.atoms = 6, .pk = 4, .fingerprint = {2}}});
    const auto found = TrainingReference(data).neighbours({7});
    EXPECT_DOUBLE_EQ(found.pk, 6.5);
    EXPECT_DOUBLE_EQ(found.similarity, 0.0);
}

TEST_F(Reference, CountsACompoundOnceWithTheMeanOfItsRows) {
    auto data = load({{.pocket = "P1", .atoms = 5, .pk = 4, .fingerprint = {1}},
                      {.pocket = "P2", .atoms = 5, .pk = 8, .fingerprint = {1}},
                      {.pocket = "P1", .atoms = 6, .pk = 9, .fingerprint = {1}}});
    const TrainingReference reference(data);
    EXPECT_EQ(reference.compound_count(), 2u);
    EXPECT_DOUBLE_EQ(reference.neighbours({1}).pk, (6.0 + 9.0) / 2);
}

TEST_F(Reference, PrefersTheProteinThenTheClusterThenEverything) {
    auto data = load({{.pk = 4, .protein = "CDK2", .cluster = "kinases"},
                      {.pk = 6, .protein = "CDK2", .cluster = "kinases"},
                      {.pk = 8, .protein = "JNK1", .cluster = "kinases"},
                      {.pk = 10, .protein = "BACE1", .cluster = "proteases"}});
    const TrainingReference reference(data);
    EXPECT_DOUBLE_EQ(reference.target_mean("CDK2", "kinases"), 5);
    EXPECT_DOUBLE_EQ(reference.target_mean("TYK2", "kinases"), 6);
    EXPECT_DOUBLE_EQ(reference.target_mean("", ""), 7);
}

TEST_F(Reference, UsesUncensoredTrainingRowsOnly) {
    auto data = load({{.atoms = 5, .pk = 5},
                      {.atoms = 6, .pk = 9, .relation = Relation::less},
                      {.atoms = 7, .pk = 9, .split = Split::valid},
                      {.atoms = 8, .pk = 7, .relation = Relation::approximate}});
    const TrainingReference reference(data);
    EXPECT_EQ(reference.row_count(), 2u);
    EXPECT_DOUBLE_EQ(reference.target_mean("", ""), 6);
    auto none = [&] {
        write_dataset(folder / "none.h5", {{.split = Split::valid}});
        LabelledData empty({folder / "none.h5"}, log);
        TrainingReference unused(empty);
    };
    EXPECT_EQ(error_of(none).code, 3);
}

TEST_F(Reference, FitsTheLineThroughHeavyAtomCounts) {
    auto data = load({{.atoms = 10, .pk = 5}, {.atoms = 20, .pk = 6}, {.atoms = 30, .pk = 7}});
    const auto line = TrainingReference(data).heavy_atom_line();
    EXPECT_NEAR(line.slope, 0.1, 1e-12);
    EXPECT_NEAR(line(40), 8, 1e-12);
}

TEST_F(Reference, FitsAConstantWhenAllLigandsAreOfOneSize) {
    auto data = load({{.atoms = 10, .pk = 5}, {.atoms = 10, .pk = 7, .fingerprint = {1}}});
    EXPECT_DOUBLE_EQ(TrainingReference(data).heavy_atom_line()(99), 6);
}

TEST(SwappedPockets, AreAPermutationThatLeavesEveryFamily) {
    const std::vector<std::string> families{"a", "b", "a", "c", "d", "b", "a", "e"};
    for (std::uint64_t seed = 0; seed < 50; ++seed) {
        const auto partner = swapped_pockets(families, seed);
        ASSERT_EQ(partner.size(), families.size());
        std::set<int> used(partner.begin(), partner.end());
        EXPECT_EQ(used.size(), families.size());
        for (std::size_t i = 0; i < families.size(); ++i)
            EXPECT_NE(families[static_cast<std::size_t>(partner[i])], families[i]);
    }
}

TEST(SwappedPockets, LeaveAFamilyThatIsMoreThanHalfOfAll) {
    const std::vector<std::string> families{"a", "a", "a", "a", "b"};
    const auto partner = swapped_pockets(families, 1);
    for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(partner[i], 4);
    EXPECT_LT(partner[4], 4);
}

TEST(SwappedPockets, DependOnTheSeedAlone) {
    const std::vector<std::string> families{"a", "b", "c", "d", "e", "f", "g"};
    EXPECT_EQ(swapped_pockets(families, 4), swapped_pockets(families, 4));
    std::set<std::vector<int>> different;
    for (std::uint64_t seed = 0; seed < 10; ++seed) different.insert(swapped_pockets(families, seed));
    EXPECT_GT(different.size(), 5u);
}

TEST(SwappedPockets, AreNoneWithOneFamily) {
    EXPECT_TRUE(swapped_pockets({"a", "a"}, 1).empty());
    EXPECT_TRUE(swapped_pockets({"a"}, 1).empty());
    EXPECT_TRUE(swapped_pockets({}, 1).empty());
}

}  // namespace
}  // namespace keyway::workflows

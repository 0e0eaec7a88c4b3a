/// What a drawn batch looks like to the network: numbering, weights, offsets, poses.
#include "workflows/batch_maker.hpp"

#include "support/temporary_folder.hpp"
#include "workflows/learning_fixtures.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace keyway::workflows {
namespace {

using namespace testing;
using keyway::testing::TemporaryFolder;
using ::testing::HasSubstr;

class BatchMaking : public ::testing::Test {
protected:
    BatchMaking() {
        write_dataset(folder / "a.h5",
                      {{.pocket = "P1", .atoms = 4, .source = "core.csv", .measure = Measure::ki},
                       {.pocket = "P1", .atoms = 5, .source = "wide.csv", .measure = Measure::ic50},
                       {.pocket = "P2",
                        .atoms = 4,
                        .relation = Relation::approximate,
                        .source = "wide.csv",
                        .measure = Measure::ec50}},
                      {}, {{.pocket = "P2", .atoms = 6, .cluster = "C9"}, {.pocket = "P1", .atoms = 4}});
    }
    model::TrainBatch make(const BatchSampler::Batch& drawn) {
        data.emplace(std::vector{folder / "a.h5"}, log);
        return BatchMaker(*data, options).make(drawn);
    }
    TemporaryFolder folder;
    RecordingLog log;
    TrainOptions options;
    std::optional<LabelledData> data;
};

TEST_F(BatchMaking, SourceWeightsScaleRowsAndTheBatch) {
    options.source_weights = {{"wide.csv", 0.25}};
    auto batch = make({.rows = {{0, 0}, {1, 0}, {2, 1}}, .poses = {}});
    ASSERT_EQ(batch.rows.size(), 3u);
    EXPECT_EQ(batch.rows[0].weight, 1.0f);
    EXPECT_EQ(batch.rows[1].weight, 0.25f);
    EXPECT_EQ(batch.rows[2].weight, 0.125f) << "approximate values count half";
    EXPECT_FLOAT_EQ(batch.loss_weight, 1.5f / 3);
    batch = make({.rows = {{1, 0}}, .poses = {}});
    EXPECT_FLOAT_EQ(batch.loss_weight, 0.25f) << "a mean over one source does not see its weight";
}

TEST_F(BatchMaking, ASourceOfWeightZeroIsLeftOutOfTraining) {
    LabelledData left(std::vector{folder / "a.h5"}, log);
    leave_out_sources(left, {{"wide.csv", 0}});
    EXPECT_EQ(left.rows[0].split, Split::train);
    EXPECT_EQ(left.rows[1].split, Split::none);
    EXPECT_EQ(left.rows[2].split, Split::none);
}

TEST_F(BatchMaking, RefusesSourcesThatAreNotThere) {
    options.source_weights = {{"narrow.csv", 1}};
    const auto unknown = error_of([&] { make({}); });
    EXPECT_EQ(unknown.code, 2);
    EXPECT_THAT(unknown.hint, HasSubstr("core.csv, wide.csv"));
    options.source_weights = {{"wide.csv", 1}, {"wide.csv", 2}};
    EXPECT_THAT(error_of([&] { make({}); }).message, HasSubstr("twice"));
}

TEST_F(BatchMaking, OffsetsAreFreeForIc50AndEc50OnRequestOnly) {
    const BatchSampler::Batch drawn{.rows = {{0, 0}, {1, 0}, {2, 1}}, .poses = {}};
    for (const auto& row : make(drawn).rows) EXPECT_FALSE(row.free_offset);
    options.assay_offset = AssayOffset::ic50;
    const auto batch = make(drawn);
    EXPECT_FALSE(batch.rows[0].free_offset) << "a Ki is a binding constant";
    EXPECT_TRUE(batch.rows[1].free_offset);
    EXPECT_TRUE(batch.rows[2].free_offset);
}

TEST_F(BatchMaking, PosesShareTheNumberingOfRows) {
    const auto batch = make({.rows = {{0, 0}}, .poses = {0, 1}});
    ASSERT_EQ(batch.poses.size(), 2u);
    ASSERT_EQ(batch.pockets.size(), 2u);
    EXPECT_EQ(batch.pockets[static_cast<std::size_t>(batch.poses[0].pocket)]->id, "P2");
    EXPECT_EQ(batch.ligands[static_cast<std::size_t>(batch.poses[0].ligand)]->atoms(), 6u);
    EXPECT_EQ(batch.poses[0].position_in_pocket.size(), 18u);
    EXPECT_EQ(batch.poses[1].pocket, batch.rows[0].pocket);
    EXPECT_EQ(batch.poses[1].ligand, batch.rows[0].ligand);
    EXPECT_EQ(batch.cluster_of_pocket.size(), 2u);
    EXPECT_GE(batch.cluster_of_pocket[1], 0);

    const auto alone = make({.rows = {}, .poses = {1}});
    EXPECT_TRUE(alone.rows.empty());
    EXPECT_EQ(alone.pockets.size(), 1u);
    EXPECT_EQ(alone.loss_weight, 1.0f);
}

}  // namespace
}  // namespace keyway::workflows

/// Joining datasets, naming series, splits from a file.
#include "workflows/labelled_data.hpp"

#include "support/temporary_folder.hpp"
#include "workflows/learning_fixtures.hpp"

#include "keyway/core/sha256.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace keyway::workflows {
namespace {

using keyway::testing::TemporaryFolder;
using ::testing::HasSubstr;
using namespace testing;

TEST(LabelledData, NumbersPocketsAndLigandsOverAllDatasets) {
    TemporaryFolder folder;
    write_dataset(folder / "a.h5",
                  {{.pocket = "P1", .atoms = 4}, {.pocket = "P2", .atoms = 5, .protein = "CDK2"}});
    write_dataset(folder / "b.h5", {{.pocket = "Q1", .atoms = 6, .pk = 8.5, .protein = "CDK2"}});
    RecordingLog log;
    LabelledData data({folder / "a.h5", folder / "b.h5"}, log);

    ASSERT_EQ(data.rows.size(), 3u);
    EXPECT_EQ(data.pocket_count(), 3);
    EXPECT_EQ(data.ligand_count(), 3);
    EXPECT_EQ(data.pocket_id(data.rows[2].pocket), "Q1");
    EXPECT_EQ(data.pocket(data.rows[2].pocket).id, "Q1");
    EXPECT_EQ(data.ligand(data.rows[2].ligand).atoms(), 6u);
    EXPECT_EQ(data.rows[2].pk, 8.5f);
    EXPECT_EQ(data.rows[1].protein, data.rows[2].protein) << "equal names are one protein across datasets";
    EXPECT_EQ(data.rows[0].protein, -1);
    EXPECT_EQ(data.rows[0].source, 0);
    EXPECT_EQ(data.rows[2].source, 1) << "with several datasets each is one source";
    EXPECT_NE(data.rows[0].series, data.rows[2].series) << "an assay belongs to its dataset";
}

TEST(LabelledData, KeepsGraphsWhereTheyAre) {
    TemporaryFolder folder;
    write_dataset(folder / "a.h5", {{.atoms = 4}, {.atoms = 5}, {.atoms = 6}});
    RecordingLog log;
    LabelledData data({folder / "a.h5"}, log);
    const LigandGraph* first = &data.ligand(0);
    data.ligand(1);
    data.ligand(2);
    EXPECT_EQ(&data.ligand(0), first);
}

TEST(LabelledData, TellsLabelFilesOfOneDatasetApart) {
    TemporaryFolder folder;
    write_dataset(folder / "a.h5",
                  {{.source = "labels.csv"}, {.source = "extra.csv"}, {.source = "labels.csv"}});
    RecordingLog log;
    const LabelledData data({folder / "a.h5"}, log);
    EXPECT_EQ(data.source_count(), 2);
    EXPECT_EQ(data.rows[0].source, 0);
    EXPECT_EQ(data.rows[1].source, 1);
    EXPECT_EQ(data.rows[2].source, 0);
}

TEST(LabelledData, GivesPosesUnderTheCommonNumbering) {
    TemporaryFolder folder;
    write_dataset(folder / "a.h5", {{.pocket = "P1", .atoms = 4, .cluster = "C1"}});
    write_dataset(folder / "b.h5", {{.pocket = "Q1", .atoms = 6}, {.pocket = "Q2", .atoms = 3}}, {},
                  {{.pocket = "Q2", .atoms = 7, .split = Split::valid, .cluster = "C1"}});
    RecordingLog log;
    LabelledData data({folder / "a.h5", folder / "b.h5"}, log);
    ASSERT_EQ(data.poses.size(), 1u);
    const LabelledPose& pose = data.poses[0];
    EXPECT_EQ(data.pocket_id(pose.pocket), "Q2");
    EXPECT_EQ(data.ligand(pose.ligand).atoms(), 7u);
    EXPECT_EQ(pose.position_in_pocket.size(), 21u);
    EXPECT_EQ(pose.position_in_pocket[5], 1.0f) << "second atom, z";
    EXPECT_EQ(pose.split, Split::valid);
    EXPECT_EQ(pose.cluster, data.rows[0].cluster) << "equal names are one cluster across datasets";
    EXPECT_EQ(data.rows[1].heavy_atoms, 6);
    EXPECT_EQ(data.source_name(1), "b.h5");
    EXPECT_TRUE(data.distances(0).empty());
}

TEST(LabelledData, SplitsAnAssayThatCoversSeveralPockets) {
    TemporaryFolder folder;
    write_dataset(folder / "a.h5", {{.pocket = "P1", .assay = "target"},
                                    {.pocket = "P2", .assay = "target"},
                                    {.pocket = "P1", .assay = "series"},
                                    {.pocket = "P1", .assay = ""}});
    RecordingLog log;
    const LabelledData data({folder / "a.h5"}, log);
    EXPECT_EQ(data.series_name(data.rows[0].series), "target | P1");
    EXPECT_EQ(data.series_name(data.rows[1].series), "target | P2");
    EXPECT_EQ(data.series_name(data.rows[2].series), "series");
    EXPECT_EQ(data.rows[3].series, -1) << "no assay: comparable with nothing";
}

TEST(LabelledData, RefusesPocketsThatWereCutInAnotherWay) {
    TemporaryFolder folder;
    PocketDefinition wide;
    wide.residue_cutoff_angstrom = 10;
    write_dataset(folder / "a.h5", {{}});
    write_dataset(folder / "b.h5", {{}}, wide);
    RecordingLog log;
    const Caught caught = error_of([&] { LabelledData({folder / "a.h5", folder / "b.h5"}, log); });
    EXPECT_EQ(caught.code, 4);
    EXPECT_THAT(caught.message, HasSubstr("b.h5"));
}

TEST(LabelledData, HashesItsContent) {
    TemporaryFolder folder;
    write_dataset(folder / "a.h5", {{}});
    write_dataset(folder / "b.h5", {{.pk = 7}});
    RecordingLog log;
    const LabelledData a({folder / "a.h5"}, log), b({folder / "b.h5"}, log);
    const LabelledData both({folder / "a.h5", folder / "b.h5"}, log);
    EXPECT_EQ(a.content_sha256(), a.passport().content_sha256);
    EXPECT_EQ(both.content_sha256(), sha256_of(a.content_sha256() + "\n" + b.content_sha256() + "\n"));
}

class SplitFile : public ::testing::Test {
protected:
    SplitFile() {
        write_dataset(folder / "a.h5",
                      {{.pocket = "P1", .cluster = "C1", .id = "x"},
                       {.pocket = "P2", .cluster = "C1", .id = "y"},
                       {.pocket = "P3", .cluster = "C2", .id = "z"}},
                      {}, {{.pocket = "P1", .cluster = "C1"}, {.pocket = "P3", .cluster = "C2"}});
    }
    std::vector<Split> pose_splits_by(const std::string& table) {
        LabelledData data({folder / "a.h5"}, log);
        apply_split_file(data, folder.write("split.csv", table));
        return {data.poses[0].split, data.poses[1].split};
    }
    std::vector<Split> splits_by(const std::string& table) {
        LabelledData data({folder / "a.h5"}, log);
        apply_split_file(data, folder.write("split.csv", table));
        return {data.rows[0].split, data.rows[1].split, data.rows[2].split};
    }
    TemporaryFolder folder;
    RecordingLog log;
};

TEST_F(SplitFile, NamesRowsPocketsOrClusters) {
    using ::testing::ElementsAre;
    EXPECT_THAT(splits_by("id,split\nx,valid\ny,train\n"),
                ElementsAre(Split::valid, Split::train, Split::none));
    EXPECT_THAT(splits_by("pocket,split\nP2,test\nP3,train\n"),
                ElementsAre(Split::none, Split::test, Split::train));
    EXPECT_THAT(splits_by("cluster,split\nC1,train\nC2,valid\n"),
                ElementsAre(Split::train, Split::train, Split::valid));
}

TEST_F(SplitFile, MovesPosesWithTheirPocket) {
    using ::testing::ElementsAre;
    EXPECT_THAT(pose_splits_by("pocket,split\nP2,test\nP3,train\n"), ElementsAre(Split::none, Split::train));
    EXPECT_THAT(pose_splits_by("cluster,split\nC1,train\nC2,valid\n"),
                ElementsAre(Split::train, Split::valid));
    EXPECT_THAT(pose_splits_by("id,split\nx,valid\ny,train\n"), ElementsAre(Split::valid, Split::none));

    write_dataset(folder / "b.h5", {{.id = "x"}, {.atoms = 11, .id = "y"}}, {}, {{}});
    LabelledData data({folder / "b.h5"}, log);
    apply_split_file(data, folder.write("split.csv", "id,split\nx,valid\ny,train\n"));
    EXPECT_EQ(data.poses[0].split, Split::none) << "its pocket has rows on both sides";
}

TEST_F(SplitFile, IsRefusedWhenItSaysNothingOrContradictsItself) {
    EXPECT_EQ(error_of([&] { splits_by("pocket,split\nother,train\n"); }).code, 3);
    EXPECT_THAT(error_of([&] { splits_by("pocket,split\nP1,train\nP1,valid\n"); }).message,
                HasSubstr("two splits"));
    EXPECT_THAT(error_of([&] { splits_by("name,split\nP1,train\n"); }).message,
                HasSubstr("'id', 'pocket' or 'cluster'"));
}

}  // namespace
}  // namespace keyway::workflows

/// Label tables joined with targets: every row is accounted for, and the groups are the ones to compare
/// within.
#include "datasets/tables/tables.hpp"

#include "datasets/source_helpers.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

namespace keyway::datasets {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr auto kTargets = "target_id,structure,reference,split\nK,K.pdb,K.sdf,train\nBAD,B.pdb,B.sdf,train\n";
constexpr auto kLabels = "target_id,assay,ligand_id,smiles,relation,pk,measure,source\n";

TEST(Tables, AccountForEveryRowOfEveryTable) {
    const testing::TemporaryFolder folder;
    SourceOptions options;
    options.targets = {folder.write("targets.csv", kTargets)};
    options.labels = {
        folder.write("core.csv", std::string(kLabels) + "K,s,1,C,=,6,Ki,x\nNONE,s,2,C,=,6,Ki,x\n"),
        folder.write("extra.csv", std::string(kLabels) + "K,target,3,C,=,6\nBAD,s,4,C,=,6,Ki,x\n\n"
                                                         "K,target,5,C,<,6,Ki,x\n")};
    options.exclude_targets = {"BAD"};

    const auto source = open_tables(options);
    const auto all = testing::read_all(*source);

    EXPECT_EQ(source->size(), 5u);
    ASSERT_EQ(all.records.size(), 2u);
    EXPECT_EQ(all.records[0].source, "core.csv");
    EXPECT_EQ(all.records[1].source, "extra.csv");
    EXPECT_EQ(all.records[1].line, 5u);
    EXPECT_THAT(all.reasons(), ElementsAre("UNKNOWN_TARGET", "ROW_FIELDS", "EXCLUDED"));
    EXPECT_EQ(source->index_files().size(), 3u);
}

TEST(Tables, RefuseOptionsThatDoNotFit) {
    const testing::TemporaryFolder folder;
    SourceOptions options;
    options.targets = {folder.write("targets.csv", kTargets)};
    EXPECT_THAT(testing::message_of([&] { open_tables(options); }, ErrorKind::usage),
                HasSubstr("label table"));
    options.labels = {folder.write("labels.csv", "target_id,pk\n")};
    EXPECT_THAT(testing::message_of([&] { open_tables(options); }, ErrorKind::input), HasSubstr("smiles"));
    options.labels = {folder.write("labels.csv", kLabels)};
    options.exclude_targets = {"K_77"};
    EXPECT_THAT(testing::message_of([&] { open_tables(options); }, ErrorKind::usage), HasSubstr("K_77"));
}

TEST(Tables, GiveTheReferenceLigandOfEveryTargetAsAPose) {
    const testing::TemporaryFolder folder;
    SourceOptions options;
    options.targets = {
        folder.write("targets.csv",
                     "target_id,structure,reference,split,cluster,pocket_center_x,pocket_center_y,"
                     "pocket_center_z\nK,K.pdb,K.sdf,train,C1,,,\nBAD,B.pdb,B.sdf,train,C2,,,\n"
                     "BOX,X.pdb,,valid,C3,1,2,3\n")};
    options.labels = {folder.write("core.csv", std::string(kLabels) + "K,s,1,C,=,6,Ki,x\n")};
    options.exclude_targets = {"BAD"};

    const auto poses = open_tables(options)->poses();

    ASSERT_EQ(poses.size(), 2u) << "a pocket given by its centre has no bound ligand";
    const auto& refused = std::get<Rejected>(poses[0]);
    EXPECT_EQ(refused.id, "BAD/reference");
    EXPECT_EQ(refused.why.reason, "EXCLUDED");
    EXPECT_EQ(refused.line, 3u);
    const auto& record = std::get<RawRecord>(poses[1]);
    EXPECT_EQ(record.id, "K/reference");
    EXPECT_EQ(record.pocket_id, "K");
    EXPECT_THAT(record.ligand_files, ElementsAre(record.site.reference_ligand));
    EXPECT_EQ(record.split, "train");
    EXPECT_EQ(record.cluster, "C1");
    EXPECT_EQ(record.source, "targets.csv");
}

TEST(Tables, ReadTheSharedAffinityTablesCompletely) {
    const auto folder = std::filesystem::path(KEYWAY_SHARED_DIR) / "data" / "affinity";
    if (!std::filesystem::exists(folder))
        GTEST_SKIP() << "the shared data is not beside the project: " << folder;
    SourceOptions options;
    options.targets = {folder / "targets.csv", folder / "targets_wide.csv"};
    options.labels = {folder / "labels.csv", folder / "labels_extra.csv", folder / "labels_wide.csv"};
    options.exclude_targets = {"PRKACA_01", "RAF1_01", "CSNK2A1_01"};

    const auto source = open_tables(options);
    const auto all = testing::read_all(*source);

    EXPECT_EQ(source->size(), 5430u + 37959u + 46679u);
    EXPECT_EQ(all.records.size() + all.rejected.size(), 5430u + 37959u + 46679u);
    for (const auto& row : all.rejected) ASSERT_EQ(row.why.reason, "EXCLUDED") << row.id << row.why.message;
    std::map<std::string, std::set<std::string>> targets_of_assay, measures_of_assay;
    std::map<std::string, int> valid_core_rows;
    for (const auto& record : all.records) {
        targets_of_assay[record.assay].insert(record.pocket_id);
        if (record.source == "labels.csv" && record.split == "valid") ++valid_core_rows[record.assay];
    }
    for (const auto& [assay, targets] : targets_of_assay) EXPECT_EQ(targets.size(), 1u) << assay;
    EXPECT_EQ(valid_core_rows.size(), 25u) << "the validation assays of the published heavy-atom figure";
    for (const auto& [assay, rows] : valid_core_rows) EXPECT_GE(rows, 5) << assay;
}

}  // namespace
}  // namespace keyway::datasets

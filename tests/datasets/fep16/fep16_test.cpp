/// The free-energy benchmark: one assay per system, evaluation only.
#include "datasets/fep16/fep16.hpp"

#include "datasets/source_helpers.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace keyway::datasets {
namespace {

TEST(Fep16, GivesEveryLigandOfEverySystemAsTestData) {
    const testing::TemporaryFolder folder;
    folder.write("systems.csv", "system,gene\ntyk2,TYK2\nbace,BACE1\n");
    folder.write("tyk2/ligands.csv", "ligand_id,smiles,pk,relation,measure\na,C,6,=,dG\nb,C,x,=,dG\n");
    folder.write("bace/ligands.csv", "ligand_id,smiles,pk,relation,measure\na,C,7,=,IC50\n");
    SourceOptions options;
    options.folder = folder.path();

    const auto all = testing::read_all(*open_fep16(options));

    ASSERT_EQ(all.records.size(), 2u);
    EXPECT_EQ(all.records[0].id, "tyk2/a");
    EXPECT_EQ(all.records[0].assay, "tyk2");
    EXPECT_EQ(all.records[0].protein, "TYK2");
    EXPECT_EQ(all.records[0].split, "test");
    EXPECT_EQ(all.records[0].structure, folder.path() / "tyk2/protein.pdb.gz");
    EXPECT_EQ(all.records[1].assay, "bace");
    ASSERT_EQ(all.rejected.size(), 1u);
    EXPECT_EQ(all.rejected[0].source, "tyk2/ligands.csv");
    EXPECT_EQ(all.rejected[0].why.reason, "PK_SYNTAX");
}

TEST(Fep16, SaysWhichFileIsMissing) {
    const testing::TemporaryFolder folder;
    SourceOptions options;
    options.folder = folder.path();
    const auto open = [&] { open_fep16(options); };
    EXPECT_THAT(testing::message_of(open, ErrorKind::input), ::testing::HasSubstr("systems.csv"));
    folder.write("systems.csv", "system,gene\ntyk2,TYK2\n");
    EXPECT_THAT(testing::message_of(open, ErrorKind::input), ::testing::HasSubstr("ligands.csv"));
}

TEST(Fep16, ReadsTheSharedBenchmarkCompletely) {
    const auto folder = std::filesystem::path(KEYWAY_SHARED_DIR) / "data" / "fep16";
    if (!std::filesystem::exists(folder))
        GTEST_SKIP() << "the shared data is not beside the project: " << folder;
    SourceOptions options;
    options.folder = folder;

    const auto all = testing::read_all(*open_fep16(options));

    EXPECT_EQ(all.records.size(), 463u);
    EXPECT_TRUE(all.rejected.empty());
    std::map<std::string, int> rows;
    for (const auto& record : all.records) ++rows[record.assay];
    EXPECT_EQ(rows.size(), 16u);
    EXPECT_EQ(rows["syk"], 44);
}

}  // namespace
}  // namespace keyway::datasets

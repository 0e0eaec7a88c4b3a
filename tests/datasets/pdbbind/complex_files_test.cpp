/// Finding the files of a PDBbind copy in the layouts that people have.
#include "datasets/pdbbind/complex_files.hpp"

#include "datasets/source_helpers.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace keyway::datasets {
namespace {

using ::testing::HasSubstr;

TEST(ComplexFiles, AreFoundInEveryLayoutAndCase) {
    const testing::TemporaryFolder folder;
    folder.write("1a30/1a30_protein.pdb");
    folder.write("1a30/1a30_ligand.sdf");
    folder.write("1a30/1a30_ligand.mol2");
    folder.write("1a30/1a30_pocket.pdb");
    folder.write("refined-set/1E34/1E34_PROTEIN.PDB");
    folder.write("refined-set/1E34/1e34_ligand.sdf.gz");
    folder.write("v2020-other-PL/2xyz/2xyz_protein.pdb.gz");
    folder.write("P-L/1981-2000/3abc/3abc_protein.cif");
    folder.write("4def_ligand.mol2");  // everything in one folder

    const auto found = scan_pdbbind(folder.path());

    ASSERT_EQ(found.complexes.size(), 5u);
    EXPECT_EQ(found.complexes.at("1a30").protein.filename(), "1a30_protein.pdb");
    EXPECT_EQ(found.complexes.at("1a30").ligand_sdf.filename(), "1a30_ligand.sdf");
    EXPECT_EQ(found.complexes.at("1a30").ligand_mol2.filename(), "1a30_ligand.mol2");
    EXPECT_EQ(found.complexes.at("1e34").protein.filename(), "1E34_PROTEIN.PDB");
    EXPECT_EQ(found.complexes.at("1e34").ligand_sdf.filename(), "1e34_ligand.sdf.gz");
    EXPECT_FALSE(found.complexes.at("2xyz").protein.empty());
    EXPECT_TRUE(found.complexes.at("2xyz").ligand_sdf.empty());
    EXPECT_FALSE(found.complexes.at("3abc").protein.empty());
    EXPECT_FALSE(found.complexes.at("4def").ligand_mol2.empty());
}

TEST(ComplexFiles, NearerToTheRootCount) {
    const testing::TemporaryFolder folder;
    folder.write("coreset/deep/1a30/1a30_protein.pdb");
    const auto nearer = folder.write("z/1a30_protein.pdb");
    EXPECT_EQ(scan_pdbbind(folder.path()).complexes.at("1a30").protein, nearer);
}

TEST(ComplexFiles, IndexIsTheMostCompleteList) {
    const testing::TemporaryFolder folder;
    for (const char* name : {"index/INDEX_general_PL_data.2020", "index/INDEX_general_PL_name.2020",
                             "index/INDEX_general_PP_data.2020", "index/INDEX_general_NL_data.2020",
                             "index/INDEX_refined_data.2020", "index/INDEX_refined_set.2020"})
        folder.write(name);
    const auto index = [&] { return choose_index(scan_pdbbind(folder.path()).indexes, folder.path()); };

    EXPECT_EQ(index().filename(), "INDEX_general_PL_data.2020");
    std::filesystem::remove(folder.path() / "index/INDEX_general_PL_data.2020");
    EXPECT_EQ(index().filename(), "INDEX_refined_data.2020");
    folder.write("readme/INDEX_general_PL.2020R1.lst");
    EXPECT_EQ(index().filename(), "INDEX_general_PL.2020R1.lst");
}

TEST(ComplexFiles, IndexIsNeverGuessedBetweenEquals) {
    const testing::TemporaryFolder folder;
    folder.write("a/INDEX_general_PL_data.2016");
    folder.write("b/INDEX_general_PL_data.2020");
    const auto choose = [&] { choose_index(scan_pdbbind(folder.path()).indexes, folder.path()); };
    EXPECT_THAT(testing::message_of(choose, ErrorKind::input), HasSubstr("2 index files"));
}

TEST(ComplexFiles, SayWhatIsMissing) {
    const testing::TemporaryFolder folder;
    EXPECT_THAT(testing::message_of([&] { choose_index({}, folder.path()); }, ErrorKind::input),
                HasSubstr("holds no index"));
    EXPECT_THAT(testing::message_of([&] { scan_pdbbind(folder.path() / "absent"); }, ErrorKind::input),
                HasSubstr("is not a folder"));
}

}  // namespace
}  // namespace keyway::datasets

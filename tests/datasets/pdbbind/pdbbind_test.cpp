/// Every line of an index becomes a record or a refusal with a reason; the 50 genuine complexes among them.
#include "datasets/pdbbind/pdbbind.hpp"

#include "datasets/source_helpers.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace keyway::datasets {
namespace {

using ::testing::ElementsAre;

TEST(Pdbbind, AccountsForEveryLineOfTheIndex) {
    const testing::TemporaryFolder folder;
    folder.write("INDEX_general_PL_data.2020",
                 "# header\n#\n"
                 "1a30  2.00  1998   4.30  Ki=50uM  // 1abc.pdf (3-mer)\n"
                 "1A30  2.00  1998   4.30  Ki=50uM  // 1a30.pdf (3-mer)\n"
                 "2abc  2.00  1998   4.30  Ki=50uM  // 2abc.pdf (X)\n"
                 "3abc  2.00  1998   4.30  Ki=50uM  // 3abc.pdf (X)\n"
                 "4abc  2.00  1998   9.99  Ki=50uM  // 4abc.pdf (X)\n"
                 "1e34  2.00  1998   4.30  Ki=50uM  // 1abc.pdf (X)\n");
    folder.write("INDEX_general_PL_name.2020",
                 "# code year uniprot name\n1a30  1998  P04585  HIV-1 PROTEASE\n");
    folder.write("1a30/1a30_protein.pdb");
    folder.write("1a30/1a30_ligand.sdf");
    folder.write("1a30/1a30_ligand.mol2");
    folder.write("2abc/2abc_protein.pdb");
    folder.write("3abc/3abc_ligand.sdf");
    folder.write("refined-set/1e34/1E34_protein.pdb");
    folder.write("refined-set/1e34/1E34_ligand.mol2");
    SourceOptions options;
    options.folder = folder.path();

    const auto source = open_pdbbind(options);
    const auto all = testing::read_all(*source);

    EXPECT_EQ(source->size(), 6u);
    ASSERT_EQ(all.records.size(), 2u);
    EXPECT_EQ(all.records[0].id, "1a30");
    EXPECT_EQ(all.records[0].line, 3u);
    EXPECT_EQ(all.records[0].source, "INDEX_general_PL_data.2020");
    EXPECT_EQ(all.records[0].protein, "P04585");
    EXPECT_EQ(all.records[0].assay, "pdbbind/1abc/Ki/P04585") << "the paper is another entry's";
    EXPECT_EQ(all.records[0].ligand_files.size(), 2u);
    EXPECT_EQ(all.records[0].ligand_files[0].extension(), ".sdf") << "SDF first, MOL2 as the rescue";
    EXPECT_EQ(all.records[0].site.reference_ligand, all.records[0].ligand_files[0]);
    EXPECT_EQ(all.records[1].id, "1e34");
    EXPECT_THAT(all.reasons(), ElementsAre("DUPLICATE", "NO_LIGAND", "NO_STRUCTURE", "PK_MISMATCH"));
    EXPECT_EQ(all.rejected[1].line, 5u);
    // Both decide what the records say, so both are hashed.
    EXPECT_THAT(source->index_files(), ElementsAre(folder.path() / "INDEX_general_PL_data.2020",
                                                   folder.path() / "INDEX_general_PL_name.2020"));
}

TEST(Pdbbind, TakesAGivenIndex) {
    const testing::TemporaryFolder folder;
    SourceOptions options;
    options.folder = folder.path();
    options.index = folder.write("mine.txt", "1a30  2.00  1998   4.30  Ki=50uM  // 1a30.pdf (3-mer)\n");
    EXPECT_THAT(testing::read_all(*open_pdbbind(options)).reasons(), ElementsAre("NO_STRUCTURE"));
    options.index = folder.write("empty.txt", "# nothing\n");
    EXPECT_NE(testing::message_of([&] { open_pdbbind(options); }, ErrorKind::input), "");
}

TEST(Pdbbind, LosesNoneOfTheGenuineComplexes) {
    const auto sample = std::filesystem::path(KEYWAY_SHARED_DIR) / "data" / "pdbbind_sample";
    if (!std::filesystem::exists(sample))
        GTEST_SKIP() << "the shared data is not beside the project: " << sample;
    SourceOptions options;
    options.folder = sample;

    const auto all = testing::read_all(*open_pdbbind(options));

    EXPECT_EQ(all.records.size(), 50u);
    EXPECT_TRUE(all.rejected.empty());
    std::set<Relation> relations;
    for (const auto& record : all.records) {
        relations.insert(record.affinity.relation);
        EXPECT_TRUE(std::filesystem::exists(record.structure));
        EXPECT_EQ(record.ligand_files.size(), 2u) << record.id;
    }
    EXPECT_GT(relations.size(), 1u) << "the sample holds censored and approximate values";
}

}  // namespace
}  // namespace keyway::datasets

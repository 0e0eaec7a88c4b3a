/// Files of every kind: format, compression, line ends, damage.
#include "keyway/chem/ligand_file.hpp"

#include "ligand_support.hpp"

#include "keyway/core/error.hpp"
#include "keyway/core/output_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

namespace keyway::chem {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::records_of;
using testing::summary;
using testing::TemporaryFolder;

LigandFormat format_of(const std::string& name, const std::string& text) {
    const TemporaryFolder folder;
    return LigandFile(folder.write(name, text)).format();
}

TEST(LigandFileTest, TellsTheFormatFromTheName) {
    EXPECT_EQ(format_of("a.smi", "CCO a\n"), LigandFormat::smiles);
    EXPECT_EQ(format_of("a.CSV", "smiles,id\nCCO,a\n"), LigandFormat::table);
    EXPECT_EQ(format_of("a.sdf", ""), LigandFormat::sdf);
    EXPECT_EQ(format_of("a.mol", testing::ethanol_block("a")), LigandFormat::sdf);
    EXPECT_EQ(format_of("a.mol2", ""), LigandFormat::mol2);
}

TEST(LigandFileTest, TellsTheFormatFromTheContentWhereTheNameSaysNothing) {
    EXPECT_EQ(format_of("a.txt", "# comment\n\nCCO a\n"), LigandFormat::smiles);
    EXPECT_EQ(format_of("a.txt", "id,smiles\na,CCO\n"), LigandFormat::table);
    EXPECT_EQ(format_of("a.dat", "a,CCO\n"), LigandFormat::table);
    EXPECT_EQ(format_of("a", testing::ethanol_block("a") + "$$$$\n"), LigandFormat::sdf);
    EXPECT_EQ(format_of("a", "# made by hand\n" + testing::ethanol_mol2("a")), LigandFormat::mol2);
}

TEST(LigandFileTest, ReadsATableThatIsNamedSmi) {
    EXPECT_EQ(format_of("a.smi", "ID\tSMILES\na\tCCO\n"), LigandFormat::table);
    EXPECT_EQ(format_of("a.smi", "SMILES\tCompound name\nCCO\ta\n"), LigandFormat::smiles);
    EXPECT_EQ(format_of("a.smi", "c1cccc\tBOC\n"), LigandFormat::smiles)
        << "a broken first record is no table";
}

TEST(LigandFileTest, ReadsTheSameRecordsWithAnyLineEndAndByteOrderMark) {
    const std::string lines[] = {"CCO a", "CCN b", "CCC c"};
    for (const std::string end : {"\n", "\r\n", "\r"})
        for (const std::string mark : {"", "\xEF\xBB\xBF"}) {
            std::string text = mark;
            for (const auto& line : lines) text += line + end;
            EXPECT_THAT(summary(records_of("a.smi", text)), ElementsAre("a=CCO", "b=CCN", "c=CCC"));
            text.resize(text.size() - end.size());
            EXPECT_EQ(records_of("a.smi", text).size(), 3u) << "without a last line end";
        }
}

TEST(LigandFileTest, NumbersRecordsAndLines) {
    const auto records = records_of("a.smi", "\n# c\nCCO a\n\nCCN b\n");
    ASSERT_EQ(records.size(), 2u);
    EXPECT_EQ(records[0].index, 0u);
    EXPECT_EQ(records[0].line, 3u);
    EXPECT_EQ(records[1].index, 1u);
    EXPECT_EQ(records[1].line, 5u);
}

TEST(LigandFileTest, ReadsGzipUnderAnyName) {
    const TemporaryFolder folder;
    write_file(folder / "a.smi.gz", "CCO a\nCCN b\n", IfExists::refuse);
    std::filesystem::copy_file(folder / "a.smi.gz", folder / "b.smi");
    for (const auto* name : {"a.smi.gz", "b.smi"}) {
        LigandFile file(folder / name);
        LigandRecord record;
        std::size_t count = 0;
        while (file.next(record)) ++count;
        EXPECT_EQ(count, 2u);
        EXPECT_EQ(file.bytes_read(), file.bytes_total());
    }
}

TEST(LigandFileTest, GivesTheRecordsBeforeTheDamageOfAGzipFileAndThenThrows) {
    const TemporaryFolder folder;
    std::string text;
    for (int i = 0; i < 20000; ++i)
        text += "CC(=O)N" + std::string(i % 7 + 1, 'C') + " id" + std::to_string(i) + "\n";
    write_file(folder / "a.smi.gz", text, IfExists::refuse);
    std::filesystem::resize_file(folder / "a.smi.gz", std::filesystem::file_size(folder / "a.smi.gz") / 2);
    LigandFile file(folder / "a.smi.gz");
    std::uint64_t count = 0;
    LigandRecord record;
    try {
        while (file.next(record)) {
            EXPECT_EQ(record.id, "id" + std::to_string(count));
            ++count;
        }
        FAIL() << "a cut file read to its end";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::input);
        EXPECT_THAT(error.what(), HasSubstr("a.smi.gz"));
    }
    EXPECT_GT(count, 1000u);
    EXPECT_LT(count, 20000u);
}

TEST(LigandFileTest, AnEmptyFileHasNoRecords) {
    for (const auto* name : {"a.smi", "a.csv", "a.sdf", "a.mol2", "a.txt"}) {
        EXPECT_TRUE(records_of(name, "").empty()) << name;
        EXPECT_TRUE(records_of(name, "\n\n").empty()) << name;
    }
}

TEST(LigandFileTest, RefusesWhatIsNoLigandFile) {
    const TemporaryFolder folder;
    const auto message = [](const std::filesystem::path& path) -> std::string {
        try {
            LigandFile file(path);
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::input);
            return error.what();
        }
        return "accepted";
    };
    EXPECT_THAT(message(folder.path()), HasSubstr("folder"));
    EXPECT_THAT(message(folder / "absent.smi"), HasSubstr("cannot open"));
    EXPECT_THAT(message(folder.write("a.xyz", "Xq 1 2 3\nZz 1 2 3\n")), HasSubstr("format"));
    EXPECT_THAT(message(folder.write("a.smi", std::string("\xFF\xFE"
                                                          "C\0C\0",
                                                          6))),
                HasSubstr("UTF-16"));
}

}  // namespace
}  // namespace keyway::chem

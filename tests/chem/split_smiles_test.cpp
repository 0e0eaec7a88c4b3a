/// SMILES files as vendors write them.
#include "ligand_support.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace keyway::chem {
namespace {

using ::testing::ElementsAre;
using testing::records_of;
using testing::summary;

std::vector<std::string> split(const std::string& text, std::optional<bool> header = {}) {
    LigandFileOptions options;
    options.format = LigandFormat::smiles;
    options.header = header;
    return summary(records_of("lib.smi", text, options));
}

TEST(SplitSmilesTest, TakesTitlesAfterTabsWithTheirBlanksAndAfterBlanksAsOneWord) {
    EXPECT_THAT(split("CCO\tmy ethanol\n"), ElementsAre("my ethanol=CCO"));
    EXPECT_THAT(split("CCO   e1 7.5 more\n"), ElementsAre("e1=CCO"));
    EXPECT_THAT(split("CCO\te1\t7.5\n"), ElementsAre("e1=CCO"));
    EXPECT_THAT(split("CCO e1\t7.5\n"), ElementsAre("e1=CCO"));
    EXPECT_THAT(split("  CCO e1  \n"), ElementsAre("e1=CCO"));
}

TEST(SplitSmilesTest, NamesRecordsWithoutTitleByFileAndLine) {
    EXPECT_THAT(split("CCO\n\nCCN\t\n"), ElementsAre("lib.smi:1=CCO", "lib.smi:3=CCN"));
}

TEST(SplitSmilesTest, KeepsDuplicateTitles) {
    EXPECT_THAT(split("CCO a\nCCN a\n"), ElementsAre("a=CCO", "a=CCN"));
}

TEST(SplitSmilesTest, TellsAHeaderFromARecord) {
    EXPECT_THAT(split("SMILES id\nCCO a\n"), ElementsAre("a=CCO"));
    EXPECT_THAT(split("canonical_smiles\tName\nCCO\ta\n"), ElementsAre("a=CCO"));
    EXPECT_THAT(split("smiles\nCCO\n"), ElementsAre("lib.smi:2=CCO"));
    EXPECT_THAT(split("CCO a\nCCN b\n"), ElementsAre("a=CCO", "b=CCN")) << "the first record is no header";
    EXPECT_THAT(split("Xx a\nCCN b\n"), ElementsAre("a=Xx", "b=CCN")) << "a typing error is no header";
    EXPECT_THAT(split("CCO a\nCCN b\n", true), ElementsAre("b=CCN"));
    EXPECT_THAT(split("SMILES id\nCCN b\n", false), ElementsAre("id=SMILES", "b=CCN"));
}

TEST(SplitSmilesTest, KeepsACxsmilesExtensionApartFromTheTitle) {
    EXPECT_THAT(split("CCO |$;;x$| a\n"), ElementsAre("a=CCO |$;;x$|"));
    EXPECT_THAT(split("CCO |c:1 2|\ta b\n"), ElementsAre("a b=CCO |c:1 2|"));
    EXPECT_THAT(split("CCO\t|$;;x$|\ta b\n"), ElementsAre("a b=CCO |$;;x$|"));
}

TEST(SplitSmilesTest, GivesARecordForALineWithoutSmiles) {
    EXPECT_THAT(split("CCO a\n\tb\n"), ElementsAre("a=CCO", "b="));
}

TEST(SplitSmilesTest, RejectsALongLineAndReadsTheNextOneWhole) {
    for (const std::size_t length : {kMaxLigandLineBytes + 1, std::size_t{3} << 20}) {
        const auto lines = split("CCO a\n" + std::string(length, 'C') + " big\nCCN b\n");
        EXPECT_THAT(lines, ElementsAre("a=CCO", "lib.smi:2!TOO_LONG", "b=CCN"));
    }
    EXPECT_EQ(records_of("a.smi", std::string(kMaxLigandLineBytes - 2, 'C') + " x\n")[0].id, "x");
}

}  // namespace
}  // namespace keyway::chem

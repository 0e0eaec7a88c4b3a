/// SD files, whole and broken: no record is lost without a word.
#include "ligand_support.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace keyway::chem {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using testing::ethanol_block;
using testing::outcome;
using testing::record_of;
using testing::records_of;

constexpr auto kEnd = "$$$$\n";

std::vector<LigandRecord> split(const std::string& text, const std::string& id_tag = "") {
    LigandFileOptions options;
    options.id_tag = id_tag;
    return records_of("lib.sdf", text, options);
}

std::vector<std::string> ids(const std::vector<LigandRecord>& records) {
    std::vector<std::string> names;
    for (const auto& record : records) names.push_back(record.id);
    return names;
}

std::vector<std::string> outcomes(const std::vector<LigandRecord>& records) {
    std::vector<std::string> all;
    for (const auto& record : records) all.push_back(outcome(parse_ligand(record)));
    return all;
}

TEST(SplitSdfTest, SplitsAtTheSeparator) {
    const auto records = split(ethanol_block("a") + kEnd + ethanol_block("b") + "> <pIC50>\n7\n\n" + kEnd);
    EXPECT_THAT(ids(records), ElementsAre("a", "b"));
    EXPECT_THAT(outcomes(records), Each("CCO"));
    EXPECT_EQ(records[1].line, 12u);
}

TEST(SplitSdfTest, NeedsNoSeparatorAtTheEndAndNoBlankLineBeforeIt) {
    EXPECT_THAT(outcomes(split(ethanol_block("a") + "> <x>\n1\n" + kEnd + ethanol_block("b"))),
                ElementsAre("CCO", "CCO"));
}

TEST(SplitSdfTest, TakesTheIdFromTitleThenTagThenPlace) {
    EXPECT_THAT(ids(split(ethanol_block("t") + "> <ID>\nx1\n\n" + kEnd)), ElementsAre("t"));
    EXPECT_THAT(ids(split(ethanol_block("") + "> <ID>\nx1\n\n" + kEnd)), ElementsAre("x1"));
    EXPECT_THAT(ids(split(ethanol_block("") + ">  25  <IDNUMBER>\nx2\n\n" + kEnd)), ElementsAre("x2"));
    EXPECT_THAT(ids(split(ethanol_block("") + "> <ID>\nx1\n\n> <batch>\nb9\n\n" + kEnd, "batch")),
                ElementsAre("b9"));
    EXPECT_THAT(ids(split(ethanol_block("") + "> <ID>\nx1\n\n" + kEnd, "batch")), ElementsAre("lib.sdf:1"));
    EXPECT_THAT(ids(split(ethanol_block("") + kEnd)), ElementsAre("lib.sdf:1"));
}

TEST(SplitSdfTest, SplitsMergedRecordsWhereASeparatorIsMissing) {
    const auto records =
        split(ethanol_block("a") + "> <x>\n1\n\n" + ethanol_block("b") + kEnd + ethanol_block("c"));
    EXPECT_THAT(ids(records), ElementsAre("a", "b", "c"));
    EXPECT_THAT(outcomes(records), Each("CCO"));
}

TEST(SplitSdfTest, SplitsARecordThatBreaksOffInItsAtoms) {
    const auto block = ethanol_block("a");
    const auto records = split(block.substr(0, block.find("O  ")) + "\n" + ethanol_block("b") + kEnd);
    EXPECT_THAT(ids(records), ElementsAre("a", "b"));
    EXPECT_THAT(outcomes(records), ElementsAre("MOL_SYNTAX", "CCO"));
}

TEST(SplitSdfTest, ToleratesBlankLinesBeforeARecordAndCarriageReturns) {
    EXPECT_THAT(
        outcomes(split("\n\n\n\n" + ethanol_block("a") + kEnd + "\n" + ethanol_block("b") + kEnd + "\n\n")),
        ElementsAre("CCO", "CCO"));
    EXPECT_THAT(ids(split("\n\n\n\n" + ethanol_block("a"))), ElementsAre("a"));
    auto text = ethanol_block("a") + kEnd + ethanol_block("b") + kEnd;
    std::replace(text.begin(), text.end(), '\n', '\r');
    EXPECT_THAT(outcomes(split(text)), ElementsAre("CCO", "CCO"));
}

TEST(SplitSdfTest, CountsAnEmptyRecordAndTextBehindTheLastSeparator) {
    EXPECT_THAT(outcomes(split(ethanol_block("a") + kEnd + kEnd + ethanol_block("b") + kEnd)),
                ElementsAre("CCO", "EMPTY", "CCO"));
    EXPECT_THAT(outcomes(split(ethanol_block("a") + kEnd + "leftover\n")), ElementsAre("CCO", "MOL_SYNTAX"));
}

TEST(SplitSdfTest, RejectsALongRecordAndReadsTheNextOneWhole) {
    std::string data = "> <x>\n";
    while (data.size() <= kMaxLigandRecordBytes) data += std::string(1000, 'x') + "\n";
    const auto records = split(ethanol_block("a") + data + "\n" + kEnd + ethanol_block("b") + kEnd);
    EXPECT_THAT(ids(records), ElementsAre("a", "b"));
    EXPECT_THAT(outcomes(records), ElementsAre("TOO_LONG", "CCO"));
    EXPECT_TRUE(records[0].text.empty());
}

TEST(SplitSdfTest, CutAnywhereAFileKeepsItsWholeRecordsAndAtMostOneBrokenOne) {
    const std::string text =
        ethanol_block("a") + "> <ID>\n1\n\n" + kEnd + ethanol_block("b") + kEnd + ethanol_block("c") + kEnd;
    std::size_t whole = 0;
    for (std::size_t cut = 1; cut <= text.size(); ++cut) {
        if (text[cut - 1] != '\n') continue;
        const auto all = outcomes(split(text.substr(0, cut)));
        const auto good = static_cast<std::size_t>(std::count(all.begin(), all.end(), "CCO"));
        EXPECT_GE(good, whole) << "after " << cut << " bytes";
        EXPECT_LE(all.size(), good + 1) << "after " << cut << " bytes";
        whole = good;
    }
    EXPECT_EQ(whole, 3u);
}

}  // namespace
}  // namespace keyway::chem

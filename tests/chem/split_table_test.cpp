/// CSV and TSV as spreadsheets and data bases write them.
#include "ligand_support.hpp"

#include "keyway/core/error.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace keyway::chem {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::records_of;
using testing::summary;

std::vector<std::string> split(const std::string& text, const LigandFileOptions& options = {}) {
    return summary(records_of("lib.csv", text, options));
}

std::string error_of(const std::string& text, const LigandFileOptions& options = {}) {
    try {
        records_of("lib.csv", text, options);
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::input);
        return error.what();
    }
    return "accepted";
}

TEST(SplitTableTest, FindsColumnsByTheirUsualNamesInAnyOrder) {
    EXPECT_THAT(split("ligand_id,smiles,pk\n17,CCO,5.1\n"), ElementsAre("17=CCO"));
    EXPECT_THAT(split("pk;Canonical_SMILES;Compound ID\n1;CCO;a\n"), ElementsAre("a=CCO"));
    EXPECT_THAT(split("target_id,assay,ligand_id,smiles,relation\nT,A,L,CCO,=\n"), ElementsAre("L=CCO"));
    EXPECT_THAT(split("Structure\tName\nCCO\tmy drug\n"), ElementsAre("my drug=CCO"));
    EXPECT_THAT(split("smiles,pk\nCCO,5.1\n"), ElementsAre("lib.csv:2=CCO")) << "a value is no id";
    EXPECT_THAT(split("ligand,smiles\na,CCO\n"), ElementsAre("a=CCO"));
}

TEST(SplitTableTest, TakesNamedColumns) {
    LigandFileOptions options;
    options.smiles_column = "parent";
    options.id_column = "batch";
    EXPECT_THAT(split("batch,smiles,parent\nb1,CCO,CCN\n", options), ElementsAre("b1=CCN"));
    options.smiles_column = "absent";
    EXPECT_THAT(error_of("batch,smiles\nb1,CCO\n", options), HasSubstr("'absent', found: batch, smiles"));
}

TEST(SplitTableTest, ReadsQuotedFieldsAndLineEndsInsideThem) {
    EXPECT_THAT(split("id,smiles\n\"a, \"\"b\"\"\",CCO\n\"two\nlines\",CCN\nc,CCC\n"),
                ElementsAre("a, \"b\"=CCO", "two\nlines=CCN", "c=CCC"));
}

TEST(SplitTableTest, LosesOneRowToAStrayQuoteNotTheRest) {
    EXPECT_THAT(split("id,smiles\n\"a,CCO\nb,CCN\nc,CCC\n"),
                ElementsAre("lib.csv:2!ROW_FIELDS", "b=CCN", "c=CCC"));
}

TEST(SplitTableTest, RejectsARowWithAWrongNumberOfFieldsInPlace) {
    const auto records = records_of("lib.csv", "id,smiles\na,CCO\nb,CCN,7\n\nc\nd,CCC\n");
    EXPECT_THAT(summary(records),
                ElementsAre("a=CCO", "lib.csv:3!ROW_FIELDS", "lib.csv:5!ROW_FIELDS", "d=CCC"));
    EXPECT_EQ(records[1].text, "b,CCN,7") << "the row can be mended and run again";
    EXPECT_EQ(records[1].rejection->message, "expected 2 fields, found 3");
}

TEST(SplitTableTest, ReadsATableWithoutHeaderIfOneFieldReadsAsSmiles) {
    EXPECT_THAT(split("id1,CCO,7.1\nid2,CCN,7.2\n"), ElementsAre("id1=CCO", "id2=CCN"));
    EXPECT_THAT(split("CCO\nCCN\n"), ElementsAre("lib.csv:1=CCO", "lib.csv:2=CCN"));
    EXPECT_THAT(error_of("CCO,CCN\n"), HasSubstr("could both be SMILES"));
    EXPECT_THAT(error_of("name,value\nx,1\n"), HasSubstr("no column that holds SMILES, found: name, value"));
}

TEST(SplitTableTest, RefusesToGuessBetweenSmilesColumns) {
    EXPECT_THAT(error_of("id,smiles_a,smiles_b\n1,C,C\n"), HasSubstr("smiles_a, smiles_b"));
    EXPECT_THAT(error_of("smiles,SMILES\nC,C\n"), HasSubstr("two columns"));
}

TEST(SplitTableTest, SkipsCommentsAboveTheHeaderOnly) {
    EXPECT_THAT(split("# made today\nsep=;\nid;smiles\n#7;CCO\n"), ElementsAre("#7=CCO"));
    EXPECT_THAT(split("#smiles,id\nCCO,a\n"), ElementsAre("a=CCO"));
}

TEST(SplitTableTest, RejectsALongRow) {
    EXPECT_THAT(split("id,smiles\na," + std::string(kMaxLigandLineBytes, 'C') + "\nb,CCO\n"),
                ElementsAre("lib.csv:2!TOO_LONG", "b=CCO"));
}

}  // namespace
}  // namespace keyway::chem

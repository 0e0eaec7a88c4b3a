/// CSV and TSV as people have them.
#include "keyway/core/table.hpp"

#include "keyway/core/error.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace keyway {
namespace {

TableReader reader(const std::string& text) { return TableReader(TextInput::from_string(text, "test.csv")); }

TEST(TableReader, FindsTheSeparatorAndReadsFieldsByName) {
    for (const std::string text : {"id,smiles\na,CC\n", "id\tsmiles\r\na\tCC\r\n", "id;smiles\ra;CC\r"}) {
        auto table = reader(text);
        ASSERT_TRUE(table.next()) << text;
        EXPECT_EQ(table["smiles"], "CC");
        EXPECT_EQ(table["nothing"], "");
        EXPECT_EQ(table.line_number(), 2u);
        EXPECT_FALSE(table.next());
    }
}

TEST(TableReader, ReadsQuotesCommasAndLineEndsInsideFields) {
    auto table = reader("id,note\n1,\"a \"\"b\"\", c\"\n2,\"two\nlines\"\n");
    ASSERT_TRUE(table.next());
    EXPECT_EQ(table["note"], "a \"b\", c");
    ASSERT_TRUE(table.next());
    EXPECT_EQ(table["note"], "two\nlines");
}

TEST(TableReader, NamesTheLineOfABrokenRow) {
    auto table = reader("id,smiles\na,CC\nb\n");
    ASSERT_TRUE(table.next());
    try {
        table.next();
        FAIL() << "a short row was accepted";
    } catch (const Error& error) {
        EXPECT_NE(std::string(error.what()).find("line 3"), std::string::npos) << error.what();
    }
    EXPECT_THROW(reader(""), Error);
    EXPECT_THROW(reader("id,id\n"), Error);
    EXPECT_THROW(reader("id\n").require({"smiles"}), Error);
    auto open = reader("id\n\"never closed\n");
    EXPECT_THROW(open.next(), Error);
}

TEST(TableReader, RefusesALineThatItCannotTakeWholeAndGoesOnBehindIt) {
    const std::string endless(TextInput::from_string("", "x").max_line_bytes + 1, 'C');
    auto table = reader("id,smiles\na," + endless + "\nb,CC\n");
    try {
        table.next();
        FAIL() << "half a field was given for a whole one";
    } catch (const Error& error) {
        EXPECT_NE(std::string(error.what()).find("line 2 is longer"), std::string::npos) << error.what();
    }
    EXPECT_EQ(table.line_number(), 2u);
    ASSERT_TRUE(table.next());
    EXPECT_EQ(table["id"], "b");
    EXPECT_THROW(reader("id," + endless + "\n"), Error);
}

TEST(TableReader, ARowOfSeveralLinesHasTheNumberOfItsFirst) {
    auto table = reader("id,note\n1,\"two\nlines\"\n2,one\n");
    ASSERT_TRUE(table.next());
    EXPECT_EQ(table.line_number(), 2u);
    ASSERT_TRUE(table.next());
    EXPECT_EQ(table.line_number(), 4u);
}

TEST(TableField, QuotesWhatNeedsItAndDisarmsFormulas) {
    EXPECT_EQ(table_field("plain", TableFormat::csv), "plain");
    EXPECT_EQ(table_field("a,b", TableFormat::csv), "\"a,b\"");
    EXPECT_EQ(table_field("say \"x\"", TableFormat::csv), "\"say \"\"x\"\"\"");
    EXPECT_EQ(table_field("=HYPERLINK(1)", TableFormat::csv), "'=HYPERLINK(1)");
    EXPECT_EQ(table_field("@SUM(A1)", TableFormat::tsv), "'@SUM(A1)");
    EXPECT_EQ(table_field("-1.5", TableFormat::csv), "-1.5");
    EXPECT_EQ(table_field("+3", TableFormat::csv), "+3");
    EXPECT_EQ(table_field("-cmd", TableFormat::csv), "'-cmd");
    EXPECT_EQ(table_field("a\tb\nc", TableFormat::tsv), "a b c");
}

TEST(TableRow, IsReadBackByTheReader) {
    const std::vector<std::string> fields{"1e34", "a,\"b\"", "line\nend", ""};
    auto table = reader("w,x,y,z\n" + table_row(fields, TableFormat::csv));
    ASSERT_TRUE(table.next());
    EXPECT_EQ(table["w"], fields[0]);
    EXPECT_EQ(table["x"], fields[1]);
    EXPECT_EQ(table["y"], fields[2]);
    EXPECT_EQ(table["z"], fields[3]);
}

TEST(NumberField, IsShortExactAndEmptyForNan) {
    EXPECT_EQ(number_field(7.1f), "7.1");
    EXPECT_EQ(std::stof(number_field(0.1f + 0.2f)), 0.1f + 0.2f);
    EXPECT_EQ(number_field(NAN), "");
    EXPECT_EQ(fixed_field(6.25, 3), "6.250");
    EXPECT_EQ(fixed_field(INFINITY, 3), "");
}

}  // namespace
}  // namespace keyway

/// The aligned text table.
#include "keyway/report/text_table.hpp"

#include "keyway/core/error.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace keyway::report {
namespace {

TEST(TextTable, AlignsTheFirstColumnLeftAndTheOthersRight) {
    TextTable table({"method", "rho"});
    table.add_row({"model", "0.512"});
    table.add_row({"heavy_atoms", "-0.1"});
    EXPECT_EQ(table.to_text(),
              "method         rho\n"
              "model        0.512\n"
              "heavy_atoms   -0.1\n");
}

TEST(TextTable, CountsCharactersNotBytes) {
    TextTable table({"a", "b"});
    table.add_row({"\xC3\xA9\xC3\xA9", "1"});  // two letters, four bytes
    EXPECT_EQ(table.to_text(), "a   b\n\xC3\xA9\xC3\xA9  1\n");
}

TEST(TextTable, LeavesNoTrailingBlanksAndRefusesTooManyCells) {
    TextTable table({"a", "b"});
    table.add_row({"long name"});
    EXPECT_EQ(table.to_text(), "a          b\nlong name\n");
    EXPECT_THROW(table.add_row({"1", "2", "3"}), Error);
}

TEST(Number, WritesFixedDecimalsAndADashForUndefined) {
    EXPECT_EQ(number(0.12345), "0.123");
    EXPECT_EQ(number(-2, 1), "-2.0");
    EXPECT_EQ(number(std::numeric_limits<double>::quiet_NaN()), "-");
}

}  // namespace
}  // namespace keyway::report

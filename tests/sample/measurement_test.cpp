/// Names of the splits are read back.
#include "keyway/sample/measurement.hpp"

#include "keyway/core/error.hpp"

#include <gtest/gtest.h>

namespace keyway {
namespace {

TEST(Split, NamesAreReadBackAndUnknownOnesRefused) {
    for (const auto split : {Split::none, Split::train, Split::valid, Split::test})
        EXPECT_EQ(parse_split(to_string(split)), split);
    EXPECT_EQ(parse_split(""), Split::none);
    EXPECT_THROW(parse_split("training"), Error);
}

}  // namespace
}  // namespace keyway

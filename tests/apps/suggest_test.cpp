/// Which name is nearest to a mistyped one.
#include "suggest.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace keyway::apps {
namespace {

const std::vector<std::string> kNames = {"receptor", "ligands", "threads", "top", "out", "overwrite"};

TEST(Suggest, CountsInsertionsDeletionsSubstitutionsAndSwaps) {
    EXPECT_EQ(edit_distance("", "abc"), 3);
    EXPECT_EQ(edit_distance("screen", "screne"), 1);
    EXPECT_EQ(edit_distance("kitten", "sitting"), 3);
    EXPECT_EQ(edit_distance("same", "same"), 0);
}

TEST(Suggest, FindsTheNearestNameWithinTwoEdits) {
    EXPECT_EQ(nearest("recepter", kNames), "receptor");
    EXPECT_EQ(nearest("ligand", kNames), "ligands");
    EXPECT_EQ(nearest("treads", kNames), "threads");
}

TEST(Suggest, FindsTheOnlyNameThatBeginsSo) { EXPECT_EQ(nearest("over", kNames), "overwrite"); }

TEST(Suggest, StaysSilentWhenNothingIsNear) {
    EXPECT_EQ(nearest("temperature", kNames), "");
    EXPECT_EQ(nearest("xy", kNames), "");
    EXPECT_EQ(nearest("", kNames), "");
}

}  // namespace
}  // namespace keyway::apps

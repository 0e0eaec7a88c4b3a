/// The list of sources is complete and answers a wrong name with the right ones.
#include "keyway/datasets/registry.hpp"

#include "datasets/source_helpers.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace keyway::datasets {
namespace {

TEST(Registry, ListsEverySourceWithASummary) {
    std::vector<std::string> names;
    for (const auto& kind : source_kinds()) {
        names.emplace_back(kind.name);
        EXPECT_FALSE(kind.summary.empty()) << kind.name;
    }
    EXPECT_THAT(names, ::testing::ElementsAre("pdbbind", "tables", "fep16"));
}

TEST(Registry, AnswersAWrongNameWithTheRightOnes) {
    EXPECT_THAT(testing::message_of([] { open_source("chembl", {}); }, ErrorKind::usage),
                ::testing::HasSubstr("pdbbind, tables, fep16"));
}

TEST(Registry, HasAReadmeForEverySource) {
    for (const auto& kind : source_kinds())
        EXPECT_TRUE(std::filesystem::exists(std::filesystem::path(KEYWAY_SOURCE_DIR) / "datasets" /
                                            kind.name / "README.md"))
            << kind.name;
}

}  // namespace
}  // namespace keyway::datasets

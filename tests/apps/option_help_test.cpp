/// How options look in the help.
#include "option_help.hpp"

#include <gtest/gtest.h>

namespace keyway::apps {
namespace po = boost::program_options;
namespace {

OptionText text_of(po::options_description& options) { return describe_option(*options.options().front()); }

TEST(OptionHelp, KnowsNamesArgumentAndDefault) {
    po::options_description options;
    options.add_options()("threads,t", po::value<int>()->value_name("N")->default_value(4), "how many");
    const OptionText text = text_of(options);
    EXPECT_EQ(text.short_name, "t");
    EXPECT_EQ(text.long_name, "threads");
    EXPECT_EQ(text.argument, "N");
    EXPECT_EQ(text.default_value, "4");
}

TEST(OptionHelp, ASwitchHasNoArgument) {
    po::options_description options;
    options.add_options()("strict", po::bool_switch(), "be strict");
    const OptionText text = text_of(options);
    EXPECT_EQ(text.argument, "");
    EXPECT_EQ(text.default_value, "");
    EXPECT_EQ(option_lines(text, 80), "      --strict                be strict\n");
}

TEST(OptionHelp, LongNamesPutTheDescriptionOnTheNextLine) {
    const OptionText text{"", "a-name-that-is-longer-than-the-column", "FILE", "x", "what it does"};
    EXPECT_EQ(option_lines(text, 80),
              "      --a-name-that-is-longer-than-the-column FILE\n                              what it "
              "does [x]\n");
}

TEST(OptionHelp, WrapsAtBlanksAndKeepsLineEndsAndIndents) {
    EXPECT_EQ(wrapped("one two three four", 9, 2), "one two\n  three\n  four");
    EXPECT_EQ(wrapped("title\n  - item one two", 12, 0), "title\n  - item one\n  two");
    EXPECT_EQ(wrapped("unbreakable", 4, 0), "unbreakable");
    EXPECT_EQ(wrapped("", 10, 0), "");
}

}  // namespace
}  // namespace keyway::apps

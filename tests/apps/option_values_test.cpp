/// Lists, points and choices on the command line.
#include "option_values.hpp"

#include <gtest/gtest.h>

#include <functional>

namespace keyway::apps {
namespace {

std::string hint_of(const std::function<void()>& call) {
    try {
        call();
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::usage);
        return error.hint();
    }
    ADD_FAILURE() << "no error";
    return "";
}

TEST(OptionValues, ListsLoseBlanksAndEmptyItems) {
    EXPECT_EQ(split_commas(" a, b b ,,c"), (std::vector<std::string>{"a", "b b", "c"}));
    EXPECT_TRUE(split_commas("").empty());
    EXPECT_TRUE(split_commas(" , ").empty());
}

TEST(OptionValues, APointIsThreeFiniteNumbers) {
    EXPECT_EQ(parse_triple("center", "1.5,-2,+3e1"), (std::array<double, 3>{1.5, -2, 30}));
    for (const char* bad : {"", "1,2", "1,2,3,4", "1,2,x", "1,2,nan", "1,2,inf", "1,2,3A"})
        EXPECT_NE(hint_of([&] { parse_triple("center", bad); }).find("three numbers"), std::string::npos)
            << bad;
}

TEST(OptionValues, AWrongChoiceListsTheChoicesAndTheNearest) {
    const std::vector<std::pair<std::string, int>> choices = {{"ranked", 1}, {"input", 2}};
    EXPECT_EQ(parse_choice<int>("order", "input", choices), 2);
    const std::string hint = hint_of([&] { parse_choice<int>("order", "inptu", choices); });
    EXPECT_NE(hint.find("ranked, input"), std::string::npos);
    EXPECT_NE(hint.find("did you mean 'input'"), std::string::npos);
}

}  // namespace
}  // namespace keyway::apps

/// Option texts to values, with messages that say what was expected.
#pragma once

#include "keyway/core/error.hpp"

#include <array>
#include <string>
#include <utility>
#include <vector>

namespace keyway::apps {

/// "a,b,c" -> {"a", "b", "c"}; blanks around items are dropped, empty items too.
std::vector<std::string> split_commas(const std::string& text);

/// "1.5,-2,3" -> three finite numbers. Throws Error(usage) that names the option.
std::array<double, 3> parse_triple(const std::string& option, const std::string& text);

[[noreturn]] void refuse_choice(const std::string& option, const std::string& text,
                                const std::vector<std::string>& names);

/// One of a few words. Throws Error(usage) that lists them.
template <class Value>
Value parse_choice(const std::string& option, const std::string& text,
                   const std::vector<std::pair<std::string, Value>>& choices) {
    std::vector<std::string> names;
    for (const auto& [name, value] : choices) {
        if (name == text) return value;
        names.push_back(name);
    }
    refuse_choice(option, text, names);
}

}  // namespace keyway::apps

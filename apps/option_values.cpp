/// Lists, triples of numbers and choices on the command line.
#include "option_values.hpp"

#include "suggest.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

namespace keyway::apps {

std::vector<std::string> split_commas(const std::string& text) {
    std::vector<std::string> items;
    for (std::size_t at = 0; at <= text.size();) {
        const std::size_t comma = std::min(text.find(',', at), text.size());
        const std::size_t first = text.find_first_not_of(" \t", at);
        if (first < comma) {
            const std::size_t last = text.find_last_not_of(" \t", comma - 1);
            items.push_back(text.substr(first, last - first + 1));
        }
        at = comma + 1;
    }
    return items;
}

std::array<double, 3> parse_triple(const std::string& option, const std::string& text) {
    const auto items = split_commas(text);
    std::array<double, 3> values{};
    bool is_good = items.size() == 3;
    for (std::size_t i = 0; is_good && i < 3; ++i) {
        const char* end = items[i].data() + items[i].size();
        const char* begin = items[i].data() + (items[i].starts_with('+') ? 1 : 0);
        const auto result = std::from_chars(begin, end, values[i]);
        is_good = result.ec == std::errc{} && result.ptr == end && std::isfinite(values[i]);
    }
    if (!is_good)
        throw Error(
            ErrorKind::usage, fmt::format("option '--{}' cannot take '{}'", option, text),
            fmt::format("expected three numbers in angstrom without blanks, for example --{} 12.5,-3.0,8.2",
                        option));
    return values;
}

void refuse_choice(const std::string& option, const std::string& text,
                   const std::vector<std::string>& names) {
    const std::string better = nearest(text, names);
    throw Error(ErrorKind::usage, fmt::format("option '--{}' cannot take '{}'", option, text),
                fmt::format("expected one of: {}{}", fmt::join(names, ", "),
                            better.empty() ? "" : fmt::format("; did you mean '{}'?", better)));
}

}  // namespace keyway::apps

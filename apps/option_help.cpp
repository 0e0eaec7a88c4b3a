/// Formats option descriptions (Boost's own layout, `-r [ --receptor ] arg`, is not what users expect).
#include "option_help.hpp"

#include <fmt/format.h>

#include <sstream>

namespace keyway::apps {
namespace po = boost::program_options;

OptionText describe_option(const po::option_description& option) {
    OptionText text;
    text.long_name = option.long_name();
    const std::string display = option.canonical_display_name(po::command_line_style::allow_dash_for_short);
    if (display.size() == 2 && display[0] == '-') text.short_name = display.substr(1);
    text.description = option.description();
    if (option.semantic()->max_tokens() == 0) return text;
    text.argument = option.semantic()->name();  // "FILE (=default)"
    const auto at = text.argument.find(" (=");
    if (at != std::string::npos) {
        text.default_value = text.argument.substr(at + 3, text.argument.size() - at - 4);
        text.argument.resize(at);
    }
    return text;
}

std::string option_lines(const OptionText& option, int width) {
    constexpr int kDescriptionColumn = 30;
    std::string left = option.short_name.empty() ? "      " : fmt::format("  -{}, ", option.short_name);
    left += "--" + option.long_name;
    if (!option.argument.empty()) left += " " + option.argument;
    std::string description = option.description;
    if (!option.default_value.empty()) description += fmt::format(" [{}]", option.default_value);
    if (static_cast<int>(left.size()) + 2 > kDescriptionColumn)
        left += "\n" + std::string(kDescriptionColumn, ' ');
    else
        left.resize(kDescriptionColumn, ' ');
    return left + wrapped(description, width - kDescriptionColumn, kDescriptionColumn) + "\n";
}

std::string wrapped(std::string_view text, int width, int indent) {
    const std::string margin(static_cast<std::size_t>(indent), ' ');
    std::istringstream lines{std::string(text)};
    std::string out, line;
    for (bool first_line = true; std::getline(lines, line); first_line = false) {
        if (!first_line) out += "\n" + margin;
        const auto hanging = std::min(line.find_first_not_of(' '), line.size());
        std::string current = line.substr(0, hanging);
        bool is_empty = true;
        std::istringstream words(line);
        for (std::string word; words >> word;) {
            if (!is_empty && current.size() + 1 + word.size() > static_cast<std::size_t>(width)) {
                out += current + "\n" + margin;
                current = std::string(hanging, ' ');
                is_empty = true;
            }
            current += (is_empty ? "" : " ") + word;
            is_empty = false;
        }
        out += current;
    }
    return out;
}

}  // namespace keyway::apps

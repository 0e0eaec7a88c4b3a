/// Options as text: aligned columns, wrapped to the terminal, defaults said once.
#pragma once

#include <boost/program_options.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace keyway::apps {

/// How one option is written: "-r, --receptor FILE", its default ("64" or empty) and the description.
struct OptionText {
    std::string short_name, long_name, argument, default_value, description;
};
OptionText describe_option(const boost::program_options::option_description& option);

/// One option as help lines.
std::string option_lines(const OptionText& option, int width);
/// Words of `text` in lines of at most `width` columns, later lines indented; line ends in `text` stay.
std::string wrapped(std::string_view text, int width, int indent);

}  // namespace keyway::apps

/// Commands and their output as documents show them, and whether a real output still looks like it.
#pragma once

#include <string>
#include <vector>

namespace keyway::lint {

struct ConsoleExample {
    std::string command;              ///< without "$ "; continued lines are joined
    std::vector<std::string> output;  ///< lines that follow; "..." stands for any number of lines
    int line = 0;
};

/// The commands ("$ ...") of all ```console blocks of a Markdown text, in order.
std::vector<ConsoleExample> console_examples(const std::string& markdown);

/// Words must agree and numbers may differ (another processor, another speed). "..." matches any lines.
bool looks_like(const std::vector<std::string>& shown, const std::vector<std::string>& real);

}  // namespace keyway::lint

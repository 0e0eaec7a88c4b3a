/// Reads console blocks of Markdown and compares outputs with numbers set aside.
#include "lint/console_example.hpp"

#include <regex>
#include <sstream>

namespace keyway::lint {
namespace {

/// Numbers become "#", and the blanks that align columns become one.
std::string without_numbers(const std::string& line) {
    static const std::regex number(R"([-+]?\d+(\.\d+)?([eE][-+]?\d+)?)"), blanks(R"([ ]+)"),
        trailing(R"(\s+$)");
    return std::regex_replace(std::regex_replace(std::regex_replace(line, number, "#"), blanks, " "),
                              trailing, "");
}

bool matches(const std::vector<std::string>& shown, std::size_t i, const std::vector<std::string>& real,
             std::size_t j) {
    if (i == shown.size()) return j == real.size();
    if (shown[i] == "...") {
        for (std::size_t next = j; next <= real.size(); ++next)
            if (matches(shown, i + 1, real, next)) return true;
        return false;
    }
    return j < real.size() && without_numbers(shown[i]) == without_numbers(real[j]) &&
           matches(shown, i + 1, real, j + 1);
}

}  // namespace

std::vector<ConsoleExample> console_examples(const std::string& markdown) {
    std::vector<ConsoleExample> examples;
    std::istringstream lines(markdown);
    std::string line;
    bool inside = false, continued = false;
    for (int number = 1; std::getline(lines, line); ++number) {
        if (line.starts_with("```")) {
            inside = line == "```console";
            continued = false;
            continue;
        }
        if (!inside) continue;
        if (continued) {
            examples.back().command += line;
        } else if (line.starts_with("$ ")) {
            examples.push_back({line.substr(2), {}, number});
        } else {
            if (!examples.empty()) examples.back().output.push_back(line);
            continue;
        }
        continued = line.ends_with('\\');
        if (continued) examples.back().command.pop_back();
    }
    return examples;
}

bool looks_like(const std::vector<std::string>& shown, const std::vector<std::string>& real) {
    return matches(shown, 0, real, 0);
}

}  // namespace keyway::lint

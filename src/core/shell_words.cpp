/// Quoting for a POSIX shell.
#include "keyway/core/shell_words.hpp"

#include <algorithm>
#include <cctype>
#include <string_view>

namespace keyway {

std::string shell_quoted(const std::string& word) {
    const auto is_plain = [](char c) {
        return std::isalnum(static_cast<unsigned char>(c)) ||
               std::string_view("-_./:=,+@%").find(c) != std::string_view::npos;
    };
    if (!word.empty() && std::all_of(word.begin(), word.end(), is_plain)) return word;
    std::string text = "'";
    for (const char c : word) text += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return text + "'";
}

std::string shell_line(std::span<const std::string> words) {
    std::string line;
    for (const auto& word : words) line += (line.empty() ? "" : " ") + shell_quoted(word);
    return line;
}

}  // namespace keyway

/// Small helpers for lines of text.
#pragma once

#include <cctype>
#include <string>
#include <string_view>

namespace keyway::chem {

inline bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v'; }

inline std::string_view trimmed(std::string_view text) {
    while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
    return text;
}

/// Takes the first run of non-blank characters off `text`; empty at the end.
inline std::string_view take_word(std::string_view& text) {
    text = trimmed(text);
    std::size_t length = 0;
    while (length < text.size() && !is_blank(text[length])) ++length;
    const auto word = text.substr(0, length);
    text.remove_prefix(length);
    return word;
}

/// Takes the first line (without its end) off `text`; false when nothing is left.
inline bool take_line(std::string_view& text, std::string_view& line) {
    if (text.empty()) return false;
    const auto end = text.find('\n');
    line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    return true;
}

/// Lower case, letters and digits only: "Canonical_SMILES " becomes "canonicalsmiles".
inline std::string plain_name(std::string_view text) {
    std::string name;
    for (const unsigned char c : text)
        if (std::isalnum(c)) name += static_cast<char>(std::tolower(c));
    return name;
}

}  // namespace keyway::chem

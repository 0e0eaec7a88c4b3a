/// Small text helpers for fixed-column and token formats.
#pragma once

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace keyway::chem {

/// True if all of `text` is one finite number.
inline bool parse_number(std::string_view text, double& value) {
    if (!text.empty() && text[0] == '+') text.remove_prefix(1);
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && end == text.data() + text.size() && std::isfinite(value);
}

inline bool parse_number(std::string_view text, int& value) {
    if (!text.empty() && text[0] == '+') text.remove_prefix(1);
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && end == text.data() + text.size();
}

inline std::vector<std::string_view> words_of(std::string_view line) {
    std::vector<std::string_view> words;
    for (std::size_t at = line.find_first_not_of(" \t"); at != line.npos;) {
        const auto end = std::min(line.find_first_of(" \t", at), line.size());
        words.push_back(line.substr(at, end - at));
        at = line.find_first_not_of(" \t", end);
    }
    return words;
}

/// `line` is `word` alone or followed by a blank or a digit ("MODEL        1", "TER", "ATOM 100000").
inline bool starts_with_word(std::string_view line, std::string_view word) {
    if (line.substr(0, word.size()) != word) return false;
    const char next = line.size() > word.size() ? line[word.size()] : ' ';
    return next == ' ' || next == '\t' || (next >= '0' && next <= '9');
}

/// Lines that end in LF, CRLF or CR; a byte order mark at the start is skipped.
class LineReader {
public:
    explicit LineReader(std::string_view text) : text_(text) {
        if (text_.substr(0, 3) == "\xEF\xBB\xBF") text_.remove_prefix(3);
    }
    bool next(std::string& line) {
        if (at_ >= text_.size()) return false;
        const auto end = std::min(text_.find_first_of("\r\n", at_), text_.size());
        line.assign(text_.substr(at_, end - at_));
        at_ = end + (text_.substr(end, 2) == "\r\n" ? 2 : 1);
        ++number_;
        return true;
    }
    std::uint64_t number() const { return number_; }  ///< 1-based, of the line last returned

private:
    std::string_view text_;
    std::size_t at_ = 0;
    std::uint64_t number_ = 0;
};

}  // namespace keyway::chem

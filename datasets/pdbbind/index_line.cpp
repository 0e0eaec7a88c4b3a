/// The grammar of PDBbind's index.
#include "datasets/pdbbind/index_line.hpp"

#include "keyway/core/error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <vector>

namespace keyway::datasets {
namespace {

constexpr double kPrintedPkTolerance = 0.011;  // two decimals, half of them truncated instead of rounded
constexpr std::string_view kBlanks = " \t\r";

std::vector<std::string_view> words_of(std::string_view text) {
    std::vector<std::string_view> words;
    for (std::size_t begin = text.find_first_not_of(kBlanks); begin != std::string_view::npos;) {
        const std::size_t end = std::min(text.find_first_of(kBlanks, begin), text.size());
        words.push_back(text.substr(begin, end - begin));
        begin = text.find_first_not_of(kBlanks, end);
    }
    return words;
}

template <class Number>
std::optional<Number> whole_number(std::string_view text) {
    Number value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

Rejection refuse(std::string reason, std::string message) {
    return {"read", std::move(reason), std::move(message)};
}

bool is_code(std::string_view text) {
    return text.size() >= 4 &&
           std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isalnum(c) || c == '_'; });
}

/// "Ki<=0.5nM" -> its parts. `next_word` is the unit when a blank separates it.
Result<Affinity> parse_affinity(std::string_view text, std::string_view next_word) {
    const auto bad = [&] {
        return refuse("AFFINITY_SYNTAX",
                      fmt::format("'{}' is not an affinity, expected for example Ki=50uM or Kd<10nM", text));
    };
    const std::size_t relation_at = text.find_first_of("=<>~");
    const std::size_t number_at = text.find_first_not_of("=<>~", relation_at);
    if (relation_at == std::string_view::npos || number_at == std::string_view::npos) return bad();
    double value = 0;
    const auto [end, error] = std::from_chars(text.data() + number_at, text.data() + text.size(), value);
    if (error != std::errc{}) return bad();
    std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
    if (unit.empty()) unit = next_word;

    Affinity affinity;
    if (relation_at == 0) return bad();
    try {
        affinity.relation = flipped(parse_relation(text.substr(relation_at, number_at - relation_at)));
    } catch (const Error&) {
        return bad();
    }
    try {
        affinity.measure = parse_measure(text.substr(0, relation_at));
    } catch (const Error& problem) {
        return refuse("MEASURE", problem.what());
    }
    try {
        affinity.pk = pk_from_concentration(value, unit);
    } catch (const Error& problem) {
        return refuse("UNIT", problem.what());
    }
    return affinity;
}

/// " 2w8j.pdf (PLS) comment" behind the slashes.
void parse_reference(std::string_view text, IndexEntry& entry) {
    const std::size_t dot = text.find(".pdf");
    const std::size_t begin = text.find_first_not_of(kBlanks);
    if (dot != std::string_view::npos && begin < dot)
        entry.reference = std::string(text.substr(begin, dot - begin));
    const std::size_t open = text.find('('), close = text.find(')', open);
    if (open != std::string_view::npos && close != std::string_view::npos) {
        entry.ligand_name = std::string(text.substr(open + 1, close - open - 1));
        text.remove_prefix(close + 1);
        const std::size_t first = text.find_first_not_of(kBlanks);
        if (first != std::string_view::npos)
            entry.comment = std::string(text.substr(first, text.find_last_not_of(kBlanks) + 1 - first));
    }
}

}  // namespace

bool is_index_comment(std::string_view line) {
    const std::size_t first = line.find_first_not_of(kBlanks);
    return first == std::string_view::npos || line[first] == '#';
}

Result<IndexEntry> parse_index_line(std::string_view line) {
    const std::size_t slashes = line.find("//");
    const auto words = words_of(line.substr(0, slashes));
    IndexEntry entry;
    if (words.size() < 4 || !is_code(words[0]))
        return refuse(
            "INDEX_SYNTAX",
            fmt::format("expected 'code resolution year [-logK] affinity', got '{}'", line.substr(0, 60)));
    entry.code = std::string(words[0]);
    if (words[1] != "NMR") {
        entry.resolution_angstrom = whole_number<double>(words[1]);
        if (!entry.resolution_angstrom)
            return refuse("INDEX_SYNTAX",
                          fmt::format("resolution is '{}', expected a number or NMR", words[1]));
    }
    const auto year = whole_number<int>(words[2]);
    if (!year) return refuse("INDEX_SYNTAX", fmt::format("year is '{}', expected a number", words[2]));
    entry.year = *year;

    std::size_t at = 3;
    entry.printed_pk = whole_number<double>(words[at]);
    if (entry.printed_pk) ++at;
    if (at >= words.size()) return refuse("INDEX_SYNTAX", "the affinity is missing");
    const auto affinity = parse_affinity(words[at], at + 1 < words.size() ? words[at + 1] : "");
    if (!affinity) return affinity.rejection();
    entry.affinity = affinity.value();
    if (entry.printed_pk && !(std::abs(*entry.printed_pk - entry.affinity.pk) <= kPrintedPkTolerance))
        return refuse("PK_MISMATCH", fmt::format("printed -logK is {}, but {} is {:.2f}", *entry.printed_pk,
                                                 words[at], entry.affinity.pk));
    if (slashes != std::string_view::npos) parse_reference(line.substr(slashes + 2), entry);
    return entry;
}

}  // namespace keyway::datasets

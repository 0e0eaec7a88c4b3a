/// CSV and TSV, read and written by RFC 4180.
#include "keyway/core/table.hpp"

#include "keyway/core/error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <set>

namespace keyway {
namespace {

/// Appends the fields of `line`; returns true if a quoted field is still open at its end.
bool split_into(std::string_view line, char separator, std::vector<std::string>& fields, bool open) {
    std::size_t at = 0;
    if (!open) fields.emplace_back();
    for (; at < line.size(); ++at) {
        const char c = line[at];
        if (open) {
            if (c != '"')
                fields.back() += c;
            else if (at + 1 < line.size() && line[at + 1] == '"')
                fields.back() += line[++at];
            else
                open = false;
        } else if (c == '"' && fields.back().empty()) {
            open = true;
        } else if (c == separator) {
            fields.emplace_back();
        } else {
            fields.back() += c;
        }
    }
    return open;
}

bool is_number(std::string_view text) {
    if (text.starts_with('+')) text.remove_prefix(1);
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc{} && end == text.data() + text.size();
}

}  // namespace

TableReader::TableReader(const std::filesystem::path& path) : TableReader(TextInput(path)) {}

TableReader::TableReader(TextInput input) : input_(std::move(input)) {
    std::string header;
    while (header.empty())
        if (!next_whole_line(header))
            throw Error(ErrorKind::input,
                        fmt::format("table '{}' is empty, expected a header line", input_.name()));
    std::ptrdiff_t most = 0;
    for (const char candidate : {'\t', ',', ';'}) {
        const auto count = std::count(header.begin(), header.end(), candidate);
        if (count > most) {
            most = count;
            separator_ = candidate;
        }
    }
    split_into(header, separator_, columns_, false);
    for (std::size_t i = 0; i < columns_.size(); ++i)
        if (!index_.emplace(columns_[i], i).second)
            throw Error(ErrorKind::input,
                        fmt::format("table '{}' has the column '{}' twice", input_.name(), columns_[i]));
}

bool TableReader::has(std::string_view column) const { return index_.find(column) != index_.end(); }

void TableReader::require(std::initializer_list<std::string_view> columns) const {
    for (const auto column : columns)
        if (!has(column))
            throw Error(ErrorKind::input, fmt::format("table '{}' has no column '{}', found: {}",
                                                      input_.name(), column, fmt::join(columns_, ", ")));
}

/// Half a line would look like a value.
bool TableReader::next_whole_line(std::string& line) {
    if (!input_.next_line(line)) return false;
    line_number_ = input_.line_number();
    if (input_.line_was_cut())
        throw Error(ErrorKind::input, fmt::format("'{}' line {} is longer than {} bytes", input_.name(),
                                                  line_number_, input_.max_line_bytes));
    return true;
}

bool TableReader::read_record(std::vector<std::string>& fields) {
    std::string line;
    do {
        if (!next_whole_line(line)) return false;
    } while (line.empty());
    const std::uint64_t first_line = line_number_;
    fields.clear();
    bool open = split_into(line, separator_, fields, false);
    while (open) {
        if (!next_whole_line(line))
            throw Error(ErrorKind::input,
                        fmt::format("'{}' line {}: quoted field is not closed", input_.name(), first_line));
        fields.back() += '\n';
        open = split_into(line, separator_, fields, true);
    }
    line_number_ = first_line;
    return true;
}

bool TableReader::next() {
    if (!read_record(fields_)) return false;
    if (fields_.size() != columns_.size())
        throw Error(ErrorKind::input, fmt::format("'{}' line {}: expected {} fields, got {}", input_.name(),
                                                  line_number_, columns_.size(), fields_.size()));
    return true;
}

std::string_view TableReader::operator[](std::string_view column) const {
    const auto found = index_.find(column);
    return found == index_.end() ? std::string_view{} : std::string_view(fields_[found->second]);
}

std::vector<std::string> split_table_line(std::string_view line, char separator) {
    std::vector<std::string> fields;
    split_into(line, separator, fields, false);
    return fields;
}

std::string table_field(std::string_view text, TableFormat format) {
    std::string field;
    if (!text.empty() && std::string_view("=+-@\t\r").find(text.front()) != std::string_view::npos &&
        !is_number(text))
        field += '\'';
    field += text;
    if (format == TableFormat::tsv) {
        std::replace_if(
            field.begin(), field.end(), [](char c) { return c == '\t' || c == '\n' || c == '\r'; }, ' ');
        return field;
    }
    if (field.find_first_of("\",\n\r") == std::string::npos) return field;
    std::string quoted = "\"";
    for (const char c : field) {
        if (c == '"') quoted += '"';
        quoted += c;
    }
    return quoted + '"';
}

std::string table_row(const std::vector<std::string>& fields, TableFormat format) {
    std::string row;
    for (std::size_t i = 0; i < fields.size(); ++i) {
        if (i > 0) row += format == TableFormat::csv ? ',' : '\t';
        row += table_field(fields[i], format);
    }
    return row + '\n';
}

std::string number_field(float value) {
    return std::isfinite(value) ? fmt::format("{}", value) : std::string{};
}

std::string fixed_field(double value, int decimals) {
    return std::isfinite(value) ? fmt::format("{:.{}f}", value, decimals) : std::string{};
}

}  // namespace keyway

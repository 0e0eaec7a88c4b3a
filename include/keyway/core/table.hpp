/// CSV and TSV tables by column name (RFC 4180 quoting; separator told from the header line).
#pragma once

#include "keyway/core/text_input.hpp"

#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace keyway {

/// Reads one row at a time. Separator: tab, comma or semicolon, whichever the header has most of.
class TableReader {
public:
    /// Throws Error(input) for an empty file or a duplicate column name.
    explicit TableReader(const std::filesystem::path& path);
    explicit TableReader(TextInput input);

    const std::vector<std::string>& columns() const { return columns_; }
    bool has(std::string_view column) const;
    /// Throws Error(input) that lists the columns there are.
    void require(std::initializer_list<std::string_view> columns) const;

    /// False at the end. A row with the wrong number of fields, or with a line longer than the input takes,
    /// throws Error(input) with its line; the next call goes on behind it.
    bool next();
    /// Field of the current row; empty if the column does not exist.
    std::string_view operator[](std::string_view column) const;
    std::uint64_t line_number() const { return line_number_; }
    const std::string& name() const { return input_.name(); }

private:
    bool next_whole_line(std::string& line);
    bool read_record(std::vector<std::string>& fields);
    TextInput input_;
    char separator_ = ',';
    std::vector<std::string> columns_, fields_;
    std::map<std::string, std::size_t, std::less<>> index_;
    std::uint64_t line_number_ = 0;
};

enum class TableFormat { csv, tsv };

/// Split one line by RFC 4180 (no embedded line ends).
std::vector<std::string> split_table_line(std::string_view line, char separator);
/// One field, quoted where needed. Text that a spreadsheet would run as a formula (leading = + - @
/// before a non-number, tab or CR) gets a leading apostrophe.
std::string table_field(std::string_view text, TableFormat format);
/// Joined fields plus "\n"; each is passed through `table_field`.
std::string table_row(const std::vector<std::string>& fields, TableFormat format);

/// Shortest decimal that reads back to the same float ("nan" gives an empty field).
std::string number_field(float value);
/// Fixed decimals.
std::string fixed_field(double value, int decimals);

}  // namespace keyway

/// Column widths and padding.
#include "keyway/report/text_table.hpp"

#include "keyway/core/error.hpp"
#include "keyway/core/table.hpp"

#include <algorithm>
#include <cmath>

namespace keyway::report {
namespace {

/// Code points of UTF-8 text: every byte that does not continue a character.
std::size_t width(const std::string& text) {
    return static_cast<std::size_t>(std::count_if(
        text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

}  // namespace

void TextTable::add_row(std::vector<std::string> cells) {
    if (cells.size() > rows_.front().size())
        throw Error(ErrorKind::failure, "text table row has " + std::to_string(cells.size()) +
                                            " cells, expected at most " +
                                            std::to_string(rows_.front().size()));
    cells.resize(rows_.front().size());
    rows_.push_back(std::move(cells));
}

std::string TextTable::to_text() const {
    std::vector<std::size_t> widths(rows_.front().size());
    for (const auto& row : rows_)
        for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width(row[i]));
    std::string text;
    for (const auto& row : rows_) {
        std::string line;
        for (std::size_t i = 0; i < row.size(); ++i) {
            const std::string padding(widths[i] - width(row[i]), ' ');
            line += i == 0 ? row[i] + padding : "  " + padding + row[i];
        }
        line.erase(line.find_last_not_of(' ') + 1);
        text += line + "\n";
    }
    return text;
}

std::string number(double value, int decimals) {
    return std::isfinite(value) ? fixed_field(value, decimals) : "-";
}

}  // namespace keyway::report

/// A small aligned table for people.
#pragma once

#include <string>
#include <vector>

namespace keyway::report {

/// The first column is aligned left, all others right; columns are two blanks apart, lines have no trailing
/// blanks.
class TextTable {
public:
    explicit TextTable(std::vector<std::string> header) : rows_{std::move(header)} {}
    /// Missing cells stay empty; more cells than the header has throw Error(failure).
    void add_row(std::vector<std::string> cells);
    std::string to_text() const;

private:
    std::vector<std::vector<std::string>> rows_;
};

/// Fixed decimals; "-" for a number that is not finite.
std::string number(double value, int decimals = 3);

}  // namespace keyway::report

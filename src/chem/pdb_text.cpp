/// Line by line, without understanding more than columns.
#include "chem/pdb_text.hpp"

#include "chem/residue_names.hpp"
#include "chem/text_fields.hpp"
#include "chem/text_lines.hpp"

#include "keyway/core/error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstdint>

namespace keyway::chem {
namespace {

constexpr std::size_t kColumns = 78;
constexpr std::size_t kMaxAtoms = 1'000'000;

bool is_letter(char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0; }

void check_coordinates(std::string_view line, std::uint64_t number, const std::string& name) {
    for (const std::size_t column : {30u, 38u, 46u}) {
        const auto field = trimmed(line.substr(column, 8));
        double value = 0;
        if (!parse_number(field, value)) {
            throw Error(ErrorKind::input,
                        fmt::format("line {} of '{}': columns {}-{} should hold a coordinate, got '{}'",
                                    number, name, column + 1, column + 8, field),
                        "PDB files have fixed columns; write the file again with a program that keeps them");
        }
    }
}

/// "NGLN" in columns 18-21 would otherwise be residue NGL of chain NA.
void shorten_residue_name(std::string& line) {
    const std::string_view four(line.data() + 17, 4);
    if (line[20] == ' ' || four[0] == ' ') return;
    const bool chain_beside = line[21] != ' ';
    if (chain_beside && is_standard_amino_acid(four.substr(0, 3))) return;  // a chain id of two letters
    if (const auto three = from_four_letters(four); !three.empty()) {
        line.replace(17, 3, three);
        line[20] = ' ';
    }
}

bool tidy_element(std::string& line) {
    const char first = line[76], second = line[77];
    const bool valid = (is_letter(first) || first == ' ') && (is_letter(second) || second == ' ') &&
                       (first != ' ' || second != ' ');
    if (!valid) line[76] = line[77] = ' ';
    return valid;
}

}  // namespace

PdbText normalise_pdb(std::string_view text, const std::string& name) {
    PdbText result;
    result.models = 0;
    std::string first_key;  // identity of the first atom, to tell a new frame from more atoms
    bool first_model_done = false, after_end = false;
    LineReader lines(text);
    std::string line;
    while (lines.next(line)) {
        if (starts_with_word(line, "MODEL")) {
            ++result.models;
            if (result.atoms > 0) first_model_done = true;
        } else if (starts_with_word(line, "ENDMDL")) {
            if (result.atoms > 0) first_model_done = true;
        } else if (starts_with_word(line, "END")) {
            after_end = result.atoms > 0;
        } else if (starts_with_word(line, "TER")) {
            if (!first_model_done) result.text += "TER\n";
        } else if (starts_with_word(line, "ATOM") || line.compare(0, 6, "HETATM") == 0) {
            if (line.size() < 54) {
                throw Error(
                    ErrorKind::input,
                    fmt::format("line {} of '{}' is cut off: an atom record has at least 54 columns, got {}",
                                lines.number(), name, line.size()),
                    "the file is probably truncated; fetch or write it again");
            }
            const std::string key = line.substr(12, 42);
            if (first_key.empty()) {
                first_key = key;
            } else if (after_end && key.substr(0, 15) == first_key.substr(0, 15)) {
                first_model_done = true;
                ++result.models;
            }
            after_end = false;
            if (first_model_done) continue;
            if (++result.atoms > kMaxAtoms) {
                throw Error(ErrorKind::input, fmt::format("'{}' has more than {} atoms", name, kMaxAtoms),
                            "keep the chains around the binding site");
            }
            check_coordinates(line, lines.number(), name);
            line.resize(kColumns, ' ');
            shorten_residue_name(line);
            result.has_elements |= tidy_element(line);
            result.text += line;
            result.text += '\n';
        }
    }
    result.models = std::max(result.models, 1);
    return result;
}

}  // namespace keyway::chem

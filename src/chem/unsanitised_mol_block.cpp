/// MOL blocks (V2000, V3000) to unsanitised molecules.
#include "rdkit_errors.hpp"
#include "record_splitter.hpp"
#include "smiles_lexer.hpp"
#include "text_fields.hpp"
#include "unsanitised.hpp"

#include <GraphMol/FileParsers/FileParsers.h>

#include <charconv>
#include <cmath>

namespace keyway::chem {
namespace {

constexpr std::size_t kHydrogenColumn = 42;  // of a V2000 atom line, from 0
constexpr std::size_t kBondColumns = 12;     // atoms, type and stereo of a V2000 bond line
constexpr double kMaxCoordinateAngstrom = 1e5;

Rejection bad_block(std::string message) { return {"parse", "MOL_SYNTAX", std::move(message)}; }

std::optional<double> as_number(std::string_view text) {
    text = trimmed(text);
    if (text.starts_with('+')) text.remove_prefix(1);
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error == std::errc::result_out_of_range) return HUGE_VAL;
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

bool is_far(double coordinate) { return !(std::abs(coordinate) <= kMaxCoordinateAngstrom); }

Rejection far_away(std::string_view line) {
    return {"parse", "NON_FINITE",
            fmt::format("a coordinate is not a number within {:.0f} A: '{}'", kMaxCoordinateAngstrom,
                        trimmed(line))};
}

/// Charges and isotopes that RDKit would store in a byte without looking.
std::optional<Rejection> check_numbers(std::string_view line) {
    const auto judge = [](std::string_view value, int limit, const char* what) -> std::optional<Rejection> {
        const auto number = as_number(value);
        if (!number || std::abs(*number) <= limit) return std::nullopt;
        return Rejection{"parse", "NUMBER_RANGE", fmt::format("{} {} is above {}", what, value, limit)};
    };
    const bool charges = line.starts_with("M  CHG"), isotopes = line.starts_with("M  ISO");
    if (charges || isotopes) {
        auto rest = line.substr(6);
        take_word(rest);  // the number of pairs
        while (!take_word(rest).empty()) {
            const auto value = take_word(rest);
            if (const auto refused =
                    charges ? judge(value, kMaxFormalCharge, "charge") : judge(value, kMaxIsotope, "isotope"))
                return refused;
        }
    } else if (line.starts_with("M  V30")) {
        auto rest = line;
        for (auto word = take_word(rest); !word.empty(); word = take_word(rest)) {
            std::optional<Rejection> refused;
            if (word.starts_with("CHG=")) refused = judge(word.substr(4), kMaxFormalCharge, "charge");
            if (word.starts_with("MASS=")) refused = judge(word.substr(5), kMaxIsotope, "isotope");
            if (refused) return refused;
        }
    }
    return std::nullopt;
}

/// The block as RDKit wants it: three header lines, counts line, no blank lines inside, nothing behind `M
/// END`.
struct TidyBlock {
    std::string text;
    std::optional<Rejection> rejection;
};

TidyBlock tidy(std::string_view record) {
    TidyBlock block;
    std::string_view line, before[3];
    bool found = false;
    while (!found && take_line(record, line)) {
        found = is_counts_line(line);
        if (found) break;
        before[0] = before[1];
        before[1] = before[2];
        before[2] = line;
    }
    if (!found) {
        block.rejection = bad_block("no counts line that ends in V2000 or V3000");
        return block;
    }
    // The second line may say 2D or 3D in columns 21-22; title and comment are not needed.
    const bool plain = !check_alphabet(before[1]) && before[1].find('\t') == std::string_view::npos;
    block.text = fmt::format("\n{}\n\n", plain ? before[1] : "");
    const bool v2000 = line.find("V2000") != std::string_view::npos;
    const auto atoms = v2000 ? as_number(line.substr(0, 3)).value_or(0) : 0;
    const auto bonds = v2000 ? as_number(line.substr(3, 3)).value_or(0) : 0;
    double seen = 0;
    do {
        if (trimmed(line).empty()) continue;
        block.rejection = check_alphabet(line);
        if (!block.rejection) block.rejection = check_numbers(line);
        if (v2000 && seen >= 1 && seen <= atoms && line.size() >= 30)
            for (const std::size_t column : {0, 10, 20})
                if (const auto value = as_number(line.substr(column, 10)); value && is_far(*value))
                    block.rejection = far_away(line);
        if (block.rejection) return block;
        // A hydrogen count in columns 43-45 makes a query atom; X-TOOL (PDBbind) writes one for every atom,
        // with the number of neighbours where the valence belongs.
        if (v2000 && seen >= 1 && seen <= atoms && line.size() > kHydrogenColumn &&
            as_number(line.substr(kHydrogenColumn, 3)).value_or(0) > 0)
            line = line.substr(0, kHydrogenColumn);
        // So does a topology behind atoms, type and stereo of a bond.
        if (v2000 && seen > atoms && seen <= atoms + bonds) line = line.substr(0, kBondColumns);
        ++seen;
        block.text += line;
        block.text += '\n';
        if (trimmed(line) == "M  END") return block;
    } while (take_line(record, line));
    block.rejection = bad_block("no 'M  END': the record is cut off");
    return block;
}

}  // namespace

std::optional<Rejection> check_coordinates(const RDKit::ROMol& mol) {
    if (mol.getNumConformers() == 0) return std::nullopt;
    for (const auto& at : mol.getConformer().getPositions())
        if (is_far(at.x) || is_far(at.y) || is_far(at.z))
            return far_away(fmt::format("{} {} {}", at.x, at.y, at.z));
    return std::nullopt;
}

Result<MolPointer> unsanitised_from_mol_block(std::string_view text) {
    const auto block = tidy(text);
    if (block.rejection) return *block.rejection;
    MolPointer mol;
    if (const auto refused = guarded(
            "parse", "MOL_SYNTAX", [&] { mol.reset(RDKit::MolBlockToMol(block.text, false, false, true)); }))
        return *refused;
    if (!mol) return bad_block("RDKit cannot read this MOL block");
    if (const auto refused = check_coordinates(*mol)) return *refused;
    return mol;
}

}  // namespace keyway::chem

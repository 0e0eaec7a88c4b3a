/// MOL2 records to unsanitised molecules. RDKit 2022.09 crashes on bond indices out of range, so every index
/// and number is checked here first, and only what was checked is handed on.
#include "rdkit_errors.hpp"
#include "smiles_lexer.hpp"
#include "text_fields.hpp"
#include "unsanitised.hpp"

#include <GraphMol/FileParsers/FileParsers.h>
#include <GraphMol/MolOps.h>

#include <charconv>
#include <map>
#include <set>
#include <vector>

namespace keyway::chem {
namespace {

Rejection bad_block(std::string message) { return {"parse", "MOL2_SYNTAX", std::move(message)}; }

std::optional<int> as_integer(std::string_view word) {
    int value = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
    if (error != std::errc{} || end != word.data() + word.size()) return std::nullopt;
    return value;
}

bool is_real(std::string_view word) {
    if (word.starts_with('+')) word.remove_prefix(1);
    double value = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
    return end == word.data() + word.size() && error != std::errc::invalid_argument;
}

/// Reads the three sections that matter and writes them again, tidied.
class Mol2Checker {
public:
    std::optional<Rejection> check(std::string_view record) {
        enum class Section { none, molecule, atoms, bonds, other } section = Section::none;
        std::string_view line;
        int molecule_line = 0;
        while (take_line(record, line)) {
            const auto text = trimmed(line);
            if (text.starts_with("@<TRIPOS>")) {
                const auto name = text.substr(9);
                section = name == "MOLECULE" ? Section::molecule
                          : name == "ATOM"   ? Section::atoms
                          : name == "BOND"   ? Section::bonds
                                             : Section::other;
                continue;
            }
            std::optional<Rejection> refused;
            if (section == Section::molecule) {
                if (++molecule_line == 2) refused = counts(text);
            } else if (!text.empty() && !text.starts_with('#')) {
                if (section == Section::atoms) refused = atom(text);
                if (section == Section::bonds) refused = bond(text);
            }
            if (refused) return refused;
        }
        if (expected_atoms_ < 0) return bad_block("no counts line under @<TRIPOS>MOLECULE");
        if (atoms_ != expected_atoms_)
            return bad_block(fmt::format("expected {} atoms, found {}", expected_atoms_, atoms_));
        if (expected_bonds_ >= 0 && bonds_ != expected_bonds_)
            return bad_block(fmt::format("expected {} bonds, found {}", expected_bonds_, bonds_));
        return std::nullopt;
    }

    std::string text() const {
        return fmt::format("@<TRIPOS>MOLECULE\nligand\n{} {}\nSMALL\nUSER_CHARGES\n\n@<TRIPOS>ATOM\n{}",
                           atoms_, bonds_, atom_lines_) +
               (bonds_ > 0 ? "@<TRIPOS>BOND\n" + bond_lines_ : "");
    }

private:
    std::optional<Rejection> counts(std::string_view line) {
        auto rest = line;
        const auto atoms = as_integer(take_word(rest)), bonds = as_integer(take_word(rest));
        if (!atoms || *atoms < 1)
            return bad_block(fmt::format("expected the numbers of atoms and bonds, got '{}'", line));
        expected_atoms_ = *atoms;
        expected_bonds_ = bonds.value_or(-1);
        return std::nullopt;
    }

    /// id name x y z type [...]
    std::optional<Rejection> atom(std::string_view line) {
        if (const auto refused = check_alphabet(line)) return refused;
        auto rest = line;
        std::string_view words[6];
        for (auto& word : words) word = take_word(rest);
        ++atoms_;
        if (words[5].empty() || as_integer(words[0]) != atoms_)
            return bad_block(
                fmt::format("expected atom {} with name, x, y, z and type, got '{}'", atoms_, line));
        for (const auto& coordinate : {words[2], words[3], words[4]})
            if (!is_real(coordinate))
                return bad_block(fmt::format("expected a coordinate, got '{}' in '{}'", coordinate, line));
        type_.emplace_back(words[5]);
        // The rest of the line (residue, charge) carries no chemistry that keyway uses.
        atom_lines_ += fmt::format("{} {} {} {} {} {} 1 LIG 0.0\n", atoms_, words[1].substr(0, 8), words[2],
                                   words[3], words[4], words[5] == "O.co2" ? "O.2" : words[5]);
        return std::nullopt;
    }

    /// id from to type
    std::optional<Rejection> bond(std::string_view line) {
        auto rest = line;
        take_word(rest);
        const auto from = as_integer(take_word(rest)), to = as_integer(take_word(rest));
        const auto type = take_word(rest);
        const bool known = type == "1" || type == "2" || type == "3" || type == "am" || type == "ar" ||
                           type == "du" || type == "un" || type == "nc";
        if (!from || !to || !known || *from < 1 || *to < 1 || *from > expected_atoms_ ||
            *to > expected_atoms_ || *from == *to)
            return bad_block(
                fmt::format("expected a bond between two of {} atoms, got '{}'", expected_atoms_, line));
        if (!pairs_.emplace(std::minmax(*from, *to)).second)
            return bad_block(fmt::format("atoms {} and {} are bonded twice", *from, *to));
        ++bonds_;
        bond_lines_ += fmt::format("{} {} {} {}\n", bonds_, *from, *to, written_type(type, *from, *to));
        return std::nullopt;
    }

    /// Aromatic bonds to O.co2 as one Lewis structure: RDKit knows that type on carbon only. Single-bonded
    /// oxygen without hydrogen gets its charge from RDKit.
    std::string_view written_type(std::string_view type, int from, int to) {
        const auto oxo = [this](int atom) {
            return static_cast<std::size_t>(atom) <= type_.size() &&
                   type_[static_cast<std::size_t>(atom) - 1] == "O.co2";
        };
        if (type != "ar" || (!oxo(from) && !oxo(to))) return type;
        const int centre = oxo(from) ? to : from;
        const bool sulfur = static_cast<std::size_t>(centre) <= type_.size() &&
                            type_[static_cast<std::size_t>(centre) - 1].starts_with("S");
        return double_oxygens_[centre]++ < (sulfur ? 2 : 1) ? "2" : "1";
    }

    int expected_atoms_ = -1, expected_bonds_ = -1, atoms_ = 0, bonds_ = 0;
    std::string atom_lines_, bond_lines_;
    std::vector<std::string> type_;      ///< [atoms] SYBYL type
    std::map<int, int> double_oxygens_;  ///< of an atom, among its O.co2
    std::set<std::pair<int, int>> pairs_;
};

}  // namespace

Result<MolPointer> unsanitised_from_mol2(std::string_view text) {
    Mol2Checker checker;
    if (const auto refused = checker.check(text)) return *refused;
    MolPointer mol;
    const auto refused = guarded("parse", "MOL2_SYNTAX", [&] {
        mol.reset(RDKit::Mol2BlockToMol(checker.text(), false, false));
        if (!mol) return;
        // RDKit takes the hydrogens written for all there are; many files have none, or polar ones only.
        for (auto* atom : mol->atoms()) atom->setNoImplicit(false);
        mol->updatePropertyCache(false);
    });
    if (refused) return *refused;
    if (!mol) return bad_block("RDKit cannot make sense of the atom types");
    if (const auto far = check_coordinates(*mol)) return *far;
    if (mol->getNumConformers() > 0) {
        mol->getConformer().set3D(true);
        if (const auto failed =
                guarded("parse", "MOL2_SYNTAX", [&] { RDKit::MolOps::assignChiralTypesFrom3D(*mol); }))
            return *failed;
    }
    return mol;
}

}  // namespace keyway::chem

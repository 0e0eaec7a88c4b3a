/// From what the file says to what the rest of keyway relies on: limits, elements, one conformer, atom names.
#include "chem/raw_structure.hpp"
#include "chem/residue_names.hpp"

#include "keyway/core/error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

namespace keyway::chem {
namespace {

constexpr double kMaxCoordinate = 1e5;  // [A]
constexpr std::size_t kMaxAtoms = 1'000'000;

void check_limits(const RawStructure& raw);
void settle_elements(RawResidue& residue, bool has_elements);
void standardise_atom_names(RawResidue& residue);
void split_repeated_residues(RawStructure& raw);

}  // namespace

Structure clean_structure(RawStructure raw) {
    check_limits(raw);
    for (auto& residue : raw.residues) settle_elements(residue, raw.has_elements);
    choose_conformer(raw);
    for (auto& residue : raw.residues) standardise_atom_names(residue);
    split_repeated_residues(raw);
    std::erase_if(raw.residues, [](const RawResidue& residue) { return residue.atoms.empty(); });

    Structure structure;
    structure.name = raw.name;
    structure.notes = raw.notes;
    structure.residues = identify_residues(raw, structure.notes);
    const auto is_amino_acid = [](const Residue& r) {
        return r.kind == ResidueKind::amino_acid && !is_cap(r.name);
    };
    if (std::none_of(structure.residues.begin(), structure.residues.end(), is_amino_acid)) {
        throw Error(ErrorKind::input, fmt::format("'{}' has no amino acids", raw.name),
                    "the receptor must hold a protein; ligands go into their own file");
    }
    return structure;
}

std::string Residue::label() const {
    const std::string code = insertion_code == ' ' ? "" : std::string(1, insertion_code);
    return fmt::format("{}:{}:{}{}", chain.empty() ? "_" : chain, name, number, code);
}

bool is_metal(int z) {
    // Everything but H, noble gases and the p block's non-metals; Ge and Sb count as metals. Ligands use the
    // same table.
    static constexpr auto kOthers = std::to_array<int>(
        {0, 1, 2, 5, 6, 7, 8, 9, 10, 14, 15, 16, 17, 18, 33, 34, 35, 36, 52, 53, 54, 85, 86});
    return z > 0 && std::find(kOthers.begin(), kOthers.end(), z) == kOthers.end();
}

namespace {

void check_limits(const RawStructure& raw) {
    std::size_t atoms = 0;
    for (const auto& residue : raw.residues) {
        atoms += residue.atoms.size();
        for (const auto& atom : residue.atoms) {
            for (const double x : atom.position_angstrom) {
                if (std::isfinite(x) && std::abs(x) <= kMaxCoordinate) continue;
                throw Error(
                    ErrorKind::input,
                    fmt::format(
                        "atom {} of residue {}:{}:{} in '{}' has the coordinate {}, expected a number "
                        "between -100000 and 100000 A",
                        atom.name, residue.chain, residue.name, residue.number, raw.name, x),
                    "the file is damaged; fetch or write it again");
            }
        }
    }
    if (atoms == 0) {
        throw Error(ErrorKind::input,
                    fmt::format("'{}' has no atoms, expected a structure as PDB or mmCIF", raw.name),
                    "give a file with ATOM records or an _atom_site table");
    }
    if (atoms > kMaxAtoms) {
        throw Error(ErrorKind::input,
                    fmt::format("'{}' has {} atoms, at most {} are read", raw.name, atoms, kMaxAtoms),
                    "keep the chains around the binding site");
    }
}

// ---- elements

int element_of_letter(char letter) {
    switch (letter) {
        case 'C':
            return 6;
        case 'N':
            return 7;
        case 'O':
            return 8;
        case 'S':
            return 16;
        case 'P':
            return 15;
        case 'F':
            return 9;
        case 'I':
            return 53;
        case 'B':
            return 5;
        case 'K':
            return 19;
        case 'V':
            return 23;
        case 'W':
            return 74;
        default:
            return 0;
    }
}

/// First letter of the name after digits: "1HB" -> H.
char first_letter(const std::string& name) {
    const auto at = name.find_first_not_of("0123456789'\"* ");
    return at == std::string::npos ? ' '
                                   : static_cast<char>(std::toupper(static_cast<unsigned char>(name[at])));
}

/// In a polymer or water the name alone tells the element: CA is carbon, HG hydrogen, whatever the columns
/// say.
void settle_polymer_element(RawAtom& atom, bool has_elements) {
    const char letter = first_letter(atom.name);
    if (letter == 'H' || letter == 'D') {
        atom.is_hydrogen = true;
    } else if (atom.name == "SE" || atom.name == "SEG") {
        atom.atomic_number = 34;
    } else if (std::string_view("CNOSP").find(letter) != std::string_view::npos) {
        // A modified residue's halogen, arsenic or boron keeps the element that the file gives.
        const bool is_told = has_elements && atom.atomic_number != 0 && !is_metal(atom.atomic_number);
        if (!is_told) atom.atomic_number = element_of_letter(letter);
    }
}

/// Elements guessed from left-justified names of a molecule: "CA", "CD1", "HG2", "NB" are C, C, H, N there.
void settle_molecule_element(RawAtom& atom) {
    const char letter = first_letter(atom.name);
    if (letter == 'H' || letter == 'D') {
        atom.is_hydrogen = true;
    } else if (is_metal(atom.atomic_number) || atom.atomic_number == 0) {
        const bool is_whole_name =
            atom.name == "FE" || atom.name == "MG" || atom.name == "ZN" || atom.name == "MO";
        if (const int guess = element_of_letter(letter); guess != 0 && !is_whole_name)
            atom.atomic_number = guess;
    }
}

void settle_elements(RawResidue& residue, bool has_elements) {
    const auto is_virtual = [](const RawAtom& atom) {  // lone pairs and water sites of force fields
        return atom.atomic_number == 0 && !atom.is_hydrogen &&
               (atom.name.substr(0, 2) == "EP" || atom.name.substr(0, 2) == "LP" ||
                atom.name.substr(0, 1) == "M" || atom.name.substr(0, 1) == "X" ||
                atom.name.substr(0, 1) == "Q");
    };
    const int ion = ion_element(residue.name);
    const bool is_polymer = !parent_amino_acid(residue.name).empty() || is_cap(residue.name) ||
                            is_nucleotide(residue.name) || is_water(residue.name);
    const bool has_alpha_carbon = std::any_of(residue.atoms.begin(), residue.atoms.end(),
                                              [](const RawAtom& atom) { return atom.name == "CA"; });
    std::set<std::string> names;
    for (const auto& atom : residue.atoms) names.insert(atom.name);
    if (ion != 0 && names.size() == 1) {
        for (auto& atom : residue.atoms) atom.atomic_number = ion, atom.is_hydrogen = false;
        return;
    }
    for (auto& atom : residue.atoms) {
        if (is_polymer && (has_alpha_carbon || parent_amino_acid(residue.name).empty())) {
            settle_polymer_element(atom, has_elements);
        } else if (!has_elements && names.size() > 1) {
            settle_molecule_element(atom);
        }
    }
    std::erase_if(residue.atoms, [&](const RawAtom& atom) { return atom.is_hydrogen || is_virtual(atom); });
}

// ---- names

/// Other programs' names of the same atoms: CHARMM's CD of ILE, the two oxygens of a C terminus, O5* of old
/// files.
void standardise_atom_names(RawResidue& residue) {
    for (auto& atom : residue.atoms) std::replace(atom.name.begin(), atom.name.end(), '*', '\'');
    const auto parent = parent_amino_acid(residue.name);
    if (parent.empty()) return;
    const auto has = [&](std::string_view name) {
        return std::any_of(residue.atoms.begin(), residue.atoms.end(),
                           [&](const RawAtom& a) { return a.name == name; });
    };
    const bool has_oxygen = has("O"), has_delta = has("CD1");
    const auto standard = [&](const std::string& name) -> std::string_view {
        if (parent == "ILE" && name == "CD" && !has_delta) return "CD1";
        if (!has_oxygen && (name == "OT1" || name == "OC1" || name == "O1")) return "O";
        if (!has_oxygen && (name == "OT2" || name == "OC2" || name == "O2")) return "OXT";
        return name;
    };
    for (auto& atom : residue.atoms) atom.name = std::string(standard(atom.name));
}

bool is_polymer_or_water(const RawResidue& residue) {
    return !parent_amino_acid(residue.name).empty() || is_nucleotide(residue.name) || is_water(residue.name);
}

/// Files without chain ids give two residues the same number: the second atom of a name starts another
/// residue, unless it lies on the first one (a line written twice). Molecules may repeat names and stay as
/// they are.
void split_repeated_residues(RawStructure& raw) {
    std::vector<RawResidue> residues;
    std::size_t doubled = 0, split = 0;
    for (auto& residue : raw.residues) {
        if (!is_polymer_or_water(residue)) {
            residues.push_back(std::move(residue));
            continue;
        }
        std::vector<RawResidue> copies;
        const auto place = [&](const RawAtom& atom) {
            for (auto& copy : copies) {
                const auto* same = find_atom(copy, atom.name);
                if (!same) {
                    copy.atoms.push_back(atom);
                    return;
                }
                if (distance_angstrom(same->position_angstrom, atom.position_angstrom) < 0.5) {
                    ++doubled;
                    return;
                }
            }
            copies.push_back(residue);
            copies.back().atoms = {atom};
        };
        for (const auto& atom : residue.atoms) place(atom);
        // Leftovers of a side chain written twice are no residue of their own.
        const bool is_amino_acid = !parent_amino_acid(residue.name).empty();
        while (is_amino_acid && copies.size() > 1 && !find_atom(copies.back(), "CA")) {
            doubled += copies.back().atoms.size();
            copies.pop_back();
        }
        if (copies.size() > 1 && !is_water(residue.name)) split += copies.size() - 1;
        std::move(copies.begin(), copies.end(), std::back_inserter(residues));
    }
    if (doubled > 0)
        raw.notes.push_back(fmt::format("left out {} atoms that occur twice in their residue", doubled));
    if (split > 0) {
        raw.notes.push_back(
            fmt::format("separated {} residues that share chain and number with another one", split));
    }
    raw.residues = std::move(residues);
}

}  // namespace
}  // namespace keyway::chem

/// From what the file says to what the rest of keyway relies on: elements, names, kinds, one conformer.
#include "chem/raw_structure.hpp"
#include "chem/residue_names.hpp"

#include "keyway/core/error.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

namespace keyway::chem {
namespace {

constexpr double kMaxCoordinate = 1e5;  // [A]
constexpr std::size_t kMaxAtoms = 1'000'000;
constexpr double kPeptideBond = 2.0;  // C-N [A], generous: 1.33 in a good structure

void check_limits(const RawStructure& raw);
void settle_elements(RawResidue& residue, bool has_elements);
void standardise_atom_names(RawResidue& residue);
void split_repeated_residues(RawStructure& raw);
std::vector<Residue> classify(const RawStructure& raw, std::vector<std::string>& notes);
void mark_n_termini(const RawStructure& raw, std::vector<Residue>& residues);

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
    structure.residues = classify(raw, structure.notes);
    mark_n_termini(raw, structure.residues);
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
    // Everything but H, noble gases and the p block's non-metals and half-metals.
    static constexpr auto kOthers = std::to_array<int>(
        {0, 1, 2, 5, 6, 7, 8, 9, 10, 14, 15, 16, 17, 18, 32, 33, 34, 35, 36, 51, 52, 53, 54, 85, 86});
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

const RawAtom* find_atom(const RawResidue& residue, std::string_view name) {
    const auto found = std::find_if(residue.atoms.begin(), residue.atoms.end(),
                                    [&](const RawAtom& atom) { return atom.name == name; });
    return found == residue.atoms.end() ? nullptr : &*found;
}

double distance(const std::array<double, 3>& a, const std::array<double, 3>& b) {
    return std::hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
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
                if (distance(same->position_angstrom, atom.position_angstrom) < 0.5) {
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

// ---- kinds

bool has_backbone(const RawResidue& residue) {
    return find_atom(residue, "N") && find_atom(residue, "CA") && find_atom(residue, "C");
}

/// Peptide bond from the residue's C to another one's N, or from its N to another one's C.
bool has_peptide_bond(const RawStructure& raw, const RawResidue& residue) {
    const auto* n = find_atom(residue, "N");
    const auto* c = find_atom(residue, "C");
    for (const auto& other : raw.residues) {
        if (&other == &residue) continue;
        const auto* other_n = find_atom(other, "N");
        const auto* other_c = find_atom(other, "C");
        if (c && other_n && distance(c->position_angstrom, other_n->position_angstrom) < kPeptideBond)
            return true;
        if (n && other_c && distance(n->position_angstrom, other_c->position_angstrom) < kPeptideBond)
            return true;
    }
    return false;
}

/// The largest standard amino acid whose atoms all occur here; GLY if the residue has no side chain we know.
std::string parent_by_atoms(const RawResidue& residue) {
    static constexpr std::string_view kNames[] = {"ALA", "ARG", "ASN", "ASP", "CYS", "GLN", "GLU",
                                                  "GLY", "HIS", "ILE", "LEU", "LYS", "MET", "PHE",
                                                  "PRO", "SER", "THR", "TRP", "TYR", "VAL"};
    std::string_view best = "UNK";
    std::size_t best_size = 0;
    for (const auto name : kNames) {
        const auto atoms = amino_acid_atoms(name);
        const bool all =
            std::all_of(atoms.begin(), atoms.end(), [&](auto atom) { return find_atom(residue, atom); });
        // A larger residue is no glycine, and proline's ring needs no more atoms than a stretched chain.
        if (!all || name == "PRO" || (name == "GLY" && find_atom(residue, "CB"))) continue;
        if (atoms.size() > best_size) best = name, best_size = atoms.size();
    }
    return std::string(best);
}

struct Identity {
    ResidueKind kind;
    std::string standard_name;
};

Identity identify(const RawStructure& raw, const RawResidue& residue) {
    if (residue.atoms.size() == 1 &&
        (ion_element(residue.name) != 0 || is_metal(residue.atoms[0].atomic_number))) {
        const bool positive = is_metal(residue.atoms[0].atomic_number);
        return {positive ? ResidueKind::metal : ResidueKind::other, residue.name};
    }
    if (is_water(residue.name)) return {ResidueKind::water, residue.name};
    if (is_cap(residue.name)) return {ResidueKind::amino_acid, residue.name};
    const auto parent = parent_amino_acid(residue.name);
    if (is_standard_amino_acid(residue.name) || (!parent.empty() && find_atom(residue, "CA"))) {
        const bool is_free = residue.is_hetatm && has_backbone(residue) && !has_peptide_bond(raw, residue);
        return is_free ? Identity{ResidueKind::other, residue.name}
                       : Identity{ResidueKind::amino_acid, std::string(parent)};
    }
    if (is_nucleotide(residue.name)) return {ResidueKind::nucleotide, residue.name};
    if (has_backbone(residue) && has_peptide_bond(raw, residue)) {
        return {ResidueKind::amino_acid, parent_by_atoms(residue)};
    }
    return {ResidueKind::other, residue.name};
}

std::vector<Residue> classify(const RawStructure& raw, std::vector<std::string>& notes) {
    std::vector<Residue> residues;
    std::map<std::string, std::size_t> mapped;
    for (const auto& in : raw.residues) {
        Residue& out = residues.emplace_back();
        out.chain = in.chain;
        out.number = in.number;
        out.insertion_code = in.insertion_code;
        out.name = in.name;
        const auto identity = identify(raw, in);
        out.kind = identity.kind;
        out.standard_name = identity.standard_name;
        if (out.kind == ResidueKind::amino_acid && out.standard_name != out.name) {
            ++mapped[fmt::format("{} as {}", out.name, out.standard_name)];
        }
        for (const auto& atom : in.atoms) {
            out.atoms.push_back({atom.name, atom.atomic_number, atom.position_angstrom, atom.occupancy});
        }
    }
    std::vector<std::string> parts;
    for (const auto& [what, count] : mapped) parts.push_back(fmt::format("{} {}", count, what));
    if (!parts.empty()) notes.push_back("read " + fmt::format("{}", fmt::join(parts, ", ")));
    return residues;
}

/// `residues` runs parallel to `raw.residues`.
void mark_n_termini(const RawStructure& raw, std::vector<Residue>& residues) {
    std::set<std::pair<std::string, std::string>> begun;
    for (std::size_t r = 0; r < residues.size(); ++r) {
        if (residues[r].kind != ResidueKind::amino_acid) continue;
        const bool is_first = begun.insert({raw.residues[r].chain, raw.residues[r].segment}).second;
        residues[r].is_n_terminus = is_first && !is_cap(residues[r].name) && find_atom(raw.residues[r], "N");
    }
}

}  // namespace
}  // namespace keyway::chem

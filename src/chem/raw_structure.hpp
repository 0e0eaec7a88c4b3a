/// A structure as the file says it, before any decision: what parsers give and `clean_structure` takes.
#pragma once

#include "keyway/chem/structure.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <string_view>
#include <vector>

namespace keyway::chem {

struct RawAtom {
    std::string name;
    char altloc = ' ';
    int atomic_number = 0;  ///< 0: the file does not tell
    bool is_hydrogen = false;
    double occupancy = 1;
    std::array<double, 3> position_angstrom{};
};

struct RawResidue {
    std::string chain;
    std::string segment;  ///< columns 73-76 of a PDB file
    int number = 0;
    char insertion_code = ' ';
    std::string name;
    bool is_hetatm = false;
    std::vector<RawAtom> atoms;
};

struct RawStructure {
    std::string name;
    /// False if elements had to be guessed from atom names: CA may be carbon or calcium.
    bool has_elements = true;
    std::vector<RawResidue> residues;
    std::vector<std::string> notes;
};

/// One altloc per residue; neighbours in sequence choose together (alternate_locations.cpp).
void choose_conformer(RawStructure& structure);

/// Kinds, parents and chain starts; `raw.residues` one to one. Adds to `notes` which names were mapped.
std::vector<Residue> identify_residues(const RawStructure& raw, std::vector<std::string>& notes);

/// Elements, hydrogens, limits, conformer, kinds and names; throws Error(input) as `read_structure`.
Structure clean_structure(RawStructure raw);

/// Null if the residue has no such atom.
inline const RawAtom* find_atom(const RawResidue& residue, std::string_view name) {
    const auto found = std::find_if(residue.atoms.begin(), residue.atoms.end(),
                                    [&](const RawAtom& atom) { return atom.name == name; });
    return found == residue.atoms.end() ? nullptr : &*found;
}

inline double distance_angstrom(const std::array<double, 3>& a, const std::array<double, 3>& b) {
    return std::hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}

}  // namespace keyway::chem

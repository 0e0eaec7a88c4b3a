/// A structure as the file says it, before any decision: what parsers give and `clean_structure` takes.
#pragma once

#include "keyway/chem/structure.hpp"

#include <array>
#include <string>
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

/// Elements, hydrogens, limits, conformer, kinds and names; throws Error(input) as `read_structure`.
Structure clean_structure(RawStructure raw);

}  // namespace keyway::chem

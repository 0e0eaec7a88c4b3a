/// PDB text made in code: single atom lines and stretched peptides with sensible backbone distances.
#pragma once

#include <array>
#include <cstdio>
#include <string>
#include <vector>

namespace keyway::testing {

struct PdbAtom {
    std::string name, residue;
    int number = 1;
    std::array<double, 3> at{};
    std::string element = "C";
    std::string chain = "A";
    char altloc = ' ', insertion_code = ' ';
    double occupancy = 1;
    std::string record = "ATOM";
};

/// 78 columns; an element "" leaves its column blank.
inline std::string pdb_line(const PdbAtom& atom) {
    const std::string name = atom.name.size() == 4 || atom.element.size() == 2 ? atom.name : " " + atom.name;
    char line[100];
    std::snprintf(line, sizeof line, "%-6s%5d %-4s%c%3s %1s%4d%c   %8.3f%8.3f%8.3f%6.2f%6.2f          %2s\n",
                  atom.record.c_str(), 1, name.c_str(), atom.altloc, atom.residue.c_str(), atom.chain.c_str(),
                  atom.number, atom.insertion_code, atom.at[0], atom.at[1], atom.at[2], atom.occupancy, 20.0,
                  atom.element.c_str());
    return line;
}

/// Backbone and CB of residue `number`, 3.8 A along x per number, so that neighbours are peptide-bonded.
inline std::vector<PdbAtom> residue_atoms(const std::string& residue, int number,
                                          const std::string& chain = "A",
                                          std::array<double, 3> origin = {0, 0, 0}) {
    const double x = origin[0] + 3.8 * number, y = origin[1], z = origin[2];
    std::vector<PdbAtom> atoms = {{"N", residue, number, {x, y, z}, "N", chain},
                                  {"CA", residue, number, {x + 1.2, y + 0.8, z}, "C", chain},
                                  {"C", residue, number, {x + 2.47, y, z}, "C", chain},
                                  {"O", residue, number, {x + 2.2, y - 1.2, z}, "O", chain}};
    if (residue != "GLY") atoms.push_back({"CB", residue, number, {x + 1.2, y + 1.7, z + 1.2}, "C", chain});
    return atoms;
}

inline std::string pdb_of(const std::vector<PdbAtom>& atoms) {
    std::string text;
    for (const auto& atom : atoms) text += pdb_line(atom);
    return text;
}

/// Residues 1, 2, ... of the given names in chain A.
inline std::vector<PdbAtom> peptide(const std::vector<std::string>& residues) {
    std::vector<PdbAtom> atoms;
    for (std::size_t i = 0; i < residues.size(); ++i) {
        const auto more = residue_atoms(residues[i], static_cast<int>(i) + 1);
        atoms.insert(atoms.end(), more.begin(), more.end());
    }
    return atoms;
}

/// A chain of carbons as HETATM, 1.5 A apart along x from `start`.
inline std::vector<PdbAtom> ligand_atoms(const std::string& residue, int number, std::array<double, 3> start,
                                         int count) {
    std::vector<PdbAtom> atoms;
    for (int i = 0; i < count; ++i) {
        PdbAtom atom{"C" + std::to_string(i + 1), residue, number, {start[0] + 1.5 * i, start[1], start[2]}};
        atom.record = "HETATM";
        atoms.push_back(atom);
    }
    return atoms;
}

inline std::vector<PdbAtom> operator+(std::vector<PdbAtom> a, const std::vector<PdbAtom>& b) {
    a.insert(a.end(), b.begin(), b.end());
    return a;
}

}  // namespace keyway::testing

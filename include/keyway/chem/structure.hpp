/// A protein structure with everything around it, read by gemmi and cleaned by an explicit policy.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace keyway::chem {

enum class ResidueKind : std::uint8_t { amino_acid, nucleotide, water, metal, other };

struct Atom {
    std::string name;                       ///< PDB atom name without blanks
    int atomic_number = 0;
    std::array<double, 3> position_angstrom{};
    double occupancy = 1;
};

struct Residue {
    std::string chain;           ///< author chain id
    int number = 0;              ///< author residue number
    char insertion_code = ' ';
    std::string name;            ///< as in the file: HIE, MSE, ZN
    std::string standard_name;   ///< parent amino acid (HIS, MET), else equal to `name`
    ResidueKind kind = ResidueKind::other;
    std::vector<Atom> atoms;     ///< heavy atoms only, one conformer

    std::string label() const;   ///< "A:HIS:57", "A:ASP:60A"
};

struct Structure {
    std::string name;            ///< entry or file stem
    std::vector<Residue> residues;
    /// What reading decided, for people: "kept altloc A of 3 residues", "model 1 of 20".
    std::vector<std::string> notes;
};

/// Reads PDB (also the pre-1996 layout with the entry code in columns 73-80), mmCIF, plain or gz.
/// First model, one consistent conformer, hydrogens removed, MSE, HIE, CYX ... mapped to their parents.
/// Throws Error(input): unreadable, no atoms, no amino acids, non-finite coordinates, a folder.
Structure read_structure(const std::filesystem::path& path);

}  // namespace keyway::chem

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
    std::string name;  ///< PDB atom name without blanks
    int atomic_number = 0;
    std::array<double, 3> position_angstrom{};
    double occupancy = 1;
};

struct Residue {
    std::string chain;  ///< author chain id
    int number = 0;     ///< author residue number
    char insertion_code = ' ';
    std::string name;           ///< as in the file: HIE, MSE, ZN
    std::string standard_name;  ///< parent amino acid (HIS, MET), else equal to `name`
    ResidueKind kind = ResidueKind::other;
    bool is_n_terminus = false;  ///< first amino acid of its chain, not capped
    std::vector<Atom> atoms;     ///< heavy atoms only, one conformer; amino acids: PDB standard names

    std::string label() const;  ///< "A:HIS:57", "A:ASP:60A"; "_" stands for a blank chain id
};

struct Structure {
    std::string name;  ///< entry or file stem
    std::vector<Residue> residues;
    /// What reading decided, for people: "took model 1 of 20", "read 3 MSE as MET".
    std::vector<std::string> notes;
};

/// Reads PDB (also the pre-1996 layout with the entry code in columns 73-80), mmCIF, plain or gz.
///
/// * First model. Alternate locations: neighbours in sequence choose together, highest occupancy, tie: first.
/// * Hydrogens, deuterium and virtual sites are removed; elements of polymer atoms follow from their names.
/// * MSE, SEP, HIE, CYX, NALA ... are mapped to their parents; an unknown residue inside a peptide chain gets
///   the largest standard amino acid whose atoms it contains. Caps (ACE, NME) count as amino acids of their
///   own name.
/// * A free amino acid (HETATM, no peptide bond) is `other`: it is a ligand.
///
/// Throws Error(input): unreadable, a folder, not a structure, a cut-off atom record, no atoms, more than
/// 1,000,000 atoms, no amino acids, coordinates that are not numbers or beyond 100,000 A.
Structure read_structure(const std::filesystem::path& path);
/// The same from text (plain PDB or mmCIF); `name` stands in messages and becomes the structure's name.
Structure read_structure_text(const std::string& text, const std::string& name);

bool is_metal(int atomic_number);

}  // namespace keyway::chem

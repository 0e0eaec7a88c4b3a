/// The one table of feature columns: what every integer between chemistry and network means.
///
/// A column holds small classes (0 .. classes-1) that the network looks up in an embedding table.
/// Any change here, or in the code that fills the columns, raises `kFeatureVersion` in the same commit;
/// `tests/features/golden_test.cpp` fails otherwise. Files and models of another version are refused.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace keyway {

inline constexpr int kFeatureVersion = 1;

struct Column {
    std::string_view name;
    int classes;
    std::string_view meaning;
};

/// Pocket atoms (heavy atoms only).
inline constexpr std::array kPocketColumns = {
    Column{"element", 16,
           "0 other, 1 C, 2 N, 3 O, 4 S, 5 P, 6 Se, 7 F, 8 Cl, 9 Br, 10 I, 11 Zn, 12 Mg, "
           "13 Ca, 14 Fe, 15 other metal"},
    Column{"residue_type", 24,
           "0 other, 1..20 amino acids in alphabetical order of their three-letter names "
           "(ALA ARG ASN ASP CYS GLN GLU GLY HIS ILE LEU LYS MET PHE PRO SER THR TRP TYR VAL), "
           "21 water, 22 metal or ion, 23 cofactor, nucleotide or other molecule"},
    Column{"atom_name", 40, "class of the PDB atom name, table in src/features/atom_names.hpp; 0 other"},
    Column{"formal_charge", 3,
           "0 neutral, 1 positive, 2 negative (side chains and termini at pH 7; metals positive)"},
    Column{"aromatic", 2, "ring atom of PHE, TYR, TRP, HIS (or of an aromatic cofactor)"},
    Column{"donor", 2, "carries a hydrogen that can be donated"},
    Column{"acceptor", 2, "has a lone pair that can accept"},
    Column{"backbone", 2, "N, CA, C, O, OXT of an amino acid"},
    Column{"metal", 2, "metal ion"},
    Column{"water", 2, "oxygen of a kept water"},
    Column{"cofactor", 2, "atom of a kept non-polymer molecule"},
};

/// Ligand atoms (heavy atoms; hydrogens are folded into counts).
inline constexpr std::array kLigandColumns = {
    Column{"element", 16,
           "0 other, 1 C, 2 N, 3 O, 4 F, 5 P, 6 S, 7 Cl, 8 Br, 9 I, 10 B, 11 Si, 12 Se, 13 As, "
           "14 metal, 15 dummy"},
    Column{"degree", 8, "heavy neighbours, 7 = seven or more"},
    Column{"hydrogens", 5, "attached hydrogens, 4 = four or more"},
    Column{"formal_charge", 5, "0 neutral, 1 = +1, 2 = +2 or more, 3 = -1, 4 = -2 or less"},
    Column{"hybridisation", 6, "0 other, 1 s, 2 sp, 3 sp2, 4 sp3, 5 sp3d or higher"},
    Column{"aromatic", 2, "aromatic"},
    Column{"ring_sizes", 64, "bit k-3 is set if the atom is in a ring of size k, k = 3..8"},
    Column{"in_ring", 2, "in any ring (sizes above 8 too)"},
    Column{"stereocentre", 2, "specified tetrahedral centre"},
    Column{"donor", 2, "N or O (or S) with hydrogen"},
    Column{"acceptor", 2, "N, O or S with a free lone pair"},
    Column{"acid", 2, "acidic group: carboxylic, sulfonic, phosphonic, tetrazole-like"},
    Column{"base", 2, "basic nitrogen: aliphatic amine, amidine, guanidine"},
    Column{"rwse_1", 32,
           "probability to be back after 1 step of a random walk, times 31, rounded (always 0 here)"},
    Column{"rwse_2", 32, "the same after 2 steps"},
    Column{"rwse_3", 32, "3 steps"},
    Column{"rwse_4", 32, "4 steps"},
    Column{"rwse_5", 32, "5 steps"},
    Column{"rwse_6", 32, "6 steps"},
    Column{"rwse_7", 32, "7 steps"},
    Column{"rwse_8", 32, "8 steps"},
};

inline constexpr int kPocketColumnCount = static_cast<int>(kPocketColumns.size());
inline constexpr int kLigandColumnCount = static_cast<int>(kLigandColumns.size());

/// Ligand bond class = order + 4 * (conjugated + 2 * (in ring + 2 * double-bond stereo)).
/// order: 0 single, 1 double, 2 triple, 3 aromatic; double-bond stereo: 0 none, 1 E or trans, 2 Z or cis.
inline constexpr int kBondClasses = 4 * 2 * 2 * 3;
constexpr int bond_class(int order, bool conjugated, bool in_ring, int double_bond_stereo) {
    return order + 4 * (int{conjugated} + 2 * (int{in_ring} + 2 * double_bond_stereo));
}

/// Classes of pocket edges: 0 covalent bond, 1 same residue, 2 other.
inline constexpr int kPocketEdgeClasses = 3;

/// Length of the folded Morgan (radius 2) fingerprint whose set bits travel with a ligand.
inline constexpr int kFingerprintBits = 2048;

}  // namespace keyway

/// What a three-letter name means: amino acids and their variants, nucleotides, waters, ions, additives,
/// cofactors.
#pragma once

#include <string_view>
#include <vector>

namespace keyway::chem {

/// Parent of an amino acid name: HIE -> HIS, MSE -> MET, ALA -> ALA; empty if unknown.
std::string_view parent_amino_acid(std::string_view name);
/// True for the 20 names themselves.
bool is_standard_amino_acid(std::string_view name);
/// Heavy atoms of one of the 20 amino acids without OXT, backbone first; empty for other names.
std::vector<std::string_view> amino_acid_atoms(std::string_view standard_name);
/// Residues that close a peptide chain: ACE, NME, NH2 ...
bool is_cap(std::string_view name);
/// Three-letter form of a four-letter force-field name: NGLN -> GLN, HISE -> HIS, TIP3 -> HOH; empty if
/// unknown.
std::string_view from_four_letters(std::string_view name);

bool is_nucleotide(std::string_view name);
bool is_water(std::string_view name);
/// Atomic number of an ion by its residue name (ZN, CA2, SOD, CL); 0 if it is none.
int ion_element(std::string_view name);

/// What a molecule beside the polymer is there for.
enum class HetClass { additive, glycan, cofactor, unknown };
HetClass het_class(std::string_view name);

}  // namespace keyway::chem

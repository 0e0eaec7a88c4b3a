/// Classes of PDB atom names (column "atom_name"): the names of the 20 amino acids, phosphates, sugars.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace keyway::features {

/// The position of a name is its class; 0 stands for all other names.
inline constexpr std::array<std::string_view, 38> kAtomNames = {
    "",   "N",   "CA",  "C",   "O",   "OXT", "CB",  "CG",  "CG1", "CG2", "CD", "CD1", "CD2",
    "CE", "CE1", "CE2", "CE3", "CZ",  "CZ2", "CZ3", "CH2", "ND1", "ND2", "NE", "NE1", "NE2",
    "NZ", "NH1", "NH2", "OD1", "OD2", "OE1", "OE2", "OG",  "OG1", "OH",  "SD", "SG"};
inline constexpr std::uint8_t kPhosphateName = 38;  ///< P, OP1, O1P ... of phosphates
inline constexpr std::uint8_t kSugarName = 39;      ///< a name with a prime: C1', O4'

/// Class of an amino acid's or nucleotide's atom; SE of MSE counts as SD.
constexpr std::uint8_t atom_name_class(std::string_view name) {
    if (name == "SE") name = "SD";
    for (std::size_t i = 1; i < kAtomNames.size(); ++i) {
        if (kAtomNames[i] == name) return static_cast<std::uint8_t>(i);
    }
    if (!name.empty() && name.back() == '\'') return kSugarName;
    constexpr std::array<std::string_view, 7> kPhosphate = {"P", "OP1", "OP2", "OP3", "O1P", "O2P", "O3P"};
    for (const auto phosphate : kPhosphate) {
        if (phosphate == name) return kPhosphateName;
    }
    return 0;
}

}  // namespace keyway::features

/// Charge, donor and acceptor of pocket atoms at pH 7, by tables for the 20 amino acids and element rules
/// elsewhere.
#pragma once

#include "features/pocket_bonds.hpp"

#include <cstdint>
#include <vector>

namespace keyway::features {

struct AtomChemistry {
    std::uint8_t formal_charge = 0;  ///< 0 neutral, 1 positive, 2 negative
    std::uint8_t aromatic = 0, donor = 0, acceptor = 0;
};

/// Protonation names of force fields (HIP, ASH, CYX ...) are not looked at: one structure gives one answer
/// however it was prepared. A disulfide's or thioether's sulfur is no donor.
AtomChemistry atom_chemistry(std::size_t index, const std::vector<PlacedAtom>& atoms,
                             const std::vector<std::vector<std::int32_t>>& neighbours);

bool is_backbone_name(const std::string& name);

}  // namespace keyway::features

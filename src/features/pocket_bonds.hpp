/// Covalent bonds and planar rings of a pocket from its coordinates.
#pragma once

#include "keyway/chem/structure.hpp"

#include <array>
#include <cstdint>
#include <vector>

namespace keyway::features {

/// An atom with where it stands, so that bonds run over the whole pocket.
struct PlacedAtom {
    const chem::Atom* atom;
    const chem::Residue* residue;
    std::int32_t residue_index;
};

/// Pairs (first < second, ascending) whose distance is below the sum of covalent radii + 0.45 A and above 0.4
/// A (Open Babel's rule; radii of Cordero et al., doi:10.1039/b801115j). Metals and waters have none.
std::vector<std::array<std::int32_t, 2>> covalent_bonds(const std::vector<PlacedAtom>& atoms);

/// Neighbour lists of the bonds.
std::vector<std::vector<std::int32_t>> neighbours_of(std::size_t atoms,
                                                     const std::vector<std::array<std::int32_t, 2>>& bonds);

/// [atoms] 1 for members of five- and six-rings of C, N, O, S that are flat (0.15 A) and have no long bond:
/// aromatic as far as coordinates without bond orders can tell.
std::vector<std::uint8_t> in_planar_ring(const std::vector<PlacedAtom>& atoms,
                                         const std::vector<std::vector<std::int32_t>>& neighbours);

double distance_angstrom(const chem::Atom& a, const chem::Atom& b);

}  // namespace keyway::features

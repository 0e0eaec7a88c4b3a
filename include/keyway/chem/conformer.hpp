/// Distances inside a ligand, from a computed three-dimensional shape. Thread-safe.
#pragma once

#include "keyway/chem/molecule.hpp"
#include "keyway/core/result.hpp"

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace keyway::chem {

/// [n * (n - 1) / 2] distances of the pairs (0, 1), (0, 2) .. (1, 2) .. in steps of 0.1 A, rounded; 255: 25.5
/// A or more.
std::vector<std::uint8_t> pair_distances(std::span<const std::array<double, 3>> position_angstrom);

/// Pair distances of the heavy atoms, in atom order, from RDKit's ETKDG version 3 (Riniker & Landrum 2015;
/// Wang et al. 2020) with a fixed seed: the molecule alone decides. Where that fails it starts from random
/// coordinates. With `conformers` above 1 all are relaxed by MMFF94 and the one of lowest energy is taken,
/// the first where MMFF knows no parameters. Rejects with stage "conformer", reason EMBED.
Result<std::vector<std::uint8_t>> conformer_distances(const Molecule& molecule, int conformers);

}  // namespace keyway::chem

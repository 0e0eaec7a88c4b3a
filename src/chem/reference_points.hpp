/// Coordinates of a reference ligand, without its chemistry: many crystal references have no usable bonds.
#pragma once

#include <array>
#include <filesystem>
#include <string>
#include <vector>

namespace keyway::chem {

/// Heavy atoms of the first molecule of an SDF, MOL2, PDB or PDBQT file [A]. Throws Error(input).
std::vector<std::array<double, 3>> reference_points(const std::filesystem::path& path);
std::vector<std::array<double, 3>> reference_points_of_text(const std::string& text, const std::string& name);

}  // namespace keyway::chem

/// Ligands as SDF text.
#pragma once

#include "keyway/chem/molecule.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace keyway::chem {

/// The MOL block, "M  END\n" included, with an empty title line: the molecule's own 3D coordinates, else a 2D
/// drawing. V2000; V3000 where V2000 cannot hold it. Thread-safe.
std::string mol_block(const Molecule& molecule);

/// A whole SDF record, "$$$$\n" included. `block` may be empty: the record then has no atoms. Title and
/// values are made safe: one line each, and no text can end the record.
std::string write_sdf_record(std::string_view block, std::string_view title,
                             const std::vector<std::pair<std::string, std::string>>& fields);

}  // namespace keyway::chem

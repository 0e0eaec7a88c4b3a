/// A pocket as amounts, so that pockets can be compared.
#pragma once

#include "keyway/sample/pocket_graph.hpp"

#include <vector>

namespace keyway::batch {

/// How many residues of each type there are, and how many pairs of types at a distance between their centres
/// around 3, 6, 9 and 12 A (shared between the two nearest; below 3 counts as 3): independent of rotation,
/// translation, reflection and numbering, and without jumps where a residue moves. ->
/// [pocket_composition_size()]
std::vector<float> pocket_composition(const PocketGraph& pocket);

}  // namespace keyway::batch

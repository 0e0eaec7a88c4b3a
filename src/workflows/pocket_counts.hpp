/// A pocket as counts, to compare pockets in microseconds.
#pragma once

#include "workflows/circular_counts.hpp"

#include "keyway/sample/pocket_graph.hpp"

namespace keyway::workflows {

/// Pairs of residue types at a distance between residue centres (bins of 2 A up to 16 A): independent of
/// rotation, translation and numbering. Compare with `similarity`; unrelated pockets come to about 0.3.
CircularCounts pocket_counts(const PocketGraph& pocket);

}  // namespace keyway::workflows

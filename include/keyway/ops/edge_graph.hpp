/// The radius graph of a batch of pockets, with the geometry that messages see.
#pragma once

#include "keyway/ops/csr.hpp"

namespace keyway::ops {

/// Edge e carries a message from atom j = sender[e] to atom i = receivers.row[e].
struct EdgeGraph {
    Csr receivers;          ///< rows are receiving atoms
    at::Tensor sender;      ///< [E] int64
    at::Tensor reverse;     ///< [E] int64, the edge from i to j: a backward pass over senders walks these
    at::Tensor edge_class;  ///< [E] int64
    at::Tensor length;      ///< [E] r = |x_j - x_i| [A], positive
    at::Tensor direction;   ///< [E, 3] u = (x_j - x_i) / r
};

/// Fills `length` and `direction` from positions [N, 3] in Angstrom. Coordinates get no gradient.
void set_geometry(EdgeGraph& graph, const at::Tensor& position);

}  // namespace keyway::ops

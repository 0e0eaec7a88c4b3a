/// The radius graph of a batch of pockets, with the geometry that messages see; whole, or cut to some
/// receivers.
#pragma once

#include "keyway/ops/csr.hpp"

namespace keyway::ops {

/// Edge e carries a message from atom j = sender[e] of N to receiver i = receivers.row[e] of R. In a whole
/// graph the receivers are the N atoms too.
struct EdgeGraph {
    Csr receivers;         ///< R rows
    at::Tensor sender;     ///< [E] int64
    at::Tensor sent_ptr;   ///< [N + 1] int64, see sent_edge; that of the receivers in a whole graph
    at::Tensor sent_edge;  ///< [E] int64, edges by sender, which a backward pass walks: those of sender j are
                           ///< sent_edge[sent_ptr[j]] ..; in a whole graph the edge from i to j
    at::Tensor edge_class;  ///< [E] int64
    at::Tensor length;      ///< [E] r = |x_j - x_i| [A], positive
    at::Tensor direction;   ///< [E, 3] u = (x_j - x_i) / r
};

/// Fills `length` and `direction` from positions [N, 3] in Angstrom. Coordinates get no gradient.
void set_geometry(EdgeGraph& graph, const at::Tensor& position);

/// The edges of a whole graph that end at some atoms: row r receives for atom[r]. Senders stay all N atoms.
/// atom [R] int64, each once
EdgeGraph towards(const EdgeGraph& graph, const at::Tensor& atom);

}  // namespace keyway::ops

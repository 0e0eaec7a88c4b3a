/// Radial functions of edges: trainable uniform cubic B-splines, and the smooth cutoff.
#pragma once

#include "keyway/ops/edge_graph.hpp"

namespace keyway::ops {

/// R_{p,h}(r) = sum_{k=0..3} B_k(f) table[class, i + k, p, h], with r / r_c * (K - 3) = i + f, 0 <= f < 1,
/// and the basis B = ((1-f)^3, 3f^3 - 6f^2 + 4, -3f^3 + 3f^2 + 3f + 1, f^3) / 6. table [classes, K knots, P
/// paths, H heads] -> [E, P, H]
at::Tensor radial_spline(const EdgeGraph& graph, const at::Tensor& table, double cutoff_angstrom);

/// env(r) = 1 - 28 x^6 + 48 x^7 - 21 x^8, x = r / r_c; 0 beyond. Value, slope and curvature vanish at r_c.
/// The polynomial cutoff (p = 6) of Gasteiger et al., arXiv 2003.03123, eq. 8. [E] -> [E]
at::Tensor cutoff_envelope(const at::Tensor& length, double cutoff_angstrom);

}  // namespace keyway::ops

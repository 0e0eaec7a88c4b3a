/// Trainable functions of a distance, zero from the cutoff on: what attention adds for a token at that
/// distance.
#pragma once

#include <ATen/core/Tensor.h>

namespace keyway::ops {

/// b_h(r) = sum_k B(r / D - (k - 1)) table[k, h] with knots D = cutoff / K apart and the cubic B-spline
/// B(u) = ((2 - |u|)_+^3 - 4 (1 - |u|)_+^3) / 6. Two derivatives are continuous, at the cutoff too.
/// distance [...] >= 0, table [K, H] -> [H, ...]
at::Tensor distance_bias(const at::Tensor& distance, const at::Tensor& table, double cutoff_angstrom);
at::Tensor distance_bias_reference(const at::Tensor& distance, const at::Tensor& table,
                                   double cutoff_angstrom);

}  // namespace keyway::ops

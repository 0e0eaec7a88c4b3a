/// Reductions over the rows of a ragged array. An empty row gives 0.
#pragma once

#include "keyway/ops/csr.hpp"

namespace keyway::ops {

/// y_r = sum over entries e of row r of x_e. [entries, ...] -> [rows, ...]
at::Tensor segment_sum(const at::Tensor& x, const Csr& csr);
/// The same by stock operations, whatever the device and type.
at::Tensor segment_sum_reference(const at::Tensor& x, const Csr& csr);

/// p_e = exp(x_e) / sum over entries f of the same row of exp(x_f). [entries, ...] -> [entries, ...]
at::Tensor segment_softmax(const at::Tensor& x, const Csr& csr);
/// The same by stock operations, whatever the device and type.
at::Tensor segment_softmax_reference(const at::Tensor& x, const Csr& csr);

}  // namespace keyway::ops

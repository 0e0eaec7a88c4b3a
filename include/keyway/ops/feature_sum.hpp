/// The sum of an atom's feature embeddings.
#pragma once

#include <ATen/core/Tensor.h>

namespace keyway::ops {

/// y_i = sum over columns k of table[row[i, k]]. table [rows, C], row [N, columns] int64 -> [N, C]
at::Tensor feature_sum(const at::Tensor& table, const at::Tensor& row);
/// The same by stock operations, whatever the device and type.
at::Tensor feature_sum_reference(const at::Tensor& table, const at::Tensor& row);

}  // namespace keyway::ops

/// Reference of feature_sum.hpp.
#include "keyway/ops/feature_sum.hpp"

#include <ATen/ATen.h>

namespace keyway::ops {

at::Tensor feature_sum_reference(const at::Tensor& table, const at::Tensor& row) {
    return at::embedding(table, row).sum(1);  // [N, columns, C] -> [N, C]
}

}  // namespace keyway::ops

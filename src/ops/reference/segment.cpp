/// Reference of segment.hpp.
#include "keyway/ops/segment.hpp"

#include <ATen/ATen.h>

#include <limits>

namespace keyway::ops {

at::Tensor segment_sum_reference(const at::Tensor& x, const Csr& csr) {
    std::vector<std::int64_t> shape = x.sizes().vec();
    shape[0] = csr.rows();
    return at::zeros(shape, x.options()).index_add(0, csr.row, x);  // [rows, ...]
}

at::Tensor segment_softmax_reference(const at::Tensor& x, const Csr& csr) {
    if (csr.entries() == 0) return x;
    // The row's maximum only guards against overflow; it cancels, so no gradient flows through it.
    const at::Tensor flat = x.detach().reshape({x.size(0), -1});
    const at::Tensor largest =
        at::full({csr.rows(), flat.size(1)}, -std::numeric_limits<double>::infinity(), flat.options())
            .scatter_reduce(0, csr.row.unsqueeze(1).expand_as(flat), flat, "amax");  // [rows, ...]
    const at::Tensor shifted = x - largest.index_select(0, csr.row).view_as(x);
    const at::Tensor weight = shifted.exp();  // [entries, ...]
    return weight / segment_sum_reference(weight, csr).index_select(0, csr.row);
}

}  // namespace keyway::ops

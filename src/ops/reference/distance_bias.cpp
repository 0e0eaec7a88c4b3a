/// Reference of distance_bias.hpp.
#include "keyway/ops/distance_bias.hpp"

#include <ATen/ATen.h>

namespace keyway::ops {

at::Tensor distance_bias_reference(const at::Tensor& distance, const at::Tensor& table,
                                   double cutoff_angstrom) {
    const std::int64_t knots = table.size(0);
    const at::Tensor place = at::arange(knots, distance.options()).unsqueeze(1) - 1;  // [K, 1]
    const at::Tensor x = distance.flatten().unsqueeze(0) * (static_cast<double>(knots) / cutoff_angstrom);
    const at::Tensor u = (x - place).abs();  // [K, n]
    const at::Tensor basis = ((2 - u).clamp_min(0).pow(3) - 4 * (1 - u).clamp_min(0).pow(3)) / 6;
    std::vector<std::int64_t> shape = distance.sizes().vec();
    shape.insert(shape.begin(), table.size(1));
    return table.transpose(0, 1).matmul(basis).view(shape);  // [H, ...]
}

}  // namespace keyway::ops

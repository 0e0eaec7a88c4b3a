/// Reference of radial_spline.hpp.
#include "keyway/ops/radial_spline.hpp"

#include <ATen/ATen.h>

namespace keyway::ops {

at::Tensor radial_spline(const EdgeGraph& graph, const at::Tensor& table, double cutoff_angstrom) {
    const std::int64_t classes = table.size(0), knots = table.size(1), paths = table.size(2),
                       heads = table.size(3);
    const at::Tensor x = graph.length * (static_cast<double>(knots - 3) / cutoff_angstrom);  // [E]
    const at::Tensor interval = x.floor().clamp(0, static_cast<double>(knots - 4));
    const at::Tensor f = x - interval;
    const at::Tensor f2 = f * f, f3 = f2 * f, g = 1 - f;
    const at::Tensor basis =
        at::stack({g * g * g, 3 * f3 - 6 * f2 + 4, 3 * (f2 - f3 + f) + 1, f3}, 1) / 6;  // [E, 4]

    // A row of the sparse design matrix has four entries; one product with the table serves value and
    // gradient.
    const at::Tensor first = graph.edge_class * knots + interval.to(at::kLong);                  // [E]
    const at::Tensor column = first.unsqueeze(1) + at::arange(4, first.options()).unsqueeze(0);  // [E, 4]
    const at::Tensor design = at::zeros({x.size(0), classes * knots}, x.options()).scatter(1, column, basis);
    return design.matmul(table.reshape({classes * knots, paths * heads}))
        .view({x.size(0), paths, heads});  // [E, P, H]
}

at::Tensor cutoff_envelope(const at::Tensor& length, double cutoff_angstrom) {
    const at::Tensor x = (length / cutoff_angstrom).clamp_max(1);
    const at::Tensor x6 = x.pow(6);
    return 1 - x6 * (28 - x * (48 - 21 * x));  // [E]
}

}  // namespace keyway::ops

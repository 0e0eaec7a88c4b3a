/// Reference of cartesian.hpp.
#include "keyway/ops/cartesian.hpp"

#include <ATen/ATen.h>

namespace keyway::ops {

Cartesian with_zeros(const Cartesian& x) {
    if (x.v.defined()) return x;
    const std::int64_t atoms = x.s.size(0), channels = x.s.size(1);
    return {x.s, at::zeros({atoms, 3, channels}, x.s.options()),
            at::zeros({atoms, 5, channels}, x.s.options())};
}

at::Tensor squared_norm_v(const at::Tensor& v) { return v.square().sum(1); }  // [N, C]

at::Tensor squared_norm_t(const at::Tensor& t) {
    const at::Tensor diagonal = t.narrow(1, 0, 2);                   // Txx, Tyy
    const at::Tensor off_diagonal = t.narrow(1, 2, 3).square();      // Txy, Txz, Tyz
    const at::Tensor zz = diagonal.sum(1).square();                  // Tzz^2
    return diagonal.square().sum(1) + zz + 2 * off_diagonal.sum(1);  // [N, C]
}

}  // namespace keyway::ops

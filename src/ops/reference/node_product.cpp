/// Reference of node_product.hpp.
#include "keyway/ops/node_product.hpp"

#include <ATen/ATen.h>

namespace keyway::ops {

namespace {

// s I + [v]x + T, channels last: [N, 3, 3, C]
at::Tensor to_matrix(const Cartesian& x) {
    const auto v = [&](int k) { return x.v.select(1, k); };
    const auto t = [&](int k) { return x.t.select(1, k); };
    const at::Tensor xx = x.s + t(0), yy = x.s + t(1), zz = x.s - t(0) - t(1);
    // clang-format off
    return at::stack({xx,          t(2) - v(2), t(3) + v(1),
                      t(2) + v(2), yy,          t(4) - v(0),
                      t(3) - v(1), t(4) + v(0), zz}, 1)
        .view({x.s.size(0), 3, 3, x.s.size(1)});
    // clang-format on
}

Cartesian from_matrix(const at::Tensor& z) {
    const auto at_entry = [&](int row, int column) { return z.select(1, row).select(1, column); };  // [N, C]
    const auto skew = [&](int row, int column) {
        return (at_entry(row, column) - at_entry(column, row)) / 2;
    };
    const auto symmetric = [&](int row, int column) {
        return (at_entry(row, column) + at_entry(column, row)) / 2;
    };
    const at::Tensor s = (at_entry(0, 0) + at_entry(1, 1) + at_entry(2, 2)) / 3;
    return {
        s, at::stack({skew(2, 1), skew(0, 2), skew(1, 0)}, 1),
        at::stack({at_entry(0, 0) - s, at_entry(1, 1) - s, symmetric(0, 1), symmetric(0, 2), symmetric(1, 2)},
                  1)};
}

// [N, 3, 3, C] times [N, 3, 3, C] for each channel
at::Tensor product(const at::Tensor& a, const at::Tensor& b) {
    return (a.unsqueeze(3) * b.unsqueeze(1)).sum(2);  // [N, i, k, 1, C] * [N, 1, k, j, C]
}

}  // namespace

Cartesian node_product_reference(const Cartesian& u, const Cartesian& m, Parity parity) {
    const at::Tensor a = to_matrix(with_zeros(u)), b = to_matrix(m);
    if (parity == Parity::so3) return from_matrix(product(a, b));
    return from_matrix((product(a, b) + product(b, a)) / 2);
}

}  // namespace keyway::ops

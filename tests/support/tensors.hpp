/// Helpers for tests of tensor code: reproducible numbers, rotations, small graphs and finite differences.
#pragma once

#include "keyway/core/random.hpp"
#include "keyway/ops/cartesian.hpp"
#include "keyway/ops/edge_graph.hpp"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <array>
#include <cmath>
#include <functional>
#include <map>
#include <numeric>
#include <vector>

namespace keyway::testing {

/// As in production: parallelism is over ligands. (LibTorch's threads also spin, which hurts on a busy
/// machine.)
inline const bool kOneThread = (at::set_num_threads(1), true);

/// Standard normal numbers, fp64.
inline at::Tensor random_tensor(const std::vector<std::int64_t>& shape, std::uint64_t seed) {
    Random random(seed);
    at::Tensor x = at::empty(shape, at::kDouble);
    for (std::int64_t k = 0; k < x.numel(); ++k) x.data_ptr<double>()[k] = random.normal();
    return x;
}

inline at::Tensor index_of(const std::vector<std::int64_t>& values) { return at::tensor(values, at::kLong); }

/// Largest absolute difference; infinity where shapes differ or a number is not finite.
inline double difference(const at::Tensor& a, const at::Tensor& b) {
    if (a.sizes() != b.sizes()) return INFINITY;
    if (a.numel() == 0) return 0;
    const double d = (a.detach() - b.detach()).abs().max().to(at::kDouble).item<double>();
    return std::isfinite(d) ? d : INFINITY;
}

/// A proper rotation [3, 3] from a random quaternion.
inline at::Tensor random_rotation(std::uint64_t seed) {
    Random random(seed);
    double q[4], norm = 0;
    for (double& c : q) c = random.normal(), norm += c * c;
    for (double& c : q) c /= std::sqrt(norm);
    const auto [w, x, y, z] = q;
    return at::tensor(std::vector<double>{1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w),
                                          2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w),
                                          2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)},
                      at::kDouble)
        .view({3, 3});
}

/// x -> -x
inline at::Tensor reflection() { return at::diag(at::tensor(std::vector<double>{-1, 1, 1}, at::kDouble)); }

/// Vectors [N, 3, C] turned by R.
inline at::Tensor turned_v(const at::Tensor& v, const at::Tensor& r) { return at::matmul(r, v); }

/// Packed matrices [N, 5, C] turned by R: R T R'.
inline at::Tensor turned_t(const at::Tensor& t, const at::Tensor& r) {
    const auto c = [&](int k) { return t.select(1, k); };
    const at::Tensor full = at::stack({c(0), c(2), c(3), c(2), c(1), c(4), c(3), c(4), -c(0) - c(1)}, 1)
                                .view({t.size(0), 3, 3, t.size(2)})
                                .permute({0, 3, 1, 2});  // [N, C, 3, 3]
    const at::Tensor turned = at::matmul(at::matmul(r, full), r.t());
    const auto e = [&](int i, int j) { return turned.select(2, i).select(2, j); };
    return at::stack({e(0, 0), e(1, 1), e(0, 1), e(0, 2), e(1, 2)}, 1);
}

inline ops::Cartesian turned(const ops::Cartesian& x, const at::Tensor& r) {
    return {x.s, turned_v(x.v, r), turned_t(x.t, r)};
}

inline ops::Cartesian random_cartesian(std::int64_t atoms, std::int64_t channels, std::uint64_t seed) {
    return {random_tensor({atoms, channels}, seed), random_tensor({atoms, 3, channels}, seed + 1),
            random_tensor({atoms, 5, channels}, seed + 2)};
}

inline double difference(const ops::Cartesian& a, const ops::Cartesian& b) {
    return std::max({difference(a.s, b.s), difference(a.v, b.v), difference(a.t, b.t)});
}

/// Rows of the given sizes.
inline ops::Csr csr_of(const std::vector<std::int64_t>& sizes) {
    std::vector<std::int64_t> ptr = {0}, row;
    for (std::size_t r = 0; r < sizes.size(); ++r) {
        ptr.push_back(ptr.back() + sizes[r]);
        row.insert(row.end(), sizes[r], static_cast<std::int64_t>(r));
    }
    return {index_of(ptr), index_of(row)};
}

/// Atoms at random places in a box, every pair joined whose indices differ by at most `reach`: symmetric and
/// sorted.
inline ops::EdgeGraph random_graph(const at::Tensor& position, std::int64_t reach, std::uint64_t seed) {
    const std::int64_t atoms = position.size(0);
    Random random(seed);
    std::vector<std::int64_t> sizes, sender, edge_class;
    for (std::int64_t i = 0; i < atoms; ++i) {
        sizes.push_back(0);
        for (std::int64_t j = std::max<std::int64_t>(0, i - reach); j <= std::min(atoms - 1, i + reach); ++j)
            if (i != j)
                ++sizes.back(), sender.push_back(j),
                    edge_class.push_back(static_cast<std::int64_t>(random.below(3)));
    }
    std::map<std::array<std::int64_t, 2>, std::int64_t> edge_of;  // (receiver, sender)
    std::vector<std::int64_t> receiver, reverse;
    for (std::int64_t i = 0; i < atoms; ++i) receiver.insert(receiver.end(), sizes[i], i);
    for (std::size_t e = 0; e < sender.size(); ++e)
        edge_of[{receiver[e], sender[e]}] = static_cast<std::int64_t>(e);
    for (std::size_t e = 0; e < sender.size(); ++e) reverse.push_back(edge_of.at({sender[e], receiver[e]}));
    const ops::Csr receivers = csr_of(sizes);
    ops::EdgeGraph graph{.receivers = receivers,
                         .sender = index_of(sender),
                         .sent_ptr = receivers.ptr,
                         .sent_edge = index_of(reverse),
                         .edge_class = index_of(edge_class)};
    ops::set_geometry(graph, position);
    return graph;
}

/// Largest |gradient - central difference| / (1 + |central difference|) over the inputs' entries (at most
/// `probes` of each) of a fixed random combination of the outputs. Inputs are fp64.
inline double gradient_error(
    const std::function<std::vector<at::Tensor>(const std::vector<at::Tensor>&)>& function,
    std::vector<at::Tensor> inputs, std::int64_t probes = 60) {
    const auto combined = [&](const std::vector<at::Tensor>& x) {
        at::Tensor sum = at::zeros({}, at::kDouble);
        std::uint64_t seed = 900;
        for (const at::Tensor& y : function(x))
            sum = sum + (y * random_tensor(y.sizes().vec(), ++seed)).sum();
        return sum;
    };
    for (at::Tensor& x : inputs) x = x.detach().clone().set_requires_grad(true);
    combined(inputs).backward();
    double worst = 0;
    for (std::size_t k = 0; k < inputs.size(); ++k) {
        const at::Tensor gradient = inputs[k].grad().defined() ? inputs[k].grad() : at::zeros_like(inputs[k]);
        const std::int64_t stride = std::max<std::int64_t>(1, inputs[k].numel() / probes);
        for (std::int64_t entry = 0; entry < inputs[k].numel(); entry += stride) {
            std::vector<at::Tensor> moved;
            for (const at::Tensor& x : inputs) moved.push_back(x.detach().clone());
            constexpr double kStep = 1e-5;
            double& value = moved[k].data_ptr<double>()[entry];
            const double start = value;
            value = start + kStep;
            const double up = combined(moved).item<double>();
            value = start - kStep;
            const double numeric = (up - combined(moved).item<double>()) / (2 * kStep);
            const double analytic = gradient.contiguous().data_ptr<double>()[entry];
            worst = std::max(worst, std::abs(analytic - numeric) / (1 + std::abs(numeric)));
        }
    }
    return worst;
}

}  // namespace keyway::testing

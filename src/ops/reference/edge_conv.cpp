/// Reference of edge_conv.hpp: the nine paths as one 9x9 matrix for each edge and head.
///
/// Packed components (s, vx, vy, vz, Txx, Tyy, Txy, Txz, Tyz). Every entry of the matrix belongs to one path,
/// so it is the weight of that path times a polynomial of the edge's direction.
#include "keyway/ops/edge_conv.hpp"

#include "keyway/ops/segment.hpp"

#include <ATen/ATen.h>

#include <array>

namespace keyway::ops {

namespace {

constexpr int kComponents = 9;

// Path of entry (out, in) by degree l: there is no path from T to s.
constexpr int path_of(int out, int in) {
    const auto degree = [](int component) { return component == 0 ? 0 : component < 4 ? 1 : 2; };
    const int l_out = degree(out), l_in = degree(in);
    if (l_out == 0) return l_in == 0 ? 0 : 1;
    if (l_out == 1) return l_in == 0 ? 2 : l_in == 2 ? 5 : out == in ? 3 : 4;
    return l_in == 0 ? 6 : l_in == 2 ? 7 : 8;
}

// [9 paths, 81 entries]: copies the weight of a path to its entries.
at::Tensor path_selector(const at::TensorOptions& options) {
    std::array<double, kEdgePaths * kComponents * kComponents> one_hot{};
    for (int out = 0; out < kComponents; ++out)
        for (int in = 0; in < kComponents; ++in)
            one_hot[path_of(out, in) * kComponents * kComponents + out * kComponents + in] = 1;
    return at::from_blob(one_hot.data(), {kEdgePaths, kComponents * kComponents}, at::kDouble)
        .to(options)
        .clone();
}

// [E, 3] -> [E, 81]: what each path does to each component, without its weight.
at::Tensor geometry(const at::Tensor& direction) {
    const at::Tensor x = direction.select(1, 0), y = direction.select(1, 1), z = direction.select(1, 2);
    const at::Tensor o = at::zeros_like(x), i = at::ones_like(x);
    const at::Tensor dx = x * (2.0 / 3), dy = y * (2.0 / 3), dz = z * (2.0 / 3);
    // clang-format off
    return at::stack({
        // s                vx       vy       vz       Txx Tyy Txy Txz Tyz
        i,                  x,       y,       z,       o,  o,  o,  o,  o,   // s
        x,                  i,       z,       -y,      x,  o,  y,  z,  o,   // vx
        y,                  -z,      i,       x,       o,  y,  x,  o,  z,   // vy
        z,                  y,       -x,      i,       -z, -z, o,  x,  y,   // vz
        x * x - 1.0 / 3,    2 * dx,  -dy,     -dz,     i,  o,  o,  o,  o,   // Txx
        y * y - 1.0 / 3,    -dx,     2 * dy,  -dz,     o,  i,  o,  o,  o,   // Tyy
        x * y,              y,       x,       o,       o,  o,  i,  o,  o,   // Txy
        x * z,              z,       o,       x,       o,  o,  o,  i,  o,   // Txz
        y * z,              o,       z,       y,       o,  o,  o,  o,  i,   // Tyz
    }, 1);
    // clang-format on
}

}  // namespace

Cartesian edge_conv(const Cartesian& x, const at::Tensor& weights, const EdgeGraph& graph) {
    const std::int64_t atoms = x.s.size(0), channels = x.s.size(1), heads = weights.size(2);
    const std::int64_t edges = graph.sender.size(0), width = channels / heads;

    const at::Tensor matrix =
        weights.transpose(1, 2).matmul(path_selector(weights.options())) *  // [E, H, 81]
        geometry(graph.direction).unsqueeze(1);
    const at::Tensor packed = at::cat({x.s.unsqueeze(1), x.v, x.t}, 1)  // [N, 9, C]
                                  .view({atoms, kComponents, heads, width})
                                  .transpose(1, 2)
                                  .reshape({atoms, heads * kComponents * width});  // [N, H 9 C/H]
    const at::Tensor sent = packed.index_select(0, graph.sender);                  // [E, H 9 C/H]
    const at::Tensor message = at::bmm(matrix.view({edges * heads, kComponents, kComponents}),
                                       sent.view({edges * heads, kComponents, width}));
    const std::int64_t receivers = graph.receivers.rows();
    const at::Tensor sum =
        segment_sum(message.view({edges, kComponents * channels}), graph.receivers)  // [R, H 9 C/H]
            .view({receivers, heads, kComponents, width})
            .transpose(1, 2)
            .reshape({receivers, kComponents, channels});  // [R, 9, C]
    return {sum.select(1, 0), sum.narrow(1, 1, 3), sum.narrow(1, 4, 5)};
}

}  // namespace keyway::ops

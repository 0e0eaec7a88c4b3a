/// Fused edge convolution, forward and backward: receivers (senders) outside, heads inside, accumulators in
/// registers.
#include "ops/cpu/edge_conv.hpp"

namespace keyway::ops::cpu::KEYWAY_ISA {
namespace {

constexpr int kPaths = 9;
constexpr float kThird = 1.0f / 3.0f, kTwoThirds = 2.0f / 3.0f;

/// u and the symmetric traceless part of u u'.
struct Direction {
    float x, y, z, xx, yy, xy, xz, yz;
};

inline Direction direction_of(const float* u, float sign) {
    const float x = sign * u[0], y = sign * u[1], z = sign * u[2];
    return {x, y, z, x * x - kThird, y * y - kThird, x * y, x * z, y * z};
}

/// What senders hold: in the first layer vectors and matrices are zero.
enum class Senders { scalars, all };

/// The message to one receiver in W channels of one head.
template <int W, Senders senders>
void receive(const EdgeList& graph, Channels size, const CartesianView& x, const float* weights,
             const CartesianOut& m, std::int64_t receiver, int head, int channel) {
    using V = Vec<W>;
    const std::int64_t C = size.channels, H = size.heads;
    V m0{}, m1x{}, m1y{}, m1z{}, mxx{}, myy{}, mxy{}, mxz{}, myz{};
    for (std::int64_t e = graph.ptr[receiver]; e < graph.ptr[receiver + 1]; ++e) {
        const std::int64_t j = graph.sender[e];
        const Direction u = direction_of(graph.direction + 3 * e, 1);
        const float* w = weights + e * kPaths * H + head;
        const V s = load<W>(x.s + C * j + channel), p = s * w[2 * H], q = s * w[6 * H];
        m0 += s * w[0];
        m1x += p * u.x, m1y += p * u.y, m1z += p * u.z;
        mxx += q * u.xx, myy += q * u.yy, mxy += q * u.xy, mxz += q * u.xz, myz += q * u.yz;
        if constexpr (senders == Senders::all) {
            const float *vj = x.v + 3 * C * j + channel, *tj = x.t + 5 * C * j + channel;
            const V vx = load<W>(vj), vy = load<W>(vj + C), vz = load<W>(vj + 2 * C);
            const V txx = load<W>(tj), tyy = load<W>(tj + C), txy = load<W>(tj + 2 * C),
                    txz = load<W>(tj + 3 * C), tyz = load<W>(tj + 4 * C);
            const V vu = vx * u.x + vy * u.y + vz * u.z;
            m0 += vu * w[H];

            const float w3 = w[3 * H], w4 = w[4 * H], w5 = w[5 * H];
            m1x += vx * w3 + (vy * u.z - vz * u.y) * w4 + (txx * u.x + txy * u.y + txz * u.z) * w5;
            m1y += vy * w3 + (vz * u.x - vx * u.z) * w4 + (txy * u.x + tyy * u.y + tyz * u.z) * w5;
            m1z += vz * w3 + (vx * u.y - vy * u.x) * w4 + (txz * u.x + tyz * u.y - (txx + tyy) * u.z) * w5;

            const float w7 = w[7 * H], w8 = w[8 * H];
            const V bx = vx * w8, by = vy * w8, bz = vz * w8, trace = vu * (w8 * kTwoThirds);
            mxx += txx * w7 + bx * (2 * u.x) - trace;
            myy += tyy * w7 + by * (2 * u.y) - trace;
            mxy += txy * w7 + bx * u.y + by * u.x;
            mxz += txz * w7 + bx * u.z + bz * u.x;
            myz += tyz * w7 + by * u.z + bz * u.y;
        }
    }
    float *v = m.v + 3 * C * receiver + channel, *t = m.t + 5 * C * receiver + channel;
    store<W>(m.s + C * receiver + channel, m0);
    store<W>(v, m1x), store<W>(v + C, m1y), store<W>(v + 2 * C, m1z);
    store<W>(t, mxx), store<W>(t + C, myy), store<W>(t + 2 * C, mxy), store<W>(t + 3 * C, mxz),
        store<W>(t + 4 * C, myz);
}

/// The gradient of one sender in W channels of one head. Edges of row j are j <- i; their reverses are i <-
/// j, along the opposite direction. `first` tells the first block of a head, which overwrites the weights'
/// gradient.
template <int W>
void send_gradient(const EdgeList& graph, Channels size, const CartesianView& x, const float* weights,
                   const CartesianView& g, const CartesianOut& dx, float* dweights, std::int64_t sender,
                   int head, int channel, bool first) {
    using V = Vec<W>;
    const std::int64_t C = size.channels, H = size.heads;
    const float *vj = x.v + 3 * C * sender + channel, *tj = x.t + 5 * C * sender + channel;
    const V s = load<W>(x.s + C * sender + channel);
    const V vx = load<W>(vj), vy = load<W>(vj + C), vz = load<W>(vj + 2 * C);
    const V txx = load<W>(tj), tyy = load<W>(tj + C), txy = load<W>(tj + 2 * C), txz = load<W>(tj + 3 * C),
            tyz = load<W>(tj + 4 * C);
    V ds{}, dvx{}, dvy{}, dvz{}, dxx{}, dyy{}, dxy{}, dxz{}, dyz{};
    for (std::int64_t back = graph.ptr[sender]; back < graph.ptr[sender + 1]; ++back) {
        const std::int64_t i = graph.sender[back], e = graph.reverse[back];
        const Direction u = direction_of(graph.direction + 3 * back, -1);
        const float* w = weights + e * kPaths * H + head;
        const float *gv = g.v + 3 * C * i + channel, *gt = g.t + 5 * C * i + channel;
        const V g0 = load<W>(g.s + C * i + channel);
        const V gx = load<W>(gv), gy = load<W>(gv + C), gz = load<W>(gv + 2 * C);
        const V gxx = load<W>(gt), gyy = load<W>(gt + C), gxy = load<W>(gt + 2 * C),
                gxz = load<W>(gt + 3 * C), gyz = load<W>(gt + 4 * C);

        const V gu = gx * u.x + gy * u.y + gz * u.z;  // path 2
        const V cx = gy * u.z - gz * u.y, cy = gz * u.x - gx * u.z,
                cz = gx * u.y - gy * u.x;  // g1 x u, path 4
        const V gzu = gz * u.z;
        const V axx = gx * u.x - gzu, ayy = gy * u.y - gzu, axy = gx * u.y + gy * u.x,
                axz = gx * u.z + gz * u.x,
                ayz = gy * u.z + gz * u.y;                                            // path 5
        const V hq = gxx * u.xx + gyy * u.yy + gxy * u.xy + gxz * u.xz + gyz * u.yz;  // path 6
        const V tau = (gxx + gyy) * kTwoThirds;
        const V kx = gxx * (2 * u.x) + gxy * u.y + gxz * u.z - tau * u.x;  // path 8
        const V ky = gyy * (2 * u.y) + gxy * u.x + gyz * u.z - tau * u.y;
        const V kz = gxz * u.x + gyz * u.y - tau * u.z;

        const float w1 = w[H], w3 = w[3 * H], w4 = w[4 * H], w5 = w[5 * H], w7 = w[7 * H], w8 = w[8 * H];
        ds += g0 * w[0] + gu * w[2 * H] + hq * w[6 * H];
        dvx += g0 * (w1 * u.x) + gx * w3 - cx * w4 + kx * w8;
        dvy += g0 * (w1 * u.y) + gy * w3 - cy * w4 + ky * w8;
        dvz += g0 * (w1 * u.z) + gz * w3 - cz * w4 + kz * w8;
        dxx += axx * w5 + gxx * w7;
        dyy += ayy * w5 + gyy * w7;
        dxy += axy * w5 + gxy * w7;
        dxz += axz * w5 + gxz * w7;
        dyz += ayz * w5 + gyz * w7;

        const V vu = vx * u.x + vy * u.y + vz * u.z;
        const V terms[kPaths] = {g0 * s,
                                 g0 * vu,
                                 gu * s,
                                 gx * vx + gy * vy + gz * vz,
                                 -(vx * cx + vy * cy + vz * cz),
                                 axx * txx + ayy * tyy + axy * txy + axz * txz + ayz * tyz,
                                 hq * s,
                                 gxx * txx + gyy * tyy + gxy * txy + gxz * txz + gyz * tyz,
                                 kx * vx + ky * vy + kz * vz};
        float* dw = dweights + e * kPaths * H + head;
        for (int p = 0; p < kPaths; ++p) {
            const float sum = sum_of(terms[p]);
            dw[p * H] = first ? sum : dw[p * H] + sum;
        }
    }
    float *dv = dx.v + 3 * C * sender + channel, *dt = dx.t + 5 * C * sender + channel;
    store<W>(dx.s + C * sender + channel, ds);
    store<W>(dv, dvx), store<W>(dv + C, dvy), store<W>(dv + 2 * C, dvz);
    store<W>(dt, dxx), store<W>(dt + C, dyy), store<W>(dt + 2 * C, dxy), store<W>(dt + 3 * C, dxz),
        store<W>(dt + 4 * C, dyz);
}

/// The same where all senders' vectors and matrices are zero: three paths remain.
template <int W>
void send_gradient_of_scalars(const EdgeList& graph, Channels size, const CartesianView& x,
                              const float* weights, const CartesianView& g, const CartesianOut& dx,
                              float* dweights, std::int64_t sender, int head, int channel, bool first) {
    using V = Vec<W>;
    const std::int64_t C = size.channels, H = size.heads;
    const V s = load<W>(x.s + C * sender + channel);
    V ds{};
    for (std::int64_t back = graph.ptr[sender]; back < graph.ptr[sender + 1]; ++back) {
        const std::int64_t i = graph.sender[back], e = graph.reverse[back];
        const Direction u = direction_of(graph.direction + 3 * back, -1);
        const float* w = weights + e * kPaths * H + head;
        const float *gv = g.v + 3 * C * i + channel, *gt = g.t + 5 * C * i + channel;
        const V g0 = load<W>(g.s + C * i + channel);
        const V gu = load<W>(gv) * u.x + load<W>(gv + C) * u.y + load<W>(gv + 2 * C) * u.z;
        const V hq = load<W>(gt) * u.xx + load<W>(gt + C) * u.yy + load<W>(gt + 2 * C) * u.xy +
                     load<W>(gt + 3 * C) * u.xz + load<W>(gt + 4 * C) * u.yz;
        ds += g0 * w[0] + gu * w[2 * H] + hq * w[6 * H];
        float* dw = dweights + e * kPaths * H + head;
        if (first)
            for (int p = 0; p < kPaths; ++p) dw[p * H] = 0;
        dw[0] += sum_of(g0 * s);
        dw[2 * H] += sum_of(gu * s);
        dw[6 * H] += sum_of(hq * s);
    }
    store<W>(dx.s + C * sender + channel, ds);
}

/// Calls work(atom, head, channel, first block of the head).
template <int W, class Work>
inline void for_each_block(const EdgeList& graph, Channels size, const Work& work) {
    const int width = size.channels / size.heads;
    for (std::int64_t atom = 0; atom < graph.atoms; ++atom)
        for (int head = 0; head < size.heads; ++head)
            for (int block = 0; block < width; block += W) work(atom, head, head * width + block, block == 0);
}

template <int W>
void conv(const EdgeList& graph, Channels size, const CartesianView& x, const float* weights,
          const CartesianOut& m) {
    for_each_block<W>(graph, size, [&](std::int64_t atom, int head, int channel, bool) {
        if (x.v)
            receive<W, Senders::all>(graph, size, x, weights, m, atom, head, channel);
        else
            receive<W, Senders::scalars>(graph, size, x, weights, m, atom, head, channel);
    });
}

template <int W>
void conv_backward(const EdgeList& graph, Channels size, const CartesianView& x, const float* weights,
                   const CartesianView& g, const CartesianOut& dx, float* dweights) {
    for_each_block<W>(graph, size, [&](std::int64_t atom, int head, int channel, bool first) {
        const auto gradient = x.v ? send_gradient<W> : send_gradient_of_scalars<W>;
        gradient(graph, size, x, weights, g, dx, dweights, atom, head, channel, first);
    });
}

}  // namespace

void edge_conv(const EdgeList& graph, Channels size, const CartesianView& x, const float* weights,
               const CartesianOut& m) {
    with_lanes(size.channels / size.heads, [&]<int W>() { conv<W>(graph, size, x, weights, m); });
}

void edge_conv_backward(const EdgeList& graph, Channels size, const CartesianView& x, const float* weights,
                        const CartesianView& m_gradient, const CartesianOut& x_gradient,
                        float* weights_gradient) {
    with_lanes(size.channels / size.heads, [&]<int W>() {
        conv_backward<W>(graph, size, x, weights, m_gradient, x_gradient, weights_gradient);
    });
}

}  // namespace keyway::ops::cpu::KEYWAY_ISA

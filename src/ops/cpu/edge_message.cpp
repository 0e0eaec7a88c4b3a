/// The message of a pocket layer, forward and backward, eight edges of an atom at a time.
///
/// What an edge does to a channel of a head is linear: 48 multiply-adds with 28 numbers, which are weights
/// times directions. Those of eight edges are made side by side, then each edge runs through the channels
/// with the sums in registers.
#include "ops/cpu/edge_batch.hpp"

namespace keyway::ops::cpu::KEYWAY_ISA {
namespace {

constexpr float kThird = 1.0f / 3.0f, kTwoThirds = 2.0f / 3.0f;

/// Directions u of up to eight edges between one atom and others, and the symmetric traceless part of u u'.
struct Directions {
    int count = 0;
    std::int64_t other[kBatch];
    Batch x, y, z, xx, yy, xy, xz, yz;
};

/// `end` [E]: the atom at the other end, senders or receivers.
Directions directions_of(const EdgeList& graph, const EdgeBatch& batch, const std::int64_t* end) {
    Directions u;
    u.count = batch.count;
    for (int k = 0; k < kBatch; ++k) {
        const std::int64_t e = batch.edge[k < batch.count ? k : 0];
        u.other[k] = end[e];
        u.x[k] = graph.direction[3 * e];
        u.y[k] = graph.direction[3 * e + 1];
        u.z[k] = graph.direction[3 * e + 2];
    }
    u.xx = u.x * u.x - kThird, u.yy = u.y * u.y - kThird;
    u.xy = u.x * u.y, u.xz = u.x * u.z, u.yz = u.y * u.z;
    return u;
}

/// The numbers of one head: [path, what it is multiplied with][edge].
struct Coefficients {
    Batch w0, w1x, w1y, w1z, w2x, w2y, w2z, w3, w4x, w4y, w4z, w5x, w5y, w5z;
    Batch w6xx, w6yy, w6xy, w6xz, w6yz, w7, w8x, w8y, w8z;
    Batch w8x23, w8y23, w8z23, w8x43, w8y43;  ///< two thirds, four thirds
};

/// `weight` [9, H, 8]
inline Coefficients coefficients_of(const Directions& u, const Batch* weight, int heads) {
    const auto w = [&](int path) { return weight[path * heads]; };
    Coefficients c;
    c.w0 = w(0);
    c.w1x = w(1) * u.x, c.w1y = w(1) * u.y, c.w1z = w(1) * u.z;
    c.w2x = w(2) * u.x, c.w2y = w(2) * u.y, c.w2z = w(2) * u.z;
    c.w3 = w(3);
    c.w4x = w(4) * u.x, c.w4y = w(4) * u.y, c.w4z = w(4) * u.z;
    c.w5x = w(5) * u.x, c.w5y = w(5) * u.y, c.w5z = w(5) * u.z;
    c.w6xx = w(6) * u.xx, c.w6yy = w(6) * u.yy, c.w6xy = w(6) * u.xy, c.w6xz = w(6) * u.xz,
    c.w6yz = w(6) * u.yz;
    c.w7 = w(7);
    c.w8x = w(8) * u.x, c.w8y = w(8) * u.y, c.w8z = w(8) * u.z;
    c.w8x23 = c.w8x * kTwoThirds, c.w8y23 = c.w8y * kTwoThirds, c.w8z23 = c.w8z * kTwoThirds;
    c.w8x43 = c.w8x * (2 * kTwoThirds), c.w8y43 = c.w8y * (2 * kTwoThirds);
    return c;
}

/// What senders hold: in the first layer vectors and matrices are zero.
enum class Senders { scalars, all };
enum class Start { zero, there };

/// Nine numbers of W channels. Set part by part: to clear or copy them as a whole, GCC takes instructions
/// that cost as much as an edge.
template <int W>
struct Nine {
    Vec<W> s, vx, vy, vz, xx, yy, xy, xz, yz;
    static Nine zero() {
        const Vec<W> o{};
        return {o, o, o, o, o, o, o, o, o};
    }
    void set(const Nine& x) {
        s = x.s, vx = x.vx, vy = x.vy, vz = x.vz;
        xx = x.xx, yy = x.yy, xy = x.xy, xz = x.xz, yz = x.yz;
    }
};

template <int W, Senders senders = Senders::all>
inline Nine<W> load_nine(const CartesianView& x, std::int64_t atom, std::int64_t channels, int channel) {
    if constexpr (senders == Senders::scalars) {
        Nine<W> scalars = Nine<W>::zero();
        scalars.s = load<W>(x.s + channels * atom + channel);
        return scalars;
    }
    const float *v = x.v + 3 * channels * atom + channel, *t = x.t + 5 * channels * atom + channel;
    return {load<W>(x.s + channels * atom + channel),
            load<W>(v),
            load<W>(v + channels),
            load<W>(v + 2 * channels),
            load<W>(t),
            load<W>(t + channels),
            load<W>(t + 2 * channels),
            load<W>(t + 3 * channels),
            load<W>(t + 4 * channels)};
}

/// [N, C / W, 9, W]: what an edge reads lies together.
template <int W, Senders senders>
void pack(std::int64_t atoms, int channels, const CartesianView& x, float* to) {
    for (std::int64_t atom = 0; atom < atoms; ++atom)
        for (int c = 0; c < channels; c += W, to += 9 * W) {
            const Nine<W> n = load_nine<W, senders>(x, atom, channels, c);
            const Vec<W> all[9] = {n.s, n.vx, n.vy, n.vz, n.xx, n.yy, n.xy, n.xz, n.yz};
            for (int k = 0; k < 9; ++k) store<W>(to + k * W, all[k]);
        }
}
template <int W>
inline void store_nine(const CartesianOut& x, std::int64_t atom, std::int64_t channels, int channel,
                       const Nine<W>& value) {
    store<W>(x.s + channels * atom + channel, value.s);
    if (!x.v) return;
    float *v = x.v + 3 * channels * atom + channel, *t = x.t + 5 * channels * atom + channel;
    store<W>(v, value.vx), store<W>(v + channels, value.vy), store<W>(v + 2 * channels, value.vz);
    store<W>(t, value.xx), store<W>(t + channels, value.yy), store<W>(t + 2 * channels, value.xy);
    store<W>(t + 3 * channels, value.xz), store<W>(t + 4 * channels, value.yz);
}

/// For the compiler alone: coefficients are read again where they are needed again. Kept in registers they
/// would push the sums out to memory.
static inline __attribute__((always_inline)) void forget_loads() { __asm__ volatile("" ::: "memory"); }

/// Adds the messages of some edges to one receiver, in `Across` registers of one head, which share the
/// coefficients: first scalars and vectors, then matrices, so that all sums stay in registers.
template <int W, int Across, Senders senders>
inline void receive(const Directions& edges, const Coefficients& c, const float* x, std::int64_t channels,
                    int channel, Nine<W> (&m)[Across]) {
    using V = Vec<W>;
    const auto row = [&](int e) { return x + 9 * (edges.other[e] * channels + channel); };
    V s[Across], vx[Across], vy[Across], vz[Across];
    for (int a = 0; a < Across; ++a) s[a] = m[a].s, vx[a] = m[a].vx, vy[a] = m[a].vy, vz[a] = m[a].vz;
    for (int e = 0; e < edges.count; ++e) {
        const float* from = row(e);
        for (int a = 0; a < Across; ++a) {
            const V y = load<W>(from + 9 * W * a);
            s[a] += y * c.w0[e], vx[a] += y * c.w2x[e], vy[a] += y * c.w2y[e], vz[a] += y * c.w2z[e];
        }
        if constexpr (senders == Senders::scalars) continue;
        const auto component = [&](int k, int a) { return load<W>(from + (9 * a + k) * W); };
        forget_loads();
        for (int a = 0; a < Across; ++a) {
            const V y = component(1, a);
            s[a] += y * c.w1x[e], vx[a] += y * c.w3[e], vy[a] -= y * c.w4z[e], vz[a] += y * c.w4y[e];
        }
        forget_loads();
        for (int a = 0; a < Across; ++a) {
            const V y = component(2, a);
            s[a] += y * c.w1y[e], vx[a] += y * c.w4z[e], vy[a] += y * c.w3[e], vz[a] -= y * c.w4x[e];
        }
        forget_loads();
        for (int a = 0; a < Across; ++a) {
            const V y = component(3, a);
            s[a] += y * c.w1z[e], vx[a] -= y * c.w4y[e], vy[a] += y * c.w4x[e], vz[a] += y * c.w3[e];
        }
        forget_loads();
        for (int a = 0; a < Across; ++a) {
            const V xx = component(4, a), yy = component(5, a);
            vx[a] += xx * c.w5x[e], vy[a] += yy * c.w5y[e], vz[a] -= (xx + yy) * c.w5z[e];
        }
        forget_loads();
        for (int a = 0; a < Across; ++a) {
            const V xy = component(6, a), xz = component(7, a), yz = component(8, a);
            vx[a] += xy * c.w5y[e], vy[a] += xy * c.w5x[e], vz[a] += xz * c.w5x[e];
            vx[a] += xz * c.w5z[e], vy[a] += yz * c.w5z[e], vz[a] += yz * c.w5y[e];
        }
    }
    for (int a = 0; a < Across; ++a) m[a].s = s[a], m[a].vx = vx[a], m[a].vy = vy[a], m[a].vz = vz[a];

    V xx[Across], yy[Across], xy[Across], xz[Across], yz[Across];
    for (int a = 0; a < Across; ++a)
        xx[a] = m[a].xx, yy[a] = m[a].yy, xy[a] = m[a].xy, xz[a] = m[a].xz, yz[a] = m[a].yz;
    for (int e = 0; e < edges.count; ++e) {
        const float* from = row(e);
        for (int a = 0; a < Across; ++a) {
            const V y = load<W>(from + 9 * W * a);
            xx[a] += y * c.w6xx[e], yy[a] += y * c.w6yy[e], xy[a] += y * c.w6xy[e];
            xz[a] += y * c.w6xz[e], yz[a] += y * c.w6yz[e];
        }
        if constexpr (senders == Senders::scalars) continue;
        const auto component = [&](int k, int a) { return load<W>(from + (9 * a + k) * W); };
        forget_loads();
        for (int a = 0; a < Across; ++a) {
            const float w = c.w7[e];
            xx[a] += component(4, a) * w, yy[a] += component(5, a) * w, xy[a] += component(6, a) * w;
            xz[a] += component(7, a) * w, yz[a] += component(8, a) * w;
        }
        forget_loads();
        for (int a = 0; a < Across; ++a) {
            const V y = component(1, a);
            xx[a] += y * c.w8x43[e], yy[a] -= y * c.w8x23[e], xy[a] += y * c.w8y[e], xz[a] += y * c.w8z[e];
        }
        forget_loads();
        for (int a = 0; a < Across; ++a) {
            const V y = component(2, a);
            xx[a] -= y * c.w8y23[e], yy[a] += y * c.w8y43[e], xy[a] += y * c.w8x[e], yz[a] += y * c.w8z[e];
        }
        forget_loads();
        for (int a = 0; a < Across; ++a) {
            const V y = component(3, a);
            xx[a] -= y * c.w8z23[e], yy[a] -= y * c.w8z23[e], xz[a] += y * c.w8x[e], yz[a] += y * c.w8y[e];
        }
    }
    for (int a = 0; a < Across; ++a)
        m[a].xx = xx[a], m[a].yy = yy[a], m[a].xy = xy[a], m[a].xz = xz[a], m[a].yz = yz[a];
}

/// Adds to the gradient of one sender in W channels what some receivers' gradients g say, and sets or adds to
/// the gradients of the weights before their sum over channels: `terms` [9, 8]. `w` [9, H, 8]. One loop for
/// each degree of g, so that sums and operands fit the registers.
template <int W, Senders senders, Start start>
inline void send(const Directions& edges, const Batch* w, int H, const float* g, const Nine<W>& x,
                 std::int64_t channels, int channel, Nine<W>& dx, Vec<W>* terms) {
    using V = Vec<W>;
    const auto row = [&](int e) { return g + 9 * (edges.other[e] * channels + channel); };
    const auto weight = [&](int path, int e) { return w[path * H][e]; };
    const auto term = [&](int path, int e, V value) {
        V& to = terms[path * kBatch + e];
        to = start == Start::zero ? value : to + value;
    };
    constexpr bool kAll = senders == Senders::all;
    {
        V s = dx.s, vx = dx.vx, vy = dx.vy, vz = dx.vz;
        for (int e = 0; e < edges.count; ++e) {
            const V f = load<W>(row(e));
            s += f * weight(0, e);
            term(0, e, f * x.s);
            if constexpr (kAll) {
                const float ux = edges.x[e], uy = edges.y[e], uz = edges.z[e];
                const V p = f * weight(1, e);
                vx += p * ux, vy += p * uy, vz += p * uz;
                term(1, e, f * (x.vx * ux + x.vy * uy + x.vz * uz));
            }
        }
        dx.s = s, dx.vx = vx, dx.vy = vy, dx.vz = vz;
    }
    {
        Nine<W> sum;
        sum.set(dx);
        for (int e = 0; e < edges.count; ++e) {
            const float* from = row(e);
            const V fx = load<W>(from + W), fy = load<W>(from + 2 * W), fz = load<W>(from + 3 * W);
            const float ux = edges.x[e], uy = edges.y[e], uz = edges.z[e];
            const V gu = fx * ux + fy * uy + fz * uz;
            sum.s += gu * weight(2, e);
            term(2, e, gu * x.s);
            if constexpr (kAll) {
                const float w3 = weight(3, e), w4 = weight(4, e), w5 = weight(5, e);
                const V cx = fy * uz - fz * uy, cy = fz * ux - fx * uz, cz = fx * uy - fy * ux;
                sum.vx += fx * w3 - cx * w4, sum.vy += fy * w3 - cy * w4, sum.vz += fz * w3 - cz * w4;
                term(3, e, fx * x.vx + fy * x.vy + fz * x.vz);
                term(4, e, -(cx * x.vx + cy * x.vy + cz * x.vz));
                const V zz = fz * uz, xx = fx * ux - zz, yy = fy * uy - zz, xy = fx * uy + fy * ux,
                        xz = fx * uz + fz * ux, yz = fy * uz + fz * uy;
                sum.xx += xx * w5, sum.yy += yy * w5, sum.xy += xy * w5, sum.xz += xz * w5, sum.yz += yz * w5;
                term(5, e, xx * x.xx + yy * x.yy + xy * x.xy + xz * x.xz + yz * x.yz);
            }
        }
        dx.set(sum);
    }
    Nine<W> sum;
    sum.set(dx);
    for (int e = 0; e < edges.count; ++e) {
        const float* from = row(e);
        const V xx = load<W>(from + 4 * W), yy = load<W>(from + 5 * W), xy = load<W>(from + 6 * W),
                xz = load<W>(from + 7 * W), yz = load<W>(from + 8 * W);
        const V along =
            xx * edges.xx[e] + yy * edges.yy[e] + xy * edges.xy[e] + xz * edges.xz[e] + yz * edges.yz[e];
        sum.s += along * weight(6, e);
        term(6, e, along * x.s);
        if constexpr (kAll) {
            const float ux = edges.x[e], uy = edges.y[e], uz = edges.z[e];
            const float w7 = weight(7, e), w8 = weight(8, e);
            sum.xx += xx * w7, sum.yy += yy * w7, sum.xy += xy * w7, sum.xz += xz * w7, sum.yz += yz * w7;
            term(7, e, xx * x.xx + yy * x.yy + xy * x.xy + xz * x.xz + yz * x.yz);
            const V trace = (xx + yy) * kTwoThirds;
            const V kx = (2 * xx - trace) * ux + xy * uy + xz * uz,
                    ky = xy * ux + (2 * yy - trace) * uy + yz * uz, kz = xz * ux + yz * uy - trace * uz;
            sum.vx += kx * w8, sum.vy += ky * w8, sum.vz += kz * w8;
            term(8, e, kx * x.vx + ky * x.vy + kz * x.vz);
        }
    }
    dx.set(sum);
}

/// Calls work(row, first, count, whether they are the row's first) for every eight entries of a row.
template <class Work>
inline void for_each_batch(std::int64_t rows, const std::int64_t* ptr, const Work& work) {
    for (std::int64_t atom = 0; atom < rows; ++atom) {
        const std::int64_t begin = ptr[atom], end = ptr[atom + 1];
        std::int64_t first = begin;
        do {  // once for an atom without edges, whose sums are zero
            const std::int64_t left = end - first;
            work(atom, first, static_cast<int>(left < kBatch ? left : kBatch), first == begin);
            first += kBatch;
        } while (first < end);
    }
}

template <int W, int Across, Senders senders>
void forward(const EdgeList& graph, Channels size, const EdgeInput& in, const float* gates, float* scratch,
             const CartesianOut& m) {
    const int C = size.channels, H = size.heads, width = C / H;
    Batch weight[kWeights];
    pack<W, senders>(graph.senders, C, in.x, scratch);
    for_each_batch(graph.receivers, graph.ptr,
                   [&](std::int64_t i, std::int64_t first, int count, bool starts) {
                       if (count == 0)
                           for (int channel = 0; channel < C; channel += W)
                               store_nine<W>(m, i, C, channel, Nine<W>::zero());
                       if (count == 0) return;
                       EdgeBatch batch{.count = count};
                       for (int k = 0; k < count; ++k) batch.edge[k] = first + k;
                       const Directions u = directions_of(graph, batch, graph.sender);
                       batch_weights(graph, size, in.radial, batch, gates, weight);
                       for (int h = 0; h < H; ++h) {
                           const Coefficients c = coefficients_of(u, weight + h, H);
                           for (int channel = h * width; channel < (h + 1) * width; channel += Across * W) {
                               Nine<W> sum[Across] = {};
                               for (int a = 0; a < Across && !starts; ++a)
                                   sum[a] = load_nine<W>({m.s, m.v, m.t}, i, C, channel + a * W);
                               receive<W, Across, senders>(u, c, scratch, C, channel, sum);
                               for (int a = 0; a < Across; ++a)
                                   store_nine<W>(m, i, C, channel + a * W, sum[a]);
                           }
                       }
                   });
}

/// Over senders j and the edges i <- j that they feed.
template <int W, Senders senders>
void backward(const EdgeList& graph, Channels size, const EdgeInput& in, const float* gates,
              const CartesianView& g, float* scratch, const EdgeGradient& gradient) {
    const int C = size.channels, H = size.heads, width = C / H;
    const CartesianOut& dx = gradient.x;
    Batch weight[kWeights], dweight[kWeights] = {};
    Vec<W> terms[kPaths * kBatch] = {};
    pack<W, Senders::all>(graph.receivers, C, g, scratch);
    for_each_batch(
        graph.senders, graph.sent_ptr, [&](std::int64_t j, std::int64_t first, int count, bool starts) {
            if (count == 0)
                for (int channel = 0; channel < C; channel += W)
                    store_nine<W>(dx, j, C, channel, Nine<W>::zero());
            if (count == 0) return;
            EdgeBatch batch{.count = count};
            for (int k = 0; k < count; ++k) batch.edge[k] = graph.sent_edge[first + k];
            const Directions u = directions_of(graph, batch, graph.receiver);
            batch_weights(graph, size, in.radial, batch, gates, weight);
            for (int h = 0; h < H; ++h) {
                for (int channel = h * width; channel < (h + 1) * width; channel += W) {
                    const Nine<W> own = load_nine<W, senders>(in.x, j, C, channel);
                    Nine<W> sum;
                    if (starts)
                        sum.set(Nine<W>::zero());
                    else
                        sum.set(load_nine<W, senders>({dx.s, dx.v, dx.t}, j, C, channel));
                    const auto add =
                        channel == h * width ? send<W, senders, Start::zero> : send<W, senders, Start::there>;
                    add(u, weight + h, H, scratch, own, C, channel, sum, terms);
                    store_nine<W>(dx, j, C, channel, sum);
                }
                for (int p = 0; p < kPaths; ++p) dweight[p * H + h] = sums_of(terms + p * kBatch);
            }
            batch_weights_backward(graph, size, in.radial, batch, gates, dweight, gradient.gate);
        });
}

}  // namespace

void edge_message(const EdgeList& graph, Channels size, const EdgeInput& in, float* gates, float* scratch,
                  const CartesianOut& m) {
    edge_gates(graph, size, in.gate, gates);
    const int width = size.channels / size.heads;
    with_lanes(width, [&]<int W>() {
        const auto run = [&]<Senders senders>() {
            if (width % (2 * W) == 0)
                forward<W, 2, senders>(graph, size, in, gates, scratch, m);
            else
                forward<W, 1, senders>(graph, size, in, gates, scratch, m);
        };
        if (in.x.v)
            run.template operator()<Senders::all>();
        else
            run.template operator()<Senders::scalars>();
    });
}

void edge_message_backward(const EdgeList& graph, Channels size, const EdgeInput& in, const float* gates,
                           const CartesianView& m_gradient, float* scratch, const EdgeGradient& gradient) {
    const std::int64_t table_size = in.radial.classes * in.radial.knots * kPaths * size.heads;
    for (std::int64_t k = 0; k < table_size; ++k) gradient.gate.table[k] = 0;
    for (int h = 0; h < size.heads; ++h) gradient.gate.bias[h] = 0;
    with_lanes(size.channels / size.heads, [&]<int W>() {
        if (in.x.v)
            backward<W, Senders::all>(graph, size, in, gates, m_gradient, scratch, gradient);
        else
            backward<W, Senders::scalars>(graph, size, in, gates, m_gradient, scratch, gradient);
    });
    edge_gates_backward(graph, size, in.gate, gradient.gate);
}

}  // namespace keyway::ops::cpu::KEYWAY_ISA

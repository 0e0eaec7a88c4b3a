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
        const std::int64_t e = batch.edge[k];
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

/// Where the components of one atom's channels lie; those of a vector or matrix are C numbers apart.
template <class Number>
struct Place {
    Number *s, *v, *t;
};
template <class Number, Senders senders, class View>
inline Place<Number> place_of(const View& x, std::int64_t atom, std::int64_t channels, int channel) {
    const std::int64_t row = channels * atom;
    if constexpr (senders == Senders::scalars) return {x.s + row + channel, nullptr, nullptr};
    return {x.s + row + channel, x.v + 3 * row + channel, x.t + 5 * row + channel};
}

/// [N, C / W, 9, W]: what an edge reads lies together.
template <int W, Senders senders>
void pack(std::int64_t atoms, int channels, const CartesianView& x, float* to) {
    const std::int64_t C = channels;
    for (std::int64_t atom = 0; atom < atoms; ++atom)
        for (int c = 0; c < channels; c += W, to += 9 * W) {
            store<W>(to, load<W>(x.s + C * atom + c));
            if constexpr (senders == Senders::scalars) continue;
            const float *v = x.v + 3 * C * atom + c, *t = x.t + 5 * C * atom + c;
            for (int k = 0; k < 3; ++k) store<W>(to + (1 + k) * W, load<W>(v + k * C));
            for (int k = 0; k < 5; ++k) store<W>(to + (4 + k) * W, load<W>(t + k * C));
        }
}

/// `Across` registers of each of `Count` components, `step` numbers apart; zero at the start.
template <int W, int Count, int Across>
inline __attribute__((always_inline)) void open_sums(bool starts, const float* from, std::int64_t step,
                                                     Vec<W> (&sum)[Count][Across]) {
#pragma GCC unroll 8
    for (int k = 0; k < Count; ++k)
#pragma GCC unroll 8
        for (int a = 0; a < Across; ++a) sum[k][a] = starts ? Vec<W>{} : load<W>(from + k * step + a * W);
}
template <int W, int Count, int Across>
inline __attribute__((always_inline)) void close_sums(const Vec<W> (&sum)[Count][Across], std::int64_t step,
                                                      float* to) {
#pragma GCC unroll 8
    for (int k = 0; k < Count; ++k)
#pragma GCC unroll 8
        for (int a = 0; a < Across; ++a) store<W>(to + k * step + a * W, sum[k][a]);
}

/// For the compiler alone: coefficients are read again where they are needed again. Kept in registers they
/// would push the sums out to memory.
inline __attribute__((always_inline)) void forget_loads() { __asm__ volatile("" ::: "memory"); }

#define KEYWAY_ACROSS _Pragma("GCC unroll 8") for (int a = 0; a < Across; ++a)

/// Adds the messages of some edges to one receiver, in `Across` registers of one head, which share the
/// coefficients: first scalars and vectors, then matrices, so that all sums stay in registers.
template <int W, int Across, Senders senders>
inline void receive(const Directions& edges, const Coefficients& c, const float* x, std::int64_t channels,
                    int channel, bool starts, const Place<float>& m) {
    using V = Vec<W>;
    const auto row = [&](int e) { return x + 9 * (edges.other[e] * channels + channel); };
    V s[1][Across], v[3][Across];
    open_sums<W>(starts, m.s, 0, s);
    open_sums<W>(starts, m.v, channels, v);
    for (int e = 0; e < edges.count; ++e) {
        const float* from = row(e);
        const auto component = [&](int k, int a) { return load<W>(from + (9 * a + k) * W); };
        KEYWAY_ACROSS {
            const V y = component(0, a);
            s[0][a] += y * c.w0[e];
            v[0][a] += y * c.w2x[e], v[1][a] += y * c.w2y[e], v[2][a] += y * c.w2z[e];
        }
        if constexpr (senders == Senders::scalars) continue;
        forget_loads();
        KEYWAY_ACROSS {
            const V y = component(1, a);
            s[0][a] += y * c.w1x[e];
            v[0][a] += y * c.w3[e], v[1][a] -= y * c.w4z[e], v[2][a] += y * c.w4y[e];
        }
        forget_loads();
        KEYWAY_ACROSS {
            const V y = component(2, a);
            s[0][a] += y * c.w1y[e];
            v[0][a] += y * c.w4z[e], v[1][a] += y * c.w3[e], v[2][a] -= y * c.w4x[e];
        }
        forget_loads();
        KEYWAY_ACROSS {
            const V y = component(3, a);
            s[0][a] += y * c.w1z[e];
            v[0][a] -= y * c.w4y[e], v[1][a] += y * c.w4x[e], v[2][a] += y * c.w3[e];
        }
        forget_loads();
        KEYWAY_ACROSS {
            const V xx = component(4, a), yy = component(5, a);
            v[0][a] += xx * c.w5x[e], v[1][a] += yy * c.w5y[e], v[2][a] -= (xx + yy) * c.w5z[e];
        }
        forget_loads();
        KEYWAY_ACROSS {
            const V xy = component(6, a), xz = component(7, a), yz = component(8, a);
            v[0][a] += xy * c.w5y[e], v[1][a] += xy * c.w5x[e], v[2][a] += xz * c.w5x[e];
            v[0][a] += xz * c.w5z[e], v[1][a] += yz * c.w5z[e], v[2][a] += yz * c.w5y[e];
        }
    }
    close_sums<W>(s, 0, m.s);
    close_sums<W>(v, channels, m.v);

    V t[5][Across];
    open_sums<W>(starts, m.t, channels, t);
    for (int e = 0; e < edges.count; ++e) {
        const float* from = row(e);
        const auto component = [&](int k, int a) { return load<W>(from + (9 * a + k) * W); };
        KEYWAY_ACROSS {
            const V y = component(0, a);
            t[0][a] += y * c.w6xx[e], t[1][a] += y * c.w6yy[e], t[2][a] += y * c.w6xy[e];
            t[3][a] += y * c.w6xz[e], t[4][a] += y * c.w6yz[e];
        }
        if constexpr (senders == Senders::scalars) continue;
        forget_loads();
        const float w7 = c.w7[e];
        KEYWAY_ACROSS {
            t[0][a] += component(4, a) * w7, t[1][a] += component(5, a) * w7;
            t[2][a] += component(6, a) * w7, t[3][a] += component(7, a) * w7, t[4][a] += component(8, a) * w7;
        }
        forget_loads();
        KEYWAY_ACROSS {
            const V y = component(1, a);
            t[0][a] += y * c.w8x43[e], t[1][a] -= y * c.w8x23[e], t[2][a] += y * c.w8y[e];
            t[3][a] += y * c.w8z[e];
        }
        forget_loads();
        KEYWAY_ACROSS {
            const V y = component(2, a);
            t[0][a] -= y * c.w8y23[e], t[1][a] += y * c.w8y43[e], t[2][a] += y * c.w8x[e];
            t[4][a] += y * c.w8z[e];
        }
        forget_loads();
        KEYWAY_ACROSS {
            const V y = component(3, a);
            t[0][a] -= y * c.w8z23[e], t[1][a] -= y * c.w8z23[e], t[3][a] += y * c.w8x[e];
            t[4][a] += y * c.w8y[e];
        }
    }
    close_sums<W>(t, channels, m.t);
}

/// Adds to the gradient of one sender in `Across` registers of a head what some receivers' gradients g say,
/// and sets or adds to the gradients of the weights before their sum over channels: `terms` [9, 8].
/// `w` [9, H, 8]. One loop for each degree of the sender, so that sums and operands fit the registers.
template <int W, int Across, Senders senders, Start start>
inline void send(const Directions& edges, const Batch* w, int H, const float* g, const Place<const float> x,
                 std::int64_t channels, int channel, bool starts, const Place<float> dx, Vec<W>* terms) {
    using V = Vec<W>;
    const std::int64_t C = channels;
    const auto row = [&](int e) { return g + 9 * (edges.other[e] * C + channel); };
    const auto weight = [&](int path, int e) { return w[path * H][e]; };
    const auto set_term = [&](int path, int e, V value) {
        V& to = terms[path * kBatch + e];
        to = start == Start::zero ? value : to + value;
    };
    const auto fold = [](int a, V& sum, V value) { sum = a == 0 ? value : sum + value; };
    V s[1][Across], term[4];
    open_sums<W>(starts, dx.s, 0, s);
    for (int e = 0; e < edges.count; ++e) {
        const float *from = row(e), *own = x.s;
        const auto component = [&](int k, int a) { return load<W>(from + (9 * a + k) * W); };
        const float w0 = weight(0, e), w2 = weight(2, e), w6 = weight(6, e);
        KEYWAY_ACROSS {
            const V f = component(0, a), y = load<W>(own + a * W);
            const V v =
                component(1, a) * edges.x[e] + component(2, a) * edges.y[e] + component(3, a) * edges.z[e];
            const V t = component(4, a) * edges.xx[e] + component(5, a) * edges.yy[e] +
                        component(6, a) * edges.xy[e] + component(7, a) * edges.xz[e] +
                        component(8, a) * edges.yz[e];
            s[0][a] += f * w0 + v * w2 + t * w6;
            fold(a, term[0], f * y), fold(a, term[1], v * y), fold(a, term[2], t * y);
        }
        set_term(0, e, term[0]), set_term(2, e, term[1]), set_term(6, e, term[2]);
    }
    close_sums<W>(s, 0, dx.s);
    if constexpr (senders == Senders::scalars) return;

    V v[3][Across];
    open_sums<W>(starts, dx.v, C, v);
    for (int e = 0; e < edges.count; ++e) {
        const float *from = row(e), *own = x.v;
        const auto component = [&](int k, int a) { return load<W>(from + (9 * a + k) * W); };
        const auto own_v = [&](int k, int a) { return load<W>(own + k * C + a * W); };
        const float ux = edges.x[e], uy = edges.y[e], uz = edges.z[e];
        const float w1 = weight(1, e), w3 = weight(3, e), w4 = weight(4, e), w8 = weight(8, e);
        KEYWAY_ACROSS {
            const V f = component(0, a), p = f * w1;
            v[0][a] += p * ux, v[1][a] += p * uy, v[2][a] += p * uz;
            fold(a, term[0], f * (own_v(0, a) * ux + own_v(1, a) * uy + own_v(2, a) * uz));
        }
        forget_loads();
        KEYWAY_ACROSS {
            const V gx = component(1, a), gy = component(2, a), gz = component(3, a);
            v[0][a] += gx * w3, v[1][a] += gy * w3, v[2][a] += gz * w3;
            fold(a, term[1], gx * own_v(0, a) + gy * own_v(1, a) + gz * own_v(2, a));
            const V cx = gz * uy - gy * uz, cy = gx * uz - gz * ux, cz = gy * ux - gx * uy;
            v[0][a] += cx * w4, v[1][a] += cy * w4, v[2][a] += cz * w4;
            fold(a, term[2], cx * own_v(0, a) + cy * own_v(1, a) + cz * own_v(2, a));
        }
        forget_loads();
        KEYWAY_ACROSS {
            const V xx = component(4, a), yy = component(5, a), trace = (xx + yy) * kTwoThirds;
            const V kx = (2.0f * xx - trace) * ux + component(6, a) * uy + component(7, a) * uz,
                    ky = component(6, a) * ux + (2.0f * yy - trace) * uy + component(8, a) * uz,
                    kz = component(7, a) * ux + component(8, a) * uy - trace * uz;
            v[0][a] += kx * w8, v[1][a] += ky * w8, v[2][a] += kz * w8;
            fold(a, term[3], kx * own_v(0, a) + ky * own_v(1, a) + kz * own_v(2, a));
        }
        set_term(1, e, term[0]), set_term(3, e, term[1]), set_term(4, e, term[2]), set_term(8, e, term[3]);
    }
    close_sums<W>(v, C, dx.v);

    V t[5][Across];
    open_sums<W>(starts, dx.t, C, t);
    for (int e = 0; e < edges.count; ++e) {
        const float *from = row(e), *own = x.t;
        const auto component = [&](int k, int a) { return load<W>(from + (9 * a + k) * W); };
        const auto own_t = [&](int k, int a) { return load<W>(own + k * C + a * W); };
        const float ux = edges.x[e], uy = edges.y[e], uz = edges.z[e], w5 = weight(5, e), w7 = weight(7, e);
        KEYWAY_ACROSS {
            const V gx = component(1, a), gy = component(2, a), gz = component(3, a), zz = gz * uz;
            const V xx = gx * ux - zz, yy = gy * uy - zz;
            t[0][a] += xx * w5, t[1][a] += yy * w5;
            fold(a, term[0], xx * own_t(0, a) + yy * own_t(1, a));
            const V xy = gx * uy + gy * ux, xz = gx * uz + gz * ux, yz = gy * uz + gz * uy;
            t[2][a] += xy * w5, t[3][a] += xz * w5, t[4][a] += yz * w5;
            term[0] += xy * own_t(2, a) + xz * own_t(3, a) + yz * own_t(4, a);
        }
        forget_loads();
        KEYWAY_ACROSS {
            const V xx = component(4, a), yy = component(5, a);
            t[0][a] += xx * w7, t[1][a] += yy * w7;
            fold(a, term[1], xx * own_t(0, a) + yy * own_t(1, a));
            const V xy = component(6, a), xz = component(7, a), yz = component(8, a);
            t[2][a] += xy * w7, t[3][a] += xz * w7, t[4][a] += yz * w7;
            term[1] += xy * own_t(2, a) + xz * own_t(3, a) + yz * own_t(4, a);
        }
        set_term(5, e, term[0]), set_term(7, e, term[1]);
    }
    close_sums<W>(t, C, dx.t);
}
#undef KEYWAY_ACROSS

/// Nothing is sent or received.
template <int W>
void clear(const Place<float>& x, std::int64_t channels) {
    store<W>(x.s, Vec<W>{});
    for (int k = 0; x.v && k < 3; ++k) store<W>(x.v + k * channels, Vec<W>{});
    for (int k = 0; x.t && k < 5; ++k) store<W>(x.t + k * channels, Vec<W>{});
}

/// Edges `first` up to `first + count`, as far as there are so many, numbered by `edge` or in order if null.
inline EdgeBatch batch_of(const EdgeList& graph, const std::int64_t* edge, std::int64_t first, int count) {
    EdgeBatch batch{.count = count};
    const std::int64_t last = first + count < graph.edges ? first + count - 1 : graph.edges - 1;
    for (int k = 0; k < kBatch; ++k) {
        const std::int64_t n = first + k < last ? first + k : last;
        batch.edge[k] = edge ? edge[n] : n;
    }
    return batch;
}

/// Starts to read what the next edges need: a sender's edges lie far apart. Inlined by force, or GCC 12 takes
/// the calls for calls without effect.
inline __attribute__((always_inline)) void prefetch(const EdgeList& graph, Channels size, const float* gates,
                                                    const EdgeBatch& batch) {
    for (std::int64_t e : batch.edge) {
        __builtin_prefetch(gates + e * size.heads);
        __builtin_prefetch(graph.length + e);
        __builtin_prefetch(graph.direction + 3 * e);
        __builtin_prefetch(graph.edge_class + e);
        __builtin_prefetch(graph.receiver + e);
    }
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
                           for (int c = 0; c < C; c += W)
                               clear<W>(place_of<float, Senders::all>(m, i, C, c), C);
                       if (count == 0) return;
                       const EdgeBatch batch = batch_of(graph, nullptr, first, count);
                       const Directions u = directions_of(graph, batch, graph.sender);
                       batch_weights(graph, size, in.radial, batch, gates, weight);
                       for (int h = 0; h < H; ++h) {
                           const Coefficients k = coefficients_of(u, weight + h, H);
                           for (int c = h * width; c < (h + 1) * width; c += Across * W)
                               receive<W, Across, senders>(u, k, scratch, C, c, starts,
                                                           place_of<float, Senders::all>(m, i, C, c));
                       }
                   });
}

/// Over senders j and the edges i <- j that they feed.
template <int W, int Across, Senders senders>
void backward(const EdgeList& graph, Channels size, const EdgeInput& in, const float* gates,
              const CartesianView& g, float* scratch, const EdgeGradient& gradient) {
    const int C = size.channels, H = size.heads, width = C / H;
    const CartesianOut& dx = gradient.x;
    Batch weight[kWeights], dweight[kWeights] = {};
    Vec<W> terms[kPaths * kBatch] = {};
    pack<W, Senders::all>(graph.receivers, C, g, scratch);
    for_each_batch(graph.senders, graph.sent_ptr,
                   [&](std::int64_t j, std::int64_t first, int count, bool starts) {
                       if (count == 0)
                           for (int c = 0; c < C; c += W) clear<W>(place_of<float, senders>(dx, j, C, c), C);
                       if (count == 0) return;
                       const EdgeBatch batch = batch_of(graph, graph.sent_edge, first, count);
                       prefetch(graph, size, gates, batch_of(graph, graph.sent_edge, first + count, kBatch));
                       const Directions u = directions_of(graph, batch, graph.receiver);
                       batch_weights(graph, size, in.radial, batch, gates, weight);
                       for (int h = 0; h < H; ++h) {
                           for (int c = h * width; c < (h + 1) * width; c += Across * W) {
                               const auto add = c == h * width ? send<W, Across, senders, Start::zero>
                                                               : send<W, Across, senders, Start::there>;
                               add(u, weight + h, H, scratch, place_of<const float, senders>(in.x, j, C, c),
                                   C, c, starts, place_of<float, senders>(dx, j, C, c), terms);
                           }
                           for (int p = 0; p < kPaths; ++p) dweight[p * H + h] = sums_of(terms + p * kBatch);
                       }
                       batch_weights_backward(graph, size, in.radial, batch, gates, dweight, gradient.gate);
                   });
}

/// Calls work with the registers that fit a head of `width` channels, and what senders hold.
template <class Work>
void with_kernels(int width, const float* vectors, const Work& work) {
    with_lanes(width, [&]<int W>() {
        const bool two = width % (2 * W) == 0;
        if (vectors && two) return work.template operator()<W, 2, Senders::all>();
        if (vectors) return work.template operator()<W, 1, Senders::all>();
        if (two) return work.template operator()<W, 2, Senders::scalars>();
        work.template operator()<W, 1, Senders::scalars>();
    });
}

}  // namespace

void edge_message(const EdgeList& graph, Channels size, const EdgeInput& in, float* gates, float* scratch,
                  const CartesianOut& m) {
    edge_gates(graph, size, in.gate, gates);
    const int width = size.channels / size.heads;
    with_kernels(width, in.x.v, [&]<int W, int Across, Senders senders>() {
        forward<W, Across, senders>(graph, size, in, gates, scratch, m);
    });
}

void edge_message_backward(const EdgeList& graph, Channels size, const EdgeInput& in, const float* gates,
                           const CartesianView& m_gradient, float* scratch, const EdgeGradient& gradient) {
    const std::int64_t table_size = in.radial.classes * in.radial.knots * kPaths * size.heads;
    for (std::int64_t k = 0; k < table_size; ++k) gradient.gate.table[k] = 0;
    for (int h = 0; h < size.heads; ++h) gradient.gate.bias[h] = 0;
    with_kernels(size.channels / size.heads, in.x.v, [&]<int W, int Across, Senders senders>() {
        backward<W, Across, senders>(graph, size, in, gates, m_gradient, scratch, gradient);
    });
    edge_gates_backward(graph, size, in.gate, gradient.gate);
}

}  // namespace keyway::ops::cpu::KEYWAY_ISA

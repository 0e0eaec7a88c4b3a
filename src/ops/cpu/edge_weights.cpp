/// Edge weights: cubic B-spline times smooth cutoff times sigmoid attention, and the adjoint.
#include "ops/cpu/edge_batch.hpp"
#include "ops/cpu/math.hpp"

namespace keyway::ops::cpu::KEYWAY_ISA {
namespace {

/// Eight edges: the four basis values, env(r) * scale, and the table row where the values start.
struct Radial {
    Batch basis[4], envelope;
    std::int64_t row[kBatch];
};

inline Radial radial_of(const EdgeList& graph, const RadialTable& radial, const EdgeBatch& batch) {
    using Whole = int __attribute__((vector_size(4 * kBatch)));
    Batch r;
    for (int k = 0; k < kBatch; ++k) r[k] = graph.length[batch.edge[k]];
    const Batch x = r * (static_cast<float>(radial.knots - 3) / radial.cutoff_angstrom);
    const int last = static_cast<int>(radial.knots) - 4;
    Whole interval = __builtin_convertvector(x, Whole);  // x is not negative
    interval = interval > last ? last - Whole{} : interval;
    const Batch f = x - __builtin_convertvector(interval, Batch), f2 = f * f, f3 = f2 * f, g = 1.0f - f;
    const Batch y = r < radial.cutoff_angstrom ? r / radial.cutoff_angstrom : broadcast<kBatch>(1);
    const Batch y2 = y * y, y6 = y2 * y2 * y2;
    constexpr float kSixth = 1.0f / 6;
    Radial out;
    out.basis[0] = g * g * g * kSixth;
    out.basis[1] = (3.0f * f3 - 6.0f * f2 + 4.0f) * kSixth;
    out.basis[2] = (3.0f * (f2 - f3 + f) + 1.0f) * kSixth;
    out.basis[3] = f3 * kSixth;
    out.envelope = (1.0f - y6 * (28.0f - y * (48.0f - 21.0f * y))) * radial.scale;
    for (int k = 0; k < kBatch; ++k)
        out.row[k] = graph.edge_class[batch.edge[k]] * radial.knots + interval[k];
    return out;
}

/// Calls work with the number of heads, where the compiler shall know it (0: any other), and how many lie
/// side by side in a register.
template <class Work>
inline void with_heads(int heads, const Work& work) {
    if (heads == 8) return work.template operator()<8, 8>();
    if (heads == 4) return work.template operator()<4, 4>();
    if (heads % 4 == 0) return work.template operator()<0, 4>();
    work.template operator()<0, 1>();
}

/// sigmoid(...) of every edge for `kHeads` heads from `first` on.
template <int W, int kHeads>
void gates_forward(const EdgeList& graph, Channels size, const EdgeGate& gate, int first, float* gates) {
    const int H = size.heads, width = size.channels / H;
    const float scale = 1.0f / __builtin_sqrtf(static_cast<float>(width));
    Batch bias{};
    for (int h = 0; h < kHeads; ++h) bias[h] = gate.bias[first + h];
    for (std::int64_t i = 0; i < graph.receivers; ++i)
        for (std::int64_t e = graph.ptr[i]; e < graph.ptr[i + 1]; ++e) {
            const float *q = gate.query + i * size.channels + first * width,
                        *k = gate.key + graph.sender[e] * size.channels + first * width;
            Vec<W> product[kBatch] = {};
            for (int c = 0; c < width; c += W)
#pragma GCC unroll 8
                for (int h = 0; h < kHeads; ++h)
                    product[h] += load<W>(q + h * width + c) * load<W>(k + h * width + c);
            const Batch value = sigmoid_of<kBatch>(sums_of(product) * scale + bias);
            for (int h = 0; h < kHeads; ++h) gates[e * H + first + h] = value[h];
        }
}

template <int kHeads, int Side>
void weights(const EdgeList& graph, int heads, const RadialTable& radial, const EdgeBatch& batch,
             const float* gates, Batch* weight) {
    const std::int64_t H = kHeads ? kHeads : heads, row = kPaths * H;
    const Radial at = radial_of(graph, radial, batch);
    float rows[kBatch][kWeights];
    for (std::int64_t n = row; n % kBatch != 0; ++n)
        for (int k = 0; k < kBatch; ++k) rows[k][n] = 0;
    for (int k = 0; k < batch.count; ++k)
        for (int h = 0; h < H; h += Side) {
            const float b0 = at.basis[0][k], b1 = at.basis[1][k], b2 = at.basis[2][k], b3 = at.basis[3][k];
            const Vec<Side> gate = load<Side>(gates + batch.edge[k] * H + h) * at.envelope[k];
            const float* r = radial.table + at.row[k] * row + h;
            float* to = rows[k] + h;
            for (int p = 0; p < kPaths; ++p, r += H, to += H)
                store<Side>(to, gate * (b0 * load<Side>(r) + b1 * load<Side>(r + row) +
                                        b2 * load<Side>(r + 2 * row) + b3 * load<Side>(r + 3 * row)));
        }
    for (std::int64_t n = 0; n < row; n += kBatch) {
        Batch block[kBatch];
        for (int k = 0; k < kBatch; ++k) block[k] = k < batch.count ? load<kBatch>(rows[k] + n) : Batch{};
        transpose(block);
        for (int k = 0; k < kBatch; ++k) weight[n + k] = block[k];
    }
}

template <int kHeads, int Side>
void weights_backward(const EdgeList& graph, int heads, const RadialTable& radial, const EdgeBatch& batch,
                      const float* gates, const Batch* weight_gradient, const EdgeGateGradient& gradient) {
    const std::int64_t H = kHeads ? kHeads : heads, row = kPaths * H;
    const Radial at = radial_of(graph, radial, batch);
    float rows[kBatch][kWeights];
    for (std::int64_t n = 0; n < row; n += kBatch) {
        Batch block[kBatch];
        for (int k = 0; k < kBatch; ++k) block[k] = weight_gradient[n + k];
        transpose(block);
        for (int k = 0; k < kBatch; ++k) store<kBatch>(rows[k] + n, block[k]);
    }
    for (int k = 0; k < batch.count; ++k)
        for (int h = 0; h < H; h += Side) {
            const float b0 = at.basis[0][k], b1 = at.basis[1][k], b2 = at.basis[2][k], b3 = at.basis[3][k];
            const std::int64_t first = at.row[k] * row + h, of_edge = batch.edge[k] * H + h;
            const Vec<Side> own = load<Side>(gates + of_edge), gate = own * at.envelope[k];
            Vec<Side> dgate{};
            const float *r = radial.table + first, *from = rows[k] + h;
            float* __restrict to = gradient.table + first;
            for (int p = 0; p < kPaths; ++p, r += H, from += H, to += H) {
                const Vec<Side> dw = load<Side>(from), dr = dw * gate;
                dgate += dw * (b0 * load<Side>(r) + b1 * load<Side>(r + row) + b2 * load<Side>(r + 2 * row) +
                               b3 * load<Side>(r + 3 * row));
                add_to<Side>(to, b0 * dr), add_to<Side>(to + row, b1 * dr);
                add_to<Side>(to + 2 * row, b2 * dr), add_to<Side>(to + 3 * row, b3 * dr);
            }
            const Vec<Side> dlogit = dgate * gate * (1.0f - own);
            store<Side>(gradient.logit + of_edge, dlogit);
            add_to<Side>(gradient.bias + h, dlogit);
        }
}

/// One end of all edges: the edges of each of its rows (numbered by `edge`, or in order if null), and what
/// lies at the other end.
struct End {
    std::int64_t rows;
    const std::int64_t *ptr, *edge, *other;
    const float* x;   ///< [others, C]
    float* gradient;  ///< [rows, C]
};

/// dq of receivers, or dk of senders: `Across` registers of channels from `first` on.
template <int W, int Across>
inline void gate_gradient(const End& end, Channels size, const float* logit_gradient, std::int64_t i,
                          int first) {
    const int H = size.heads, C = size.channels, width = C / H;
    const float scale = 1.0f / __builtin_sqrtf(static_cast<float>(width));
    Vec<W> sum[Across] = {};
    int head[Across];
    for (int k = 0; k < Across; ++k) head[k] = (first + k * W) / width;
    for (std::int64_t n = end.ptr[i]; n < end.ptr[i + 1]; ++n) {
        const std::int64_t e = end.edge ? end.edge[n] : n;
        const float *x = end.x + end.other[e] * C + first, *g = logit_gradient + e * H;
#pragma GCC unroll 8
        for (int k = 0; k < Across; ++k) sum[k] += load<W>(x + k * W) * g[head[k]];
    }
    for (int k = 0; k < Across; ++k) store<W>(end.gradient + i * C + first + k * W, sum[k] * scale);
}

template <int W>
void gates_backward(const End& end, Channels size, const float* logit_gradient) {
    for (std::int64_t i = 0; i < end.rows; ++i) {
        int c = 0;
        for (; c + 8 * W <= size.channels; c += 8 * W) gate_gradient<W, 8>(end, size, logit_gradient, i, c);
        for (; c < size.channels; c += W) gate_gradient<W, 1>(end, size, logit_gradient, i, c);
    }
}

}  // namespace

void batch_weights(const EdgeList& graph, Channels size, const RadialTable& radial, const EdgeBatch& batch,
                   const float* gates, Batch* weight) {
    with_heads(size.heads, [&]<int kHeads, int Side>() {
        weights<kHeads, Side>(graph, size.heads, radial, batch, gates, weight);
    });
}

void batch_weights_backward(const EdgeList& graph, Channels size, const RadialTable& radial,
                            const EdgeBatch& batch, const float* gates, const Batch* weight_gradient,
                            const EdgeGateGradient& gradient) {
    with_heads(size.heads, [&]<int kHeads, int Side>() {
        weights_backward<kHeads, Side>(graph, size.heads, radial, batch, gates, weight_gradient, gradient);
    });
}

void edge_gates(const EdgeList& graph, Channels size, const EdgeGate& gate, float* gates) {
    with_lanes(size.channels / size.heads, [&]<int W>() {
        with_heads(size.heads, [&]<int kHeads, int Side>() {
            for (int h = 0; h < size.heads; h += Side) gates_forward<W, Side>(graph, size, gate, h, gates);
        });
    });
}

void edge_gates_backward(const EdgeList& graph, Channels size, const EdgeGate& gate,
                         const EdgeGateGradient& gradient) {
    const End ends[] = {
        {graph.receivers, graph.ptr, nullptr, graph.sender, gate.key, gradient.query},
        {graph.senders, graph.sent_ptr, graph.sent_edge, graph.receiver, gate.query, gradient.key}};
    for (const End& end : ends)
        with_lanes(size.channels / size.heads,
                   [&]<int W>() { gates_backward<W>(end, size, gradient.logit); });
}

}  // namespace keyway::ops::cpu::KEYWAY_ISA

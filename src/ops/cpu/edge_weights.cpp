/// Edge weights: cubic B-spline times smooth cutoff times sigmoid attention, and the adjoint.
#include "ops/cpu/edge_batch.hpp"
#include "ops/cpu/math.hpp"

namespace keyway::ops::cpu::KEYWAY_ISA {
namespace {

/// The four basis values of an edge, the table row where they start, and env(r) * scale.
struct Radial {
    float basis[4];
    const float* rows = nullptr;
    std::int64_t first_row = 0;
    float envelope = 0;
};

inline Radial radial_at(const EdgeList& graph, const RadialTable& radial, std::int64_t e,
                        std::int64_t row_size) {
    const float r = graph.length[e];
    const float x = r * (static_cast<float>(radial.knots - 3) / radial.cutoff_angstrom);
    std::int64_t interval = static_cast<std::int64_t>(x);  // x is not negative
    if (interval > radial.knots - 4) interval = radial.knots - 4;
    const float f = x - static_cast<float>(interval), f2 = f * f, f3 = f2 * f, g = 1 - f;
    const float y = r < radial.cutoff_angstrom ? r / radial.cutoff_angstrom : 1.0f;
    const float y2 = y * y, y6 = y2 * y2 * y2;
    Radial out;
    out.basis[0] = g * g * g / 6;
    out.basis[1] = (3 * f3 - 6 * f2 + 4) / 6;
    out.basis[2] = (3 * (f2 - f3 + f) + 1) / 6;
    out.basis[3] = f3 / 6;
    out.first_row = graph.edge_class[e] * radial.knots + interval;
    out.rows = radial.table + out.first_row * row_size;
    out.envelope = (1 - y6 * (28 - y * (48 - 21 * y))) * radial.scale;
    return out;
}

/// Numbers of heads that the compiler knows make straight code; 0 stands for any other.
template <class Work>
inline void with_heads(int heads, const Work& work) {
    if (heads == 8) return work.template operator()<8>();
    if (heads == 4) return work.template operator()<4>();
    work.template operator()<0>();
}

template <int W>
void gates_forward(const EdgeList& graph, Channels size, const EdgeGate& gate, float* gates) {
    const int H = size.heads, width = size.channels / H;
    const float scale = 1.0f / __builtin_sqrtf(static_cast<float>(width));
    for (std::int64_t i = 0; i < graph.receivers; ++i)
        for (std::int64_t e = graph.ptr[i]; e < graph.ptr[i + 1]; ++e)
            for (int first = 0; first < H; first += kBatch) {
                const int count = H - first < kBatch ? H - first : kBatch;
                const float *q = gate.query + i * size.channels + first * width,
                            *k = gate.key + graph.sender[e] * size.channels + first * width;
                Vec<W> product[kBatch];
                Batch bias{};
                for (int h = 0; h < kBatch; ++h) {
                    product[h] = Vec<W>{};
                    if (h >= count) continue;
                    for (int c = h * width; c < (h + 1) * width; c += W)
                        product[h] += load<W>(q + c) * load<W>(k + c);
                    bias[h] = gate.bias[first + h];
                }
                const Batch value = sigmoid_of<kBatch>(sums_of(product) * scale + bias);
                for (int h = 0; h < count; ++h) gates[e * H + first + h] = value[h];
            }
}

template <int kHeads>
void weights(const EdgeList& graph, int heads, const RadialTable& radial, const EdgeBatch& batch,
             const float* gates, Batch* weight) {
    const int H = kHeads ? kHeads : heads, row = kPaths * H;
    float rows[kBatch][kWeights];
    for (int k = 0; k < batch.count; ++k) {
        const std::int64_t e = batch.edge[k];
        const Radial at = radial_at(graph, radial, e, row);
        float gate[kMaxHeads];
        for (int n = row; n % kBatch != 0; ++n) rows[k][n] = 0;
        for (int h = 0; h < H; ++h) gate[h] = gates[e * H + h] * at.envelope;
        for (int p = 0; p < kPaths; ++p)
            for (int h = 0; h < H; ++h) {
                const float* r = at.rows + p * H + h;
                rows[k][p * H + h] = gate[h] * (at.basis[0] * r[0] + at.basis[1] * r[row] +
                                                at.basis[2] * r[2 * row] + at.basis[3] * r[3 * row]);
            }
    }
    for (int n = 0; n < row; n += kBatch) {
        Batch block[kBatch];
        for (int k = 0; k < kBatch; ++k) block[k] = k < batch.count ? load<kBatch>(rows[k] + n) : Batch{};
        transpose(block);
        for (int k = 0; k < kBatch; ++k) weight[n + k] = block[k];
    }
}

template <int kHeads>
void weights_backward(const EdgeList& graph, int heads, const RadialTable& radial, const EdgeBatch& batch,
                      const float* gates, const Batch* weight_gradient, const EdgeGateGradient& gradient) {
    const int H = kHeads ? kHeads : heads, row = kPaths * H;
    float rows[kBatch][kWeights];
    for (int n = 0; n < row; n += kBatch) {
        Batch block[kBatch];
        for (int k = 0; k < kBatch; ++k) block[k] = weight_gradient[n + k];
        transpose(block);
        for (int k = 0; k < kBatch; ++k) store<kBatch>(rows[k] + n, block[k]);
    }
    for (int k = 0; k < batch.count; ++k) {
        const std::int64_t e = batch.edge[k];
        const Radial at = radial_at(graph, radial, e, row);
        const float *own = gates + e * H, *dw = rows[k];
        float* __restrict dtable = gradient.table + at.first_row * row;
        float gate[kMaxHeads], dgate[kMaxHeads];
        for (int h = 0; h < H; ++h) gate[h] = own[h] * at.envelope, dgate[h] = 0;
        for (int p = 0; p < kPaths; ++p)
            for (int h = 0; h < H; ++h) {
                const int at_ph = p * H + h;
                const float* r = at.rows + at_ph;
                dgate[h] += dw[at_ph] * (at.basis[0] * r[0] + at.basis[1] * r[row] +
                                         at.basis[2] * r[2 * row] + at.basis[3] * r[3 * row]);
                const float dr = dw[at_ph] * gate[h];
                dtable[at_ph] += at.basis[0] * dr;
                dtable[row + at_ph] += at.basis[1] * dr;
                dtable[2 * row + at_ph] += at.basis[2] * dr;
                dtable[3 * row + at_ph] += at.basis[3] * dr;
            }
        for (int h = 0; h < H; ++h) {
            const float dlogit = dgate[h] * gate[h] * (1 - own[h]);
            gradient.logit[e * H + h] = dlogit;
            gradient.bias[h] += dlogit;
        }
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

/// dq of receivers, or dk of senders, `Across` registers of a head at a time.
template <int W, int Across>
void gates_backward(const End& end, Channels size, const float* logit_gradient) {
    const int H = size.heads, C = size.channels, width = C / H;
    const float scale = 1.0f / __builtin_sqrtf(static_cast<float>(width));
    for (std::int64_t i = 0; i < end.rows; ++i)
        for (int h = 0; h < H; ++h)
            for (int c = h * width; c < (h + 1) * width; c += W * Across) {
                Vec<W> sum[Across] = {};
                for (std::int64_t n = end.ptr[i]; n < end.ptr[i + 1]; ++n) {
                    const std::int64_t e = end.edge ? end.edge[n] : n;
                    const float* x = end.x + end.other[e] * C + c;
                    const float g = logit_gradient[e * H + h];
                    for (int k = 0; k < Across; ++k) sum[k] += load<W>(x + k * W) * g;
                }
                for (int k = 0; k < Across; ++k) store<W>(end.gradient + i * C + c + k * W, sum[k] * scale);
            }
}

}  // namespace

void batch_weights(const EdgeList& graph, Channels size, const RadialTable& radial, const EdgeBatch& batch,
                   const float* gates, Batch* weight) {
    with_heads(size.heads, [&]<int H>() { weights<H>(graph, size.heads, radial, batch, gates, weight); });
}

void batch_weights_backward(const EdgeList& graph, Channels size, const RadialTable& radial,
                            const EdgeBatch& batch, const float* gates, const Batch* weight_gradient,
                            const EdgeGateGradient& gradient) {
    with_heads(size.heads, [&]<int H>() {
        weights_backward<H>(graph, size.heads, radial, batch, gates, weight_gradient, gradient);
    });
}

void edge_gates(const EdgeList& graph, Channels size, const EdgeGate& gate, float* gates) {
    with_lanes(size.channels / size.heads, [&]<int W>() { gates_forward<W>(graph, size, gate, gates); });
}

void edge_gates_backward(const EdgeList& graph, Channels size, const EdgeGate& gate,
                         const EdgeGateGradient& gradient) {
    const End ends[] = {
        {graph.receivers, graph.ptr, nullptr, graph.sender, gate.key, gradient.query},
        {graph.senders, graph.sent_ptr, graph.sent_edge, graph.receiver, gate.query, gradient.key}};
    const int width = size.channels / size.heads;
    for (const End& end : ends)
        with_lanes(width, [&]<int W>() {
            if (width % (2 * W) == 0)
                gates_backward<W, 2>(end, size, gradient.logit);
            else
                gates_backward<W, 1>(end, size, gradient.logit);
        });
}

}  // namespace keyway::ops::cpu::KEYWAY_ISA

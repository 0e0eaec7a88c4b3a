/// Edge weights: cubic B-spline times smooth cutoff times sigmoid attention, and the adjoint.
#include "ops/cpu/edge_conv.hpp"

namespace keyway::ops::cpu::KEYWAY_ISA {
namespace {

constexpr int kPaths = 9;

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

/// sigmoid(q_i . k_j / sqrt(width) + bias) for every head.
template <int W>
inline void gates_of(const EdgeGate& gate, Channels size, std::int64_t i, std::int64_t j, float* out) {
    const int width = size.channels / size.heads;
    const float scale = 1.0f / __builtin_sqrtf(static_cast<float>(width));
    const float *q = gate.query + i * size.channels, *k = gate.key + j * size.channels;
    for (int h = 0; h < size.heads; ++h) {
        Vec<W> sum{};
        for (int c = 0; c < width; c += W) sum += load<W>(q + h * width + c) * load<W>(k + h * width + c);
        out[h] = -(sum_of(sum) * scale + gate.bias[h]);
    }
    for (int h = 0; h < size.heads; ++h) out[h] = 1.0f / (1.0f + __builtin_expf(out[h]));
}

template <int W>
void weights_forward(const EdgeList& graph, Channels size, const EdgeGate& gate, const RadialTable& radial,
                     float* weights) {
    const int H = size.heads, row = kPaths * H;
    float gates[kMaxHeads];
    for (std::int64_t i = 0; i < graph.atoms; ++i)
        for (std::int64_t e = graph.ptr[i]; e < graph.ptr[i + 1]; ++e) {
            const Radial at = radial_at(graph, radial, e, row);
            gates_of<W>(gate, size, i, graph.sender[e], gates);
            for (int h = 0; h < H; ++h) gates[h] *= at.envelope;
            float* w = weights + e * row;
            for (int p = 0; p < kPaths; ++p)
                for (int h = 0; h < H; ++h) {
                    const float* r = at.rows + p * H + h;
                    w[p * H + h] = gates[h] * (at.basis[0] * r[0] + at.basis[1] * r[row] +
                                               at.basis[2] * r[2 * row] + at.basis[3] * r[3 * row]);
                }
        }
}

/// dlogit and dtable in receiver order; then dq over receivers and dk over senders (through `reverse`).
template <int W>
void weights_backward(const EdgeList& graph, Channels size, const EdgeGate& gate, const RadialTable& radial,
                      const float* weights_gradient, const EdgeGateGradient& gradient) {
    const int H = size.heads, C = size.channels, width = C / H, row = kPaths * H;
    const float scale = 1.0f / __builtin_sqrtf(static_cast<float>(width));
    const std::int64_t table_size = radial.classes * radial.knots * row;
    for (std::int64_t k = 0; k < table_size; ++k) gradient.table[k] = 0;
    for (int h = 0; h < H; ++h) gradient.bias[h] = 0;

    float gates[kMaxHeads], dgate[kMaxHeads];
    for (std::int64_t i = 0; i < graph.atoms; ++i)
        for (std::int64_t e = graph.ptr[i]; e < graph.ptr[i + 1]; ++e) {
            const Radial at = radial_at(graph, radial, e, row);
            gates_of<W>(gate, size, i, graph.sender[e], gates);
            const float* dw = weights_gradient + e * row;
            float* dtable = gradient.table + at.first_row * row;
            for (int h = 0; h < H; ++h) dgate[h] = 0;
            for (int p = 0; p < kPaths; ++p)
                for (int h = 0; h < H; ++h) {
                    const int at_ph = p * H + h;
                    const float* r = at.rows + at_ph;
                    dgate[h] += dw[at_ph] * (at.basis[0] * r[0] + at.basis[1] * r[row] +
                                             at.basis[2] * r[2 * row] + at.basis[3] * r[3 * row]);
                    const float dr = dw[at_ph] * gates[h] * at.envelope;
                    dtable[at_ph] += at.basis[0] * dr;
                    dtable[row + at_ph] += at.basis[1] * dr;
                    dtable[2 * row + at_ph] += at.basis[2] * dr;
                    dtable[3 * row + at_ph] += at.basis[3] * dr;
                }
            for (int h = 0; h < H; ++h) {
                const float dlogit = dgate[h] * at.envelope * gates[h] * (1 - gates[h]);
                gradient.logit[e * H + h] = dlogit;
                gradient.bias[h] += dlogit;
            }
        }
    for (std::int64_t i = 0; i < graph.atoms; ++i)
        for (int h = 0; h < H; ++h)
            for (int c = h * width; c < (h + 1) * width; c += W) {
                Vec<W> dq{}, dk{};
                for (std::int64_t e = graph.ptr[i]; e < graph.ptr[i + 1]; ++e) {
                    const std::int64_t other = graph.sender[e];
                    dq += load<W>(gate.key + other * C + c) * gradient.logit[e * H + h];
                    dk += load<W>(gate.query + other * C + c) * gradient.logit[graph.reverse[e] * H + h];
                }
                store<W>(gradient.query + i * C + c, dq * scale);
                store<W>(gradient.key + i * C + c, dk * scale);
            }
}

}  // namespace

void edge_weights(const EdgeList& graph, Channels size, const EdgeGate& gate, const RadialTable& radial,
                  float* weights) {
    with_lanes(size.channels / size.heads,
               [&]<int W>() { weights_forward<W>(graph, size, gate, radial, weights); });
}

void edge_weights_backward(const EdgeList& graph, Channels size, const EdgeGate& gate,
                           const RadialTable& radial, const float* weights_gradient,
                           const EdgeGateGradient& gradient) {
    with_lanes(size.channels / size.heads,
               [&]<int W>() { weights_backward<W>(graph, size, gate, radial, weights_gradient, gradient); });
}

}  // namespace keyway::ops::cpu::KEYWAY_ISA

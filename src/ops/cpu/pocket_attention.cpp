/// One ligand and one pocket: attention, the ligand's answer, and the sum over pairs.
#include "ops/cpu/ligand_kernels.hpp"
#include "ops/cpu/math.hpp"
#include "ops/cpu/tile.hpp"

namespace keyway::ops::cpu::KEYWAY_ISA {
namespace {

constexpr int W = kRegisterLanes;  // divides token_step

/// <a row, b column> of every atom and token. -> [atoms, token_step]
inline void logits(const Heads& size, Rows atom, std::int64_t first, std::int64_t width, const float* token,
                   float* out) {
    const Product product{atom.data + first, atom.step, 1, token + first * size.token_step,
                          size.token_step,   width};
    const std::int64_t step = size.token_step;
    multiply<W>(product, size.atoms, step,
                [=](std::int64_t row, std::int64_t n, Vec<W> sum) { store<W>(out + row * step + n, sum); });
}

inline void add_all(std::int64_t n, const float* x, float* y) {
    for (std::int64_t k = 0; k < n; k += W) add_to<W>(y + k, load<W>(x + k));
}

/// Each row becomes exp(row - its largest); scale gets one over their sums. What stands in the padding ends
/// up below 1e-37, beneath the rounding of a sum that is at least one. Rows side by side hide each other's
/// latency.
template <int Rows>
inline void exp_rows(const Heads& size, float* x, float* scale) {
    const std::int64_t step = size.token_step;
    Vec<W> most[Rows], sum[Rows] = {};
    float largest[Rows];
    for (int a = 0; a < Rows; ++a) {
        for (std::int64_t t = size.tokens; t < step; ++t) x[a * step + t] = -1e30f;
        most[a] = load<W>(x + a * step);
    }
    for (std::int64_t t = W; t < step; t += W)
        for (int a = 0; a < Rows; ++a) most[a] = larger<W>(most[a], load<W>(x + a * step + t));
    for (int a = 0; a < Rows; ++a) largest[a] = most_of(most[a]);
    for (std::int64_t t = 0; t < step; t += W)
        for (int a = 0; a < Rows; ++a) {
            const Vec<W> e = exp_of<W>(load<W>(x + a * step + t) - largest[a]);
            store<W>(x + a * step + t, e);
            sum[a] += e;
        }
    for (int a = 0; a < Rows; ++a) scale[a] = 1.0f / sum_of(sum[a]);
}

/// Each column [atoms, Across W] becomes exp(column - its largest); scale gets one over their sums.
template <int Across>
inline void exp_columns(std::int64_t atoms, float* x, float* scale) {
    constexpr std::int64_t kStep = Across * W;
    Vec<W> most[Across], sum[Across] = {};
    for (int v = 0; v < Across; ++v) most[v] = load<W>(x + v * W);
    for (std::int64_t a = 1; a < atoms; ++a)
        for (int v = 0; v < Across; ++v) most[v] = larger<W>(most[v], load<W>(x + a * kStep + v * W));
    for (std::int64_t a = 0; a < atoms; ++a)
        for (int v = 0; v < Across; ++v) {
            const Vec<W> e = exp_of<W>(load<W>(x + a * kStep + v * W) - most[v]);
            store<W>(x + a * kStep + v * W, e);
            sum[v] += e;
        }
    for (int v = 0; v < Across; ++v) store<W>(scale + v * W, 1.0f / sum[v]);
}

/// Rows of changes: added to earlier ones, kept, and added to what they change.
struct Changed {
    const float *base, *earlier;  // earlier null: none
    float *change, *result;       // change null: not kept
    std::int64_t step;

    Changed(const float* base_in, const float* earlier_in, float* change_in, float* result_in,
            std::int64_t at, std::int64_t step_in)
        : base(base_in + at),
          earlier(earlier_in ? earlier_in + at : nullptr),
          change(change_in ? change_in + at : nullptr),
          result(result_in + at),
          step(step_in) {}

    template <int V>
    __attribute__((always_inline)) void add(std::int64_t row, std::int64_t n, Vec<V> sum) const {
        const std::int64_t at = row * step + n;
        if (earlier) sum += load<V>(earlier + at);
        if (change) store<V>(change + at, sum);
        store<V>(result + at, load<V>(base + at) + sum);
    }
};

/// The answers of head `h` to the Across W tokens from `first` on: softmax over atoms, key and value changes.
template <int Across>
inline void answer_tokens(const Heads& size, const Answer& work, std::int64_t h, std::int64_t first) {
    constexpr std::int64_t kStep = Across * W;
    float *weight = size.scratch, scale_of[kStep];
    const std::int64_t width = size.width, step = size.token_step,
                       tokens = size.tokens - first < kStep ? size.tokens - first : kStep;
    const Product asked{
        work.key.data + h * width, work.key.step, 1, work.query + h * width * step + first, step, width};
    strip<W, Across>(asked, Tiling(size.atoms), 0, [=](std::int64_t row, std::int64_t n, Vec<W> sum) {
        store<W>(weight + row * kStep + n, sum);
    });
    exp_columns<Across>(size.atoms, weight, scale_of);

    const float *value = work.value.data + 2 * h * width, *scale = scale_of;
    const Changed key(work.base.key, work.earlier.key, work.change.key, work.result.key,
                      h * width * step + first, step);
    const Product keys{value, 1, work.value.step, weight, kStep, size.atoms};  // [e, tokens]
    strip<W, Across>(keys, Tiling(width), 0, [=](std::int64_t row, std::int64_t n, Vec<W> sum) {
        key.add<W>(row, n, sum * load<W>(scale + n));
    });
    const Changed seen(work.base.value, work.earlier.value, work.change.value, work.result.value,
                       (h * step + first) * width, width);
    const Product values{weight, 1, kStep, value + width, work.value.step, size.atoms};  // [tokens, e]
    with_lanes(static_cast<int>(width), [&]<int V>() {
        multiply<V>(values, tokens, width, [=](std::int64_t row, std::int64_t n, Vec<V> sum) {
            seen.add<V>(row, n, sum * scale[row]);
        });
    });
}

}  // namespace

void attend(const Heads& size, Rows query, const KeyValue& pocket, Rows y) {
    const std::int64_t step = size.token_step;
    float *weight = size.scratch, scale_of[kTileRows];
    const float* scale = scale_of;
    const Tiling tiling(size.atoms);
    for (std::int64_t h = 0; h < size.heads; ++h)
        // Few atoms at a time: their weights stay in the nearest cache.
        for (std::int64_t first = 0, atoms; first < size.atoms; first += atoms) {
            atoms = tiling.height + (first < (tiling.height + 1) * tiling.higher ? 1 : 0);
            const Product asked{query[first] + h * size.width,      query.step, 1,
                                pocket.key + h * size.width * step, step,       size.width};
            multiply<W>(asked, atoms, step, [=](std::int64_t row, std::int64_t n, Vec<W> sum) {
                store<W>(weight + row * step + n, sum);
            });
            if (size.bias) add_all(atoms * step, size.bias + (h * size.atoms + first) * step, weight);
            std::int64_t a = 0;
            for (; a + 2 <= atoms; a += 2) exp_rows<2>(size, weight + a * step, scale_of + a);
            if (a < atoms) exp_rows<1>(size, weight + a * step, scale_of + a);
            const Rows out{y[first] + h * size.width, y.step};
            const Product seen{weight,     step,       1, pocket.value + h * step * size.width,
                               size.width, size.tokens};
            with_lanes(static_cast<int>(size.width), [&]<int V>() {
                multiply<V>(seen, atoms, size.width, [=](std::int64_t row, std::int64_t n, Vec<V> sum) {
                    store<V>(out[row] + n, sum * scale[row]);
                });
            });
        }
}

void answer(const Heads& size, const Answer& work) {
    for (std::int64_t h = 0; h < size.heads; ++h) {
        std::int64_t first = 0;
        for (; first + 2 * W <= size.token_step; first += 2 * W) answer_tokens<2>(size, work, h, first);
        if (first < size.token_step) answer_tokens<1>(size, work, h, first);
    }
}

float pair_sum(const Heads& size, const PairTerms& terms) {
    float *gate = terms.scratch, *energy = gate + size.atoms * size.token_step;
    logits(size, terms.atom_gate, 0, terms.width, terms.token_gate, gate);
    if (terms.pair_bias) add_all(size.atoms * size.token_step, terms.pair_bias, gate);
    logits(size, terms.atom_energy, 0, terms.width, terms.token_energy, energy);
    Vec<W> sum{};
    for (std::int64_t k = 0; k < size.atoms * size.token_step; k += W)
        sum += sigmoid_of<W>(load<W>(gate + k) + terms.gate_bias) * load<W>(energy + k);
    return sum_of(sum);
}

}  // namespace keyway::ops::cpu::KEYWAY_ISA

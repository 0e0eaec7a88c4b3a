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
    multiply<W>(product, size.atoms, size.token_step, [&](std::int64_t row, std::int64_t n, Vec<W> sum) {
        store<W>(out + row * size.token_step + n, sum);
    });
}

inline void add_all(const Heads& size, const float* x, float* y) {
    for (std::int64_t k = 0; k < size.atoms * size.token_step; k += W) add_to<W>(y + k, load<W>(x + k));
}

inline float largest_of(const float* x, std::int64_t n) {
    Vec<W> most = load<W>(x);
    for (std::int64_t k = W; k < n; k += W) most = larger<W>(most, load<W>(x + k));
    return most_of(most);
}

/// Row becomes exp(row - largest); the return value is one over its sum. What stands in the padding ends up
/// below 1e-37, beneath the rounding of a sum that is at least one.
inline float exp_row(const Heads& size, float* row) {
    for (std::int64_t t = size.tokens; t < size.token_step; ++t) row[t] = -1e30f;
    const float largest = largest_of(row, size.token_step);
    Vec<W> sum{};
    for (std::int64_t t = 0; t < size.token_step; t += W) {
        const Vec<W> x = exp_of<W>(load<W>(row + t) - largest);
        store<W>(row + t, x);
        sum += x;
    }
    return 1.0f / sum_of(sum);
}

/// Softmax over the atoms of each token.
inline void softmax_columns(const Heads& size, float* x) {
    for (std::int64_t t = 0; t < size.token_step; t += W) {
        Vec<W> most = load<W>(x + t), sum{};
        for (std::int64_t a = 1; a < size.atoms; ++a)
            most = larger<W>(most, load<W>(x + a * size.token_step + t));
        for (std::int64_t a = 0; a < size.atoms; ++a) {
            const Vec<W> p = exp_of<W>(load<W>(x + a * size.token_step + t) - most);
            store<W>(x + a * size.token_step + t, p);
            sum += p;
        }
        const Vec<W> scale = 1.0f / sum;
        for (std::int64_t a = 0; a < size.atoms; ++a) {
            float* p = x + a * size.token_step + t;
            store<W>(p, load<W>(p) * scale);
        }
    }
}

}  // namespace

void attend(const Heads& size, Rows query, const KeyValue& pocket, Rows y) {
    float *weight = size.scratch, *scale = weight + size.atoms * size.token_step;
    for (std::int64_t h = 0; h < size.heads; ++h) {
        logits(size, query, h * size.width, size.width, pocket.key, weight);
        if (size.bias) add_all(size, size.bias + h * size.atoms * size.token_step, weight);
        for (std::int64_t a = 0; a < size.atoms; ++a) scale[a] = exp_row(size, weight + a * size.token_step);
        const Product product{weight,     size.token_step, 1, pocket.value + h * size.token_step * size.width,
                              size.width, size.tokens};
        with_lanes(static_cast<int>(size.width), [&]<int V>() {
            multiply<V>(product, size.atoms, size.width, [&](std::int64_t row, std::int64_t n, Vec<V> sum) {
                store<V>(y[row] + h * size.width + n, sum * scale[row]);
            });
        });
    }
}

void answer(const Heads& size, const Answer& work) {
    float* weight = size.scratch;
    for (std::int64_t h = 0; h < size.heads; ++h) {
        logits(size, work.key, h * size.width, size.width, work.query, weight);
        softmax_columns(size, weight);
        const auto keep = [&]<int V>(std::int64_t at, Vec<V> sum, const float* base, const float* earlier,
                                     float* change, float* result) {
            if (earlier) sum += load<V>(earlier + at);
            if (change) store<V>(change + at, sum);
            store<V>(result + at, load<V>(base + at) + sum);
        };
        const float* value = work.value.data + 2 * h * size.width;
        const Product keys{value, 1, work.value.step, weight, size.token_step, size.atoms};  // [e, tokens]
        multiply<W>(keys, size.width, size.token_step, [&](std::int64_t row, std::int64_t n, Vec<W> sum) {
            keep.template operator()<W>((h * size.width + row) * size.token_step + n, sum, work.base.key,
                                        work.earlier.key, work.change.key, work.result.key);
        });
        const Product values{weight, 1, size.token_step, value + size.width, work.value.step, size.atoms};
        with_lanes(static_cast<int>(size.width), [&]<int V>() {  // [tokens, e]
            multiply<V>(values, size.tokens, size.width, [&](std::int64_t row, std::int64_t n, Vec<V> sum) {
                keep.template operator()<V>((h * size.token_step + row) * size.width + n, sum,
                                            work.base.value, work.earlier.value, work.change.value,
                                            work.result.value);
            });
        });
    }
}

float pair_sum(const Heads& size, const PairTerms& terms) {
    float *gate = terms.scratch, *energy = gate + size.atoms * size.token_step;
    logits(size, terms.atom_gate, 0, terms.width, terms.token_gate, gate);
    if (terms.pair_bias) add_all(size, terms.pair_bias, gate);
    logits(size, terms.atom_energy, 0, terms.width, terms.token_energy, energy);
    Vec<W> sum{};
    for (std::int64_t k = 0; k < size.atoms * size.token_step; k += W)
        sum += sigmoid_of<W>(load<W>(gate + k) + terms.gate_bias) * load<W>(energy + k);
    return sum_of(sum);
}

}  // namespace keyway::ops::cpu::KEYWAY_ISA

/// Atoms attend to the tokens of their pocket: softmax over tokens, and the adjoint from recomputed weights.
#include "ops/cpu/pair_block.hpp"
#include "ops/cpu/training.hpp"

namespace keyway::ops::cpu::KEYWAY_ISA {
namespace {

constexpr int W = kPairLanes;

struct Scratch {
    float *atoms, *atoms_gradient;    // [width, step]
    float *weight, *weight_gradient;  // [tokens, step]
    float *largest, *inverse, *dot;   // [step]
    float *key, *value;               // [tokens, d]
};

Scratch scratch_of(const PairShape& shape, const PairBlock& block) {
    const std::int64_t step = step_of(block), atoms = shape.width * step, pairs = block.tokens * step,
                       rows = block.tokens * shape.heads * shape.width;
    float* at = shape.scratch;
    const auto take = [&at](std::int64_t n) {
        float* from = at;
        at += n;
        return from;
    };
    return {take(atoms), take(atoms), take(pairs), take(pairs), take(step),
            take(step),  take(step),  take(rows),  take(rows)};
}

/// Rows of the block's tokens with the ligand's change, if there is one.
const float* changed(const float* base, const float* change, const PairBlock& block, std::int64_t d,
                     float* sum) {
    base += block.token * d;
    if (!change) return base;
    change += block.change * d;
    for (std::int64_t k = 0; k < block.tokens * d; ++k) sum[k] = base[k] + change[k];
    return sum;
}

/// The bias lies atom by atom, weights token by token.
void add_bias(const PairBlock& block, const PairBias<const float>& bias, std::int64_t head, float* weight) {
    if (!bias.data) return;
    const std::int64_t step = step_of(block);
    for (std::int64_t a = 0; a < block.atoms; ++a) {
        const float* row = bias.row(head, block.atom + a);
        for (std::int64_t t = 0; t < block.tokens; ++t) weight[t * step + a] += row[t];
    }
}

void keep_bias(const PairBlock& block, const float* weight_gradient, std::int64_t head,
               const PairBias<float>& gradient) {
    if (!gradient.data) return;
    const std::int64_t step = step_of(block);
    for (std::int64_t a = 0; a < block.atoms; ++a) {
        float* row = gradient.row(head, block.atom + a);
        for (std::int64_t t = 0; t < block.tokens; ++t) row[t] = weight_gradient[t * step + a];
    }
}

void logits(const PairShape& shape, const PairBlock& block, const float* query, const float* key,
            const Scratch& at) {
    const std::int64_t d = shape.heads * shape.width, step = step_of(block);
    transpose(block, query, d, shape.width, 1.0f / __builtin_sqrtf(static_cast<float>(shape.width)),
              at.atoms);
    times_atoms(block, key, d, at.atoms, shape.width, [&](std::int64_t row, std::int64_t n, Vec<W> sum) {
        store<W>(at.weight + row * step + n, sum);
    });
}

}  // namespace

void attend_pairs(const PairShape& shape, const AttendInput& x, float* y, SoftmaxNorm norm) {
    const std::int64_t d = shape.heads * shape.width;
    for (const PairBlock& block : shape.blocks) {
        const Scratch at = scratch_of(shape, block);
        const std::int64_t step = step_of(block);
        const float* key = changed(x.key, x.key_change, block, d, at.key);
        const float* value = changed(x.value, x.value_change, block, d, at.value);
        for (std::int64_t h = 0; h < shape.heads; ++h) {
            const std::int64_t first = h * shape.width;
            logits(shape, block, x.query + block.atom * d + first, key + first, at);
            add_bias(block, x.bias, h, at.weight);
            for (std::int64_t a = 0; a < step; a += W) {
                Vec<W> most = load<W>(at.weight + a), sum{};
                for (std::int64_t t = 1; t < block.tokens; ++t)
                    most = larger<W>(most, load<W>(at.weight + t * step + a));
                for (std::int64_t t = 0; t < block.tokens; ++t) {
                    float* w = at.weight + t * step + a;
                    const Vec<W> e = exp_of<W>(load<W>(w) - most);
                    store<W>(w, e);
                    sum += e;
                }
                store<W>(at.largest + a, most);
                store<W>(at.inverse + a, 1.0f / sum);
            }
            for (std::int64_t a = 0; a < block.atoms; ++a) {
                float* of_atom = norm + ((block.atom + a) * shape.heads + h) * 2;
                of_atom[0] = at.largest[a], of_atom[1] = at.inverse[a];
            }
            to_atoms(block, at.weight, value + first, d, shape.width,
                     [&]<int V>(std::int64_t row, std::int64_t n, Vec<V> sum) {
                         store<V>(y + (block.atom + row) * d + first + n, sum * at.inverse[row]);
                     });
        }
    }
}

/// dv = P' dy, dS = P (dy v' - <dy, y>), dq = dS k / sqrt(width), dk = dS' q / sqrt(width)
void attend_pairs_backward(const PairShape& shape, const AttendInput& x, const float* y, const float* norm,
                           const float* y_gradient, const AttendGradient& gradient) {
    const std::int64_t d = shape.heads * shape.width, e = shape.width;
    const float scale = 1.0f / __builtin_sqrtf(static_cast<float>(e));
    set_zero(gradient.key, shape.tokens * d);
    set_zero(gradient.value, shape.tokens * d);
    for (const PairBlock& block : shape.blocks) {
        const Scratch at = scratch_of(shape, block);
        const std::int64_t step = step_of(block);
        const float* key = changed(x.key, x.key_change, block, d, at.key);
        const float* value = changed(x.value, x.value_change, block, d, at.value);
        for (std::int64_t h = 0; h < shape.heads; ++h) {
            const std::int64_t first = h * e, atoms = block.atom * d + first;
            for (std::int64_t a = 0; a < step; ++a) at.largest[a] = at.inverse[a] = at.dot[a] = 0;
            for (std::int64_t a = 0; a < block.atoms; ++a) {
                const float* of_atom = norm + ((block.atom + a) * shape.heads + h) * 2;
                at.largest[a] = of_atom[0], at.inverse[a] = of_atom[1];
                const float *dy = y_gradient + atoms + a * d, *of = y + atoms + a * d;
                Vec<4> dot{};
                for (std::int64_t c = 0; c < e; c += 4) dot += load<4>(dy + c) * load<4>(of + c);
                at.dot[a] = sum_of(dot);
            }
            logits(shape, block, x.query + atoms, key + first, at);
            add_bias(block, x.bias, h, at.weight);
            transpose(block, y_gradient + atoms, d, e, 1, at.atoms_gradient);
            times_atoms(block, value + first, d, at.atoms_gradient, e,
                        [&](std::int64_t row, std::int64_t n, Vec<W> sum) {
                            float* w = at.weight + row * step + n;
                            const Vec<W> p =
                                exp_of<W>(load<W>(w) - load<W>(at.largest + n)) * load<W>(at.inverse + n);
                            store<W>(w, p);
                            store<W>(at.weight_gradient + row * step + n, p * (sum - load<W>(at.dot + n)));
                        });
            keep_bias(block, at.weight_gradient, h, gradient.bias);
            to_atoms(block, at.weight_gradient, key + first, d, e,
                     [&]<int V>(std::int64_t row, std::int64_t n, Vec<V> sum) {
                         store<V>(gradient.query + atoms + row * d + n, sum * scale);
                     });
            const auto keep = [&]<int V>(std::int64_t row, std::int64_t n, Vec<V> sum, float* base,
                                         float* change) {
                add_to<V>(base + (block.token + row) * d + first + n, sum);
                if (change) store<V>(change + (block.change + row) * d + first + n, sum);
            };
            to_tokens(block, at.weight_gradient, x.query + atoms, d, e,
                      [&]<int V>(std::int64_t row, std::int64_t n, Vec<V> sum) {
                          keep.template operator()<V>(row, n, sum * scale, gradient.key, gradient.key_change);
                      });
            to_tokens(block, at.weight, y_gradient + atoms, d, e,
                      [&]<int V>(std::int64_t row, std::int64_t n, Vec<V> sum) {
                          keep.template operator()<V>(row, n, sum, gradient.value, gradient.value_change);
                      });
        }
    }
}

}  // namespace keyway::ops::cpu::KEYWAY_ISA

/// Tokens attend to the atoms of one ligand, which gives its changes of keys and values; and the adjoint.
#include "ops/cpu/pair_block.hpp"
#include "ops/cpu/training.hpp"

namespace keyway::ops::cpu::KEYWAY_ISA {
namespace {

constexpr int W = kPairLanes;

struct Scratch {
    float *key, *value;               // [width, step], [2 width, step]
    float *weight, *weight_gradient;  // [tokens, step]
};

Scratch scratch_of(const PairShape& shape, const PairBlock& block) {
    const std::int64_t step = step_of(block), atoms = shape.width * step;
    float *key = shape.scratch, *value = key + atoms, *weight = value + 2 * atoms;
    return {key, value, weight, weight + block.tokens * step};
}

void logits(const PairShape& shape, const PairBlock& block, const float* query, const float* key,
            const Scratch& at) {
    const std::int64_t d = shape.heads * shape.width, step = step_of(block);
    transpose(block, key, d, shape.width, 1.0f / __builtin_sqrtf(static_cast<float>(shape.width)), at.key);
    times_atoms(block, query, d, at.key, shape.width, [&](std::int64_t row, std::int64_t n, Vec<W> sum) {
        store<W>(at.weight + row * step + n, sum);
    });
}

inline float largest_lane(Vec<W> x) {
    float largest = x[0];
    for (int lane = 1; lane < W; ++lane) largest = x[lane] > largest ? x[lane] : largest;
    return largest;
}

}  // namespace

void answer_pairs(const PairShape& shape, const AnswerInput& x, const TokenChange<float>& change,
                  SoftmaxNorm norm) {
    const std::int64_t d = shape.heads * shape.width, e = shape.width;
    for (const PairBlock& block : shape.blocks) {
        const Scratch at = scratch_of(shape, block);
        const std::int64_t step = step_of(block);
        for (std::int64_t h = 0; h < shape.heads; ++h) {
            logits(shape, block, x.query + block.token * d + h * e, x.key + block.atom * d + h * e, at);
            for (std::int64_t t = 0; t < block.tokens; ++t) {
                float* w = at.weight + t * step;
                for (std::int64_t a = block.atoms; a < step; ++a) w[a] = -1e30f;
                Vec<W> most = load<W>(w), sum{};
                for (std::int64_t a = W; a < step; a += W) most = larger<W>(most, load<W>(w + a));
                const float largest = largest_lane(most);
                for (std::int64_t a = 0; a < step; a += W) {
                    const Vec<W> p = exp_of<W>(load<W>(w + a) - largest);
                    store<W>(w + a, p);
                    sum += p;
                }
                float* of_row = norm + ((block.change + t) * shape.heads + h) * 2;
                of_row[0] = largest, of_row[1] = 1.0f / sum_of(sum);
            }
            for (float* out : {change.key, change.value}) {
                const float* value = x.value + block.atom * 2 * d + 2 * h * e + (out == change.value ? e : 0);
                to_tokens(block, at.weight, value, 2 * d, e,
                          [&]<int V>(std::int64_t row, std::int64_t n, Vec<V> sum) {
                              const std::int64_t to = block.change + row;
                              store<V>(out + to * d + h * e + n, sum * norm[(to * shape.heads + h) * 2 + 1]);
                          });
            }
        }
    }
}

/// dv = B' g, dS = B (g v' - <B, g v'>), dq = dS k / sqrt(width), dk = dS' q / sqrt(width)
void answer_pairs_backward(const PairShape& shape, const AnswerInput& x, const float* norm,
                           const TokenChange<const float>& change_gradient, const AnswerGradient& gradient) {
    const std::int64_t d = shape.heads * shape.width, e = shape.width;
    const float scale = 1.0f / __builtin_sqrtf(static_cast<float>(e));
    set_zero(gradient.query, shape.tokens * d);
    for (const PairBlock& block : shape.blocks) {
        const Scratch at = scratch_of(shape, block);
        const std::int64_t step = step_of(block);
        for (std::int64_t h = 0; h < shape.heads; ++h) {
            const std::int64_t first = h * e;
            const float *query = x.query + block.token * d + first, *key = x.key + block.atom * d + first,
                        *value = x.value + block.atom * 2 * d + 2 * first,
                        *dkey = change_gradient.key + block.change * d + first,
                        *dvalue = change_gradient.value + block.change * d + first;
            logits(shape, block, query, key, at);
            transpose(block, value, 2 * d, 2 * e, 1, at.value);
            times_atoms(block, dkey, d, at.value, e, [&](std::int64_t row, std::int64_t n, Vec<W> sum) {
                store<W>(at.weight_gradient + row * step + n, sum);
            });
            times_atoms(block, dvalue, d, at.value + e * step, e,
                        [&](std::int64_t row, std::int64_t n, Vec<W> sum) {
                            add_to<W>(at.weight_gradient + row * step + n, sum);
                        });
            for (std::int64_t t = 0; t < block.tokens; ++t) {  // padding has no gradient: its value is zero
                float *w = at.weight + t * step, *dw = at.weight_gradient + t * step;
                const float* of_row = norm + ((block.change + t) * shape.heads + h) * 2;
                Vec<W> dot{};
                for (std::int64_t a = 0; a < step; a += W) {
                    const Vec<W> p = exp_of<W>(load<W>(w + a) - of_row[0]) * of_row[1];
                    store<W>(w + a, p);
                    dot += p * load<W>(dw + a);
                }
                const float mean = sum_of(dot);
                for (std::int64_t a = 0; a < step; a += W)
                    store<W>(dw + a, load<W>(w + a) * (load<W>(dw + a) - mean));
            }
            to_atoms(block, at.weight_gradient, query, d, e,
                     [&]<int V>(std::int64_t row, std::int64_t n, Vec<V> sum) {
                         store<V>(gradient.key + (block.atom + row) * d + first + n, sum * scale);
                     });
            to_tokens(block, at.weight_gradient, key, d, e,
                      [&]<int V>(std::int64_t row, std::int64_t n, Vec<V> sum) {
                          add_to<V>(gradient.query + (block.token + row) * d + first + n, sum * scale);
                      });
            for (const float* from : {dkey, dvalue})
                to_atoms(block, at.weight, from, d, e,
                         [&]<int V>(std::int64_t row, std::int64_t n, Vec<V> sum) {
                             float* to = gradient.value + (block.atom + row) * 2 * d + 2 * first;
                             store<V>(to + (from == dvalue ? e : 0) + n, sum);
                         });
        }
    }
}

}  // namespace keyway::ops::cpu::KEYWAY_ISA

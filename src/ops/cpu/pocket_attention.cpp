/// One ligand and one pocket: attention, the ligand's answer, and the sum over pairs.
#include "ops/cpu/ligand_kernels.hpp"
#include "ops/cpu/math.hpp"
#include "ops/cpu/tile.hpp"

#include <algorithm>

namespace keyway::ops::cpu::KEYWAY_ISA {
namespace {

constexpr int W = kRegisterLanes;  // divides token_step

/// <a row, b column> of every atom and token. -> [atoms, token_step]
inline void logits(const Heads& size, Rows atom, std::int64_t first, std::int64_t width, const float* token,
                   float* out) {
    const Product product{atom.data + first, atom.step, token + first * size.token_step, size.token_step,
                          width};
    const std::int64_t step = size.token_step;
    multiply<W>(product, size.atoms, step,
                [=](std::int64_t row, std::int64_t n, Vec<W> sum) { store<W>(out + row * step + n, sum); });
}

/// Channel c of token t among the keys (or queries) of a head.
inline std::int64_t key_at(std::int64_t width, std::int64_t c, std::int64_t t) {
    return t / kTokenPanel * kTokenPanel * width + c * kTokenPanel + t % kTokenPanel;
}

/// y [width, step] = the first `width` channels of `rows` rows, side by side.
inline void columns_of(std::int64_t rows, Rows x, std::int64_t width, std::int64_t step, float* y) {
    for (std::int64_t r = 0; r < rows; ++r)
        for (std::int64_t c = 0; c < width; ++c) y[c * step + r] = x[r][c];
}

/// <atom, key> of atoms [E, step] and the W or 2 W tokens from `first` on; `keys` are those of a head.
inline ColumnProduct ask(const float* atoms, std::int64_t step, const float* keys, std::int64_t width,
                         std::int64_t first) {
    return {.a = atoms,
            .depth_step = step,
            .b = keys + key_at(width, 0, first),
            .b_step = kTokenPanel,
            .depth = width,
            .b_next = W < kTokenPanel ? W : kTokenPanel * width};
}

/// Calls work.template operator()<E>() with the heads' width, or E = 0 for a width that is no constant of the
/// code: places that are take fewer instructions.
template <class Work>
inline void with_width(std::int64_t width, const Work& work) {
    if (width == 16) return work.template operator()<16>();
    if (width == 32) return work.template operator()<32>();
    work.template operator()<0>();
}

/// As with_lanes for rows of E channels, or of `width` where that is 0.
template <int E, class Work>
inline void with_lanes_of(std::int64_t width, const Work& work) {
    if constexpr (E > 0)
        work.template operator()<(E % W == 0 ? W : 4)>();
    else
        with_lanes(static_cast<int>(width), work);
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
    float top[Rows];
    for (int a = 0; a < Rows; ++a) {
        for (std::int64_t t = size.tokens; t < step; ++t) x[a * step + t] = -1e30f;
        most[a] = load<W>(x + a * step);
    }
    for (std::int64_t t = W; t < step; t += W)
        for (int a = 0; a < Rows; ++a) most[a] = larger<W>(most[a], load<W>(x + a * step + t));
    for (int a = 0; a < Rows; ++a) top[a] = most_of(most[a]) * kLog2E;
    for (std::int64_t t = 0; t < step; t += W)
        for (int a = 0; a < Rows; ++a) {
            const Vec<W> e = exp_below<W>(load<W>(x + a * step + t), top[a]);
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
    for (int v = 0; v < Across; ++v) most[v] *= kLog2E;
    for (std::int64_t a = 0; a < atoms; ++a)
        for (int v = 0; v < Across; ++v) {
            const Vec<W> e = exp_below<W>(load<W>(x + a * kStep + v * W), most[v]);
            store<W>(x + a * kStep + v * W, e);
            sum[v] += e;
        }
    for (int v = 0; v < Across; ++v) store<W>(scale + v * W, 1.0f / sum[v]);
}

/// Changes: added to earlier ones, kept, and added to what they change.
struct Changed {
    const float *base, *earlier;  // earlier null: none
    float *change, *result;       // change null: not kept

    Changed(const float* base_in, const float* earlier_in, float* change_in, float* result_in,
            std::int64_t at)
        : base(base_in + at),
          earlier(earlier_in ? earlier_in + at : nullptr),
          change(change_in ? change_in + at : nullptr),
          result(result_in + at) {}

    /// To come soon: rows of other ligands have pushed it out of the near caches.
    void fetch(std::int64_t at, std::int64_t n) const {
        constexpr std::int64_t kCacheLine = 16;
        for (std::int64_t k = at; k < at + n; k += kCacheLine) {
            if (earlier) __builtin_prefetch(earlier + k);
            if (change) __builtin_prefetch(change + k, 1);
        }
    }

    template <int V>
    __attribute__((always_inline)) void add(std::int64_t at, Vec<V> sum) const {
        if (earlier) sum += load<V>(earlier + at);
        if (change) store<V>(change + at, sum);
        store<V>(result + at, load<V>(base + at) + sum);
    }
};

/// What a ligand's head reads again for every few tokens, side by side.
struct AtomsOfHead {
    Tiling tiles;
    const float* key;    ///< [e, A]
    const float* value;  ///< [A, 2 e]
    float* weight;       ///< [A, tokens]
};

inline AtomsOfHead gather(const Heads& size, const Answer& work, std::int64_t h, std::int64_t width) {
    float *key = size.scratch, *value = key + width * size.atoms;
    columns_of(size.atoms, {work.key.data + h * width, work.key.step}, width, size.atoms, key);
    for (std::int64_t a = 0; a < size.atoms; ++a)
        for (std::int64_t c = 0; c < 2 * width; c += 4)
            store<4>(value + a * 2 * width + c, load<4>(work.value[a] + 2 * h * width + c));
    return {Tiling(size.atoms), key, value, value + 2 * width * size.atoms};
}

/// The answers of head `h` to the Across W tokens from `first` on: softmax over atoms, key and value changes.
template <int E, int Across>
inline void answer_tokens(const Heads& size, const Answer& work, const AtomsOfHead& atom, std::int64_t head,
                          std::int64_t first) {
    constexpr std::int64_t kStep = Across * W;
    float scale_of[kStep], *weight = atom.weight;
    const std::int64_t width = E ? E : size.width;
    // None where narrow vectors meet nothing but padding.
    const std::int64_t tokens = std::clamp<std::int64_t>(size.tokens - first, 0, kStep);
    const Changed key(work.base.key, work.earlier.key, work.change.key, work.result.key, head),
        seen(work.base.value, work.earlier.value, work.change.value, work.result.value, head);
    if (first + kStep < size.token_step) {
        key.fetch((first + kStep) * width, kStep * width);
        seen.fetch((first + kStep) * width, kStep * width);
    }
    strip<W, Across>(
        ask(atom.key, size.atoms, work.query + head, width, first), atom.tiles, 0,
        [=](std::int64_t row, std::int64_t n, Vec<W> sum) { store<W>(weight + row * kStep + n, sum); });
    exp_columns<Across>(size.atoms, weight, scale_of);

    const float* scale = scale_of;
    const ColumnProduct keys{atom.value, 2 * width, weight, kStep, size.atoms};  // [e, tokens]
    strip<W, Across>(keys, Tiling(width), 0, [=](std::int64_t row, std::int64_t n, Vec<W> sum) {
        key.add<W>(key_at(width, row, first + n), sum * load<W>(scale + n));
    });
    const ColumnProduct values{weight, kStep, atom.value + width, 2 * width, size.atoms};  // [tokens, e]
    with_lanes_of<E>(width, [&]<int V>() {
        multiply<V>(values, tokens, width, [=](std::int64_t row, std::int64_t n, Vec<V> sum) {
            seen.add<V>((first + row) * width + n, sum * scale[row]);
        });
    });
}

template <int E>
void answer_of_width(const Heads& size, const Answer& work) {
    const std::int64_t width = E ? E : size.width;
    for (std::int64_t h = 0; h < size.heads; ++h) {
        const AtomsOfHead atom = gather(size, work, h, width);
        const std::int64_t head = h * width * size.token_step;
        std::int64_t first = 0;
        for (; first + 2 * W <= size.token_step; first += 2 * W)
            answer_tokens<E, 2>(size, work, atom, head, first);
        if (first < size.token_step) answer_tokens<E, 1>(size, work, atom, head, first);
    }
}

/// Attention of a few atoms, whose weights stay in the nearest cache. `query` and `y` are the head's, `bias`
/// [Count, token_step] its own or null.
template <int E, int Count>
inline void attend_atoms(const Heads& size, Rows query, const float* key, const float* value,
                         const float* bias, Rows y) {
    const std::int64_t step = size.token_step, width = E ? E : size.width;
    float scale_of[Count], *asking = size.scratch, *weight = asking + Count * width;
    columns_of(Count, query, width, Count, asking);
    const auto keep = [=](std::int64_t token) {
        return [=](std::int64_t row, std::int64_t n, Vec<W> sum) {
            store<W>(weight + row * step + token + n, sum);
        };
    };
    std::int64_t token = 0;
    for (; token + 2 * W <= step; token += 2 * W)
        tile<W, Count, 2, 4>(ask(asking, Count, key, width, token), 0, 0, keep(token));
    if (token < step) tile<W, Count, 1>(ask(asking, Count, key, width, token), 0, 0, keep(token));
    if (bias) add_all(Count * step, bias, weight);
    int a = 0;
    for (; a + 2 <= Count; a += 2) exp_rows<2>(size, weight + a * step, scale_of + a);
    if (a < Count) exp_rows<1>(size, weight + a * step, scale_of + a);
    const float* scale = scale_of;
    const Product seen{weight, step, value, width, size.tokens};
    with_lanes_of<E>(width, [&]<int V>() {
        const auto scaled = [=](std::int64_t row, std::int64_t n, Vec<V> sum) {
            store<V>(y[row] + n, sum * scale[row]);
        };
        std::int64_t n = 0;
        for (; n + 2 * V <= width; n += 2 * V) tile<V, Count, 2>(seen, 0, n, scaled);
        if (n < width) tile<V, Count, 1>(seen, 0, n, scaled);
    });
}

template <int E, int Count>
inline void attend_rows(int rows, const Heads& size, Rows query, const float* key, const float* value,
                        const float* bias, Rows y) {
    if constexpr (Count > 1)
        if (rows < Count) return attend_rows<E, Count - 1>(rows, size, query, key, value, bias, y);
    attend_atoms<E, Count>(size, query, key, value, bias, y);
}

template <int E>
void attend_of_width(const Heads& size, Rows query, const KeyValue& pocket, Rows y) {
    const std::int64_t width = E ? E : size.width, step = size.token_step;
    const Tiling tiling(size.atoms);
    for (std::int64_t h = 0; h < size.heads; ++h) {
        const float *key = pocket.key + h * width * step, *value = pocket.value + h * width * step;
        for (std::int64_t t = 0, first = 0; t < tiling.count; ++t) {
            const int rows = tiling.height + (t < tiling.higher ? 1 : 0);
            const float* bias = size.bias ? size.bias + (h * size.atoms + first) * step : nullptr;
            attend_rows<E, kTileRows>(rows, size, {query[first] + h * width, query.step}, key, value, bias,
                                      {y[first] + h * width, y.step});
            first += rows;
        }
    }
}

}  // namespace

void attend(const Heads& size, Rows query, const KeyValue& pocket, Rows y) {
    with_width(size.width, [&]<int E>() { attend_of_width<E>(size, query, pocket, y); });
}

void answer(const Heads& size, const Answer& work) {
    with_width(size.width, [&]<int E>() { answer_of_width<E>(size, work); });
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

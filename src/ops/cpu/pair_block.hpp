/// What the pair kernels share: one head of one block as matrices [tokens, step], atoms across.
///
/// Tokens are rows that are read where they lie; only the few atoms are transposed. `step` is the number of
/// atoms rounded up to a register; columns of the padding see a zero atom.
#pragma once

#include "ops/cpu/math.hpp"
#include "ops/cpu/tile.hpp"
#include "ops/cpu/training_kernels.hpp"

namespace keyway::ops::cpu::KEYWAY_ISA {

inline constexpr int kPairLanes = kRegisterLanes;

static inline std::int64_t step_of(const PairBlock& block) {
    return (block.atoms + kPairLanes - 1) / kPairLanes * kPairLanes;
}

/// y [width, step] = scale * the transpose of the atoms' rows.
static inline void transpose(const PairBlock& block, const float* x, std::int64_t row_step,
                             std::int64_t width, float scale, float* y) {
    const std::int64_t step = step_of(block);
    for (std::int64_t c = 0; c < width; ++c)
        for (std::int64_t a = 0; a < step; ++a)
            y[c * step + a] = a < block.atoms ? scale * x[a * row_step + c] : 0.0f;
}

/// c [tokens, step] = rows of tokens times transposed atoms; `store` as in tile.hpp.
template <class Store>
static inline void times_atoms(const PairBlock& block, const float* token, std::int64_t row_step,
                               const float* atoms, std::int64_t width, const Store& store) {
    const std::int64_t step = step_of(block);
    multiply<kPairLanes>(Product{token, row_step, atoms, step, width}, block.tokens, step, store);
}

/// For each atom: sum over tokens of w [tokens, step] times rows of tokens. y [atoms, width]
template <class Store>
static inline void to_atoms(const PairBlock& block, const float* w, const float* token, std::int64_t row_step,
                            std::int64_t width, const Store& store) {
    with_lanes(static_cast<int>(width), [&]<int V>() {
        multiply<V>(
            ColumnProduct{w, step_of(block), token, row_step, block.tokens}, block.atoms, width,
            [&](std::int64_t row, std::int64_t n, Vec<V> sum) { store.template operator()<V>(row, n, sum); });
    });
}

/// For each token: sum over atoms of w [tokens, step] times rows of atoms. y [tokens, width]
template <class Store>
static inline void to_tokens(const PairBlock& block, const float* w, const float* atom, std::int64_t row_step,
                             std::int64_t width, const Store& store) {
    with_lanes(static_cast<int>(width), [&]<int V>() {
        multiply<V>(
            Product{w, step_of(block), atom, row_step, block.atoms}, block.tokens, width,
            [&](std::int64_t row, std::int64_t n, Vec<V> sum) { store.template operator()<V>(row, n, sum); });
    });
}

static inline void set_zero(float* x, std::int64_t n) {
    for (std::int64_t k = 0; k < n; ++k) x[k] = 0;
}

}  // namespace keyway::ops::cpu::KEYWAY_ISA

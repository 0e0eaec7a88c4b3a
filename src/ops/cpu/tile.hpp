/// The one matrix product of the ligand kernels: register tiles over operands with free strides.
///
/// Every element is one chain of multiply-adds in the order of `depth`, whatever tile it falls in, so that a
/// row's result never depends on the rows beside it.
#pragma once

#include "ops/cpu/lanes.hpp"

#include <cstdint>

namespace keyway::ops::cpu::KEYWAY_ISA {

/// Rows of a full tile; with two vectors across, the sums fill the registers.
#if defined(__AVX512F__)
inline constexpr int kTileRows = 8;
#elif defined(__AVX2__)
inline constexpr int kTileRows = 6;
#else
inline constexpr int kTileRows = 4;
#endif

/// c[m, n] = sum over k < depth of a[m * row_step + k * depth_step] * b[k * b_step + n]
struct Product {
    const float* a;
    std::int64_t row_step, depth_step;
    const float* b;
    std::int64_t b_step, depth;
};

/// `store(row, column, sums)` gets each vector of W sums once.
template <int W, int Rows, int Across, class Store>
static inline __attribute__((always_inline)) void tile(const Product& p, std::int64_t row,
                                                       std::int64_t column, const Store& store) {
    Vec<W> sum[Rows][Across] = {};
    const float *a = p.a + row * p.row_step, *b = p.b + column;
    for (std::int64_t k = 0; k < p.depth; ++k, a += p.depth_step, b += p.b_step) {
        Vec<W> right[Across];
#pragma GCC unroll 8
        for (int v = 0; v < Across; ++v) right[v] = load<W>(b + v * W);
#pragma GCC unroll 8
        for (int m = 0; m < Rows; ++m)
#pragma GCC unroll 8
            for (int v = 0; v < Across; ++v) sum[m][v] += right[v] * a[m * p.row_step];
    }
#pragma GCC unroll 8
    for (int m = 0; m < Rows; ++m)
#pragma GCC unroll 8
        for (int v = 0; v < Across; ++v) store(row + m, column + v * W, sum[m][v]);
}

/// A tile of `height` <= Rows.
template <int W, int Across, int Rows, class Store>
static inline void tile_of(std::int64_t height, const Product& p, std::int64_t row, std::int64_t column,
                           const Store& store) {
    if constexpr (Rows > 1)
        if (height < Rows) return tile_of<W, Across, Rows - 1>(height, p, row, column, store);
    tile<W, Rows, Across>(p, row, column, store);
}

/// All rows, in tiles of nearly equal height: a tile of one or two rows has too few sums to keep the
/// multipliers busy.
template <int W, int Across, class Store>
static inline void strip(const Product& p, std::int64_t rows, std::int64_t column, const Store& store) {
    for (std::int64_t row = 0, left = (rows + kTileRows - 1) / kTileRows; left > 0; --left) {
        const std::int64_t height = (rows - row + left - 1) / left;
        tile_of<W, Across, kTileRows>(height, p, row, column, store);
        row += height;
    }
}

/// All of c [rows, columns]; `columns` is a multiple of W.
template <int W, class Store>
static inline void multiply(const Product& p, std::int64_t rows, std::int64_t columns, const Store& store) {
    std::int64_t n = 0;
    for (; n + 2 * W <= columns; n += 2 * W) strip<W, 2>(p, rows, n, store);
    if (n < columns) strip<W, 1>(p, rows, n, store);
}

}  // namespace keyway::ops::cpu::KEYWAY_ISA

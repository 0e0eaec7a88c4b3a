/// The one matrix product of the ligand kernels: register tiles over operands with free strides.
///
/// Every element is one chain of multiply-adds in the order of `depth`, whatever tile it falls in, so that a
/// row's result never depends on the rows beside it.
#pragma once

#include "ops/cpu/lanes.hpp"

#include <cstdint>

namespace keyway::ops::cpu::KEYWAY_ISA {

/// Rows of a full tile of two vectors across; the sums fill the registers. Where `b` is as wide as kWide
/// vectors, the flatter tile of kFlatRows takes fewer instructions for the same sums.
#if defined(__AVX512F__)
inline constexpr int kTileRows = 8, kFlatRows = 8, kWide = 2;
#elif defined(__AVX2__)
inline constexpr int kTileRows = 6, kFlatRows = 3, kWide = 4;
#else
inline constexpr int kTileRows = 4, kFlatRows = 4, kWide = 2;
#endif

/// c[m, n] = sum over k < depth of a[m * row_step + k] * b[k * b_step + n]
struct Product {
    static constexpr std::int64_t depth_step = 1;
    const float* a;
    std::int64_t row_step;
    const float* b;
    std::int64_t b_step, depth;
    std::int64_t b_next = 0;  ///< from one vector of b to the next across; 0: they touch
};
/// The same of a transposed: a[m + k * depth_step].
struct ColumnProduct {
    static constexpr std::int64_t row_step = 1;
    const float* a;
    std::int64_t depth_step;
    const float* b;
    std::int64_t b_step, depth;
    std::int64_t b_next = 0;
};

/// One step of depth. What there is less of stays in registers.
template <int W, int Rows, int Across>
static inline __attribute__((always_inline)) void add_step(const float* a, std::int64_t row_step,
                                                           const float* b, std::int64_t next,
                                                           Vec<W> (&sum)[Rows][Across]) {
    if constexpr (Rows < Across) {
        Vec<W> left[Rows];
#pragma GCC unroll 8
        for (int m = 0; m < Rows; ++m) left[m] = broadcast<W>(a[m * row_step]);
#pragma GCC unroll 8
        for (int v = 0; v < Across; ++v) {
            const Vec<W> right = load<W>(b + v * next);
#pragma GCC unroll 8
            for (int m = 0; m < Rows; ++m) sum[m][v] += right * left[m];
        }
    } else {
        Vec<W> right[Across];
#pragma GCC unroll 8
        for (int v = 0; v < Across; ++v) right[v] = load<W>(b + v * next);
#pragma GCC unroll 8
        for (int m = 0; m < Rows; ++m)
#pragma GCC unroll 8
            for (int v = 0; v < Across; ++v) sum[m][v] += right[v] * a[m * row_step];
    }
}

/// `store(row, column, sums)` gets each vector of W sums once. Its copy keeps what it captured by value in
/// registers: a store through a pointer might change the original. Steps taken `Together` save counting, on a
/// core that another program shares the scarcest thing; for many shapes the compiler then runs out of
/// registers.
template <int W, int Rows, int Across, int Together = 1, class P = Product, class Store>
static inline __attribute__((always_inline)) void tile(const P& p, std::int64_t row, std::int64_t column,
                                                       const Store& store) {
    const Store own = store;
    Vec<W> sum[Rows][Across] = {};
    const float *a = p.a + row * p.row_step, *b = p.b + column;
    const std::int64_t next = p.b_next ? p.b_next : W;
    std::int64_t left = p.depth;
    for (; left >= Together; left -= Together, a += Together * p.depth_step, b += Together * p.b_step)
#pragma GCC unroll 8
        for (int k = 0; k < Together; ++k)
            add_step<W, Rows, Across>(a + k * p.depth_step, p.row_step, b + k * p.b_step, next, sum);
    for (; left > 0; --left, a += p.depth_step, b += p.b_step)
        add_step<W, Rows, Across>(a, p.row_step, b, next, sum);
#pragma GCC unroll 8
    for (int m = 0; m < Rows; ++m)
#pragma GCC unroll 8
        for (int v = 0; v < Across; ++v) own(row + m, column + v * W, sum[m][v]);
}

/// `count` tiles of `height` <= Rows, one below the other.
template <int W, int Across, int Rows, class P = Product, class Store>
static inline void tiles_of(int height, int count, const P& p, std::int64_t row, std::int64_t column,
                            const Store& store) {
    if constexpr (Rows > 1)
        if (height < Rows) return tiles_of<W, Across, Rows - 1>(height, count, p, row, column, store);
    for (; count > 0; --count, row += Rows) tile<W, Rows, Across>(p, row, column, store);
}

/// Rows in tiles of nearly equal height: one of one or two rows has too few sums to keep the multipliers
/// busy. The first `higher` tiles have a row more than `height`.
struct Tiling {
    int count, height, higher;
    explicit Tiling(std::int64_t rows)
        : count((static_cast<int>(rows) + kTileRows - 1) / kTileRows),
          height(count > 0 ? static_cast<int>(rows) / count : 0),
          higher(static_cast<int>(rows) - count * height) {}
};

template <int W, int Across, class P = Product, class Store>
static inline void strip(const P& p, const Tiling& rows, std::int64_t column, const Store& store) {
    tiles_of<W, Across, kTileRows>(rows.height + 1, rows.higher, p, 0, column, store);
    tiles_of<W, Across, kTileRows>(rows.height, rows.count - rows.higher, p, (rows.height + 1) * rows.higher,
                                   column, store);
}

/// All of c [rows, columns]; `columns` is a multiple of W.
template <int W, class P = Product, class Store>
static inline void multiply(const P& p, std::int64_t rows, std::int64_t columns, const Store& store) {
    const Tiling tiling(rows);
    std::int64_t n = 0;
    for (; n + 2 * W <= columns; n += 2 * W) strip<W, 2>(p, tiling, n, store);
    if (n < columns) strip<W, 1>(p, tiling, n, store);
}

}  // namespace keyway::ops::cpu::KEYWAY_ISA

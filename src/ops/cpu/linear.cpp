/// Linear layers and their adjoints as register tiles. For matrices as small as 128 x 128 this is faster than
/// a BLAS, which copies both operands. Here the operand that every tile reads is copied, so that its panels
/// lie together: rows 512 bytes apart share eight sets of the first-level cache.
#include "ops/cpu/atom_rows.hpp"
#include "ops/cpu/tile.hpp"
#include "ops/cpu/transpose.hpp"

namespace keyway::ops::cpu::KEYWAY_ISA {
namespace {

constexpr int W = kRegisterLanes;
constexpr std::int64_t kPanel = 2 * W;

/// Rows whose operands stay in the second-level cache; a multiple of all tile heights.
constexpr std::int64_t kBlock = kLinearBlock;

inline std::int64_t smaller(std::int64_t a, std::int64_t b) { return a < b ? a : b; }

/// Calls work(first, width) for panels of kPanel columns; the last may be narrower.
template <class Work>
inline void for_each_panel(std::int64_t columns, const Work& work) {
    for (std::int64_t first = 0; first < columns; first += kPanel)
        work(first, smaller(kPanel, columns - first));
}

/// [rows, stride] -> [rows, width] of its first columns. A loop over c would become a slow string move.
inline void pack_panel(std::int64_t rows, std::int64_t stride, std::int64_t width, const float* x,
                       float* to) {
    for (std::int64_t r = 0; r < rows; ++r, x += stride, to += width) {
        store<W>(to, load<W>(x));
        if (width == kPanel) store<W>(to + W, load<W>(x + W));
    }
}

/// [rows, columns] -> panels [columns / kPanel, rows, kPanel]
void pack(std::int64_t rows, std::int64_t columns, const float* x, float* panels) {
    for_each_panel(columns, [&](std::int64_t first, std::int64_t width) {
        pack_panel(rows, columns, width, x + first, panels + first * rows);
    });
}

/// [out, in] -> panels of the transpose: [out / kPanel, in, kPanel]
void pack_transposed(std::int64_t out, std::int64_t in, const float* x, float* panels) {
    for_each_panel(out, [&](std::int64_t first, std::int64_t width) {
        for (std::int64_t j = 0; j < width; j += 8)
            for (std::int64_t k = 0; k < in; k += 8) {
                const float* from = x + (first + j) * in + k;
                float* to = panels + first * in + k * width + j;
                Vec<8> square[8];
                for (int n = 0; n < 8; ++n) square[n] = load<8>(from + n * in);
                transpose(square);
                for (int n = 0; n < 8; ++n) store<8>(to + n * width, square[n]);
            }
    });
}

/// y [rows, columns] = a [rows, depth] b, with b in panels; `finish(row, column, sums)` stores.
template <class Finish>
inline void times_panels(std::int64_t rows, std::int64_t depth, std::int64_t columns, const float* a,
                         const float* panels, const Finish& finish) {
    for (std::int64_t row = 0; row < rows; row += kBlock)
        for_each_panel(columns, [&](std::int64_t first, std::int64_t width) {
            multiply<W>(Product{a + row * depth, depth, panels + first * depth, width, depth},
                        smaller(kBlock, rows - row), width,
                        [&](std::int64_t r, std::int64_t c, Vec<W> sum) { finish(row + r, first + c, sum); });
        });
}

/// [rows, stride] -> [rows, Rows] of its first columns. Whole registers are copied: what a row has too much
/// the next one overwrites.
template <int Rows>
inline void pack_strip(int height, std::int64_t rows, std::int64_t stride, const float* x, float* strip) {
    if constexpr (Rows > 1)
        if (height < Rows) return pack_strip<Rows - 1>(height, rows, stride, x, strip);
    constexpr int kWide = Rows > 4 ? 8 : 4;
    for (std::int64_t r = 0; r + 1 < rows; ++r, x += stride, strip += Rows)
        store<kWide>(strip, load<kWide>(x));
    for (int m = 0; m < Rows; ++m) strip[m] = x[m];
}

/// `height` <= Rows rows of the weights' gradient, in the columns of one panel of x.
template <int Rows, class Finish>
inline void weight_tile(int height, const float* strip, const float* panel, std::int64_t width,
                        std::int64_t rows, const Finish& finish) {
    if constexpr (Rows > 1)
        if (height < Rows) return weight_tile<Rows - 1>(height, strip, panel, width, rows, finish);
    const ColumnProduct p{strip, Rows, panel, width, rows};
    if (width == kPanel)
        tile<W, Rows, 2>(p, 0, 0, finish);
    else
        tile<W, Rows, 1>(p, 0, 0, finish);
}

}  // namespace

void linear(const LinearShape& n, const float* x, const float* weight, const float* bias, float* scratch,
            float* y) {
    pack_transposed(n.out, n.in, weight, scratch);
    times_panels(n.rows, n.in, n.out, x, scratch, [=](std::int64_t r, std::int64_t c, Vec<W> sum) {
        if (bias) sum += load<W>(bias + c);
        store<W>(y + r * n.out + c, sum);
    });
}

void linear_backward_input(const LinearShape& n, const float* y_gradient, const float* weight, Write write,
                           float* scratch, float* x_gradient) {
    pack(n.out, n.in, weight, scratch);
    if (write == Write::add)
        times_panels(
            n.rows, n.out, n.in, y_gradient, scratch,
            [=](std::int64_t r, std::int64_t c, Vec<W> sum) { add_to<W>(x_gradient + r * n.in + c, sum); });
    else
        times_panels(
            n.rows, n.out, n.in, y_gradient, scratch,
            [=](std::int64_t r, std::int64_t c, Vec<W> sum) { store<W>(x_gradient + r * n.in + c, sum); });
}

void linear_backward_weight(const LinearShape& n, const float* x, const float* y_gradient, float* scratch,
                            float* weight_gradient, float* bias_gradient) {
    if (n.rows == 0)
        for (std::int64_t k = 0; k < n.in * n.out; ++k) weight_gradient[k] = 0;
    const Tiling tiles(n.out);
    const auto for_each_strip = [&](const auto& work) {
        for (int t = 0, out = 0; t < tiles.count; ++t) {
            const int height = tiles.height + (t < tiles.higher ? 1 : 0);
            work(out, height);
            out += height;
        }
    };
    // The strips of y's gradient fill the scratch, one panel of x the first-level cache.
    const std::int64_t block = smaller(kBlock, linear_scratch(n) / n.out);
    float panel[kBlock * kPanel];
    for (std::int64_t row = 0; row < n.rows; row += block) {
        const std::int64_t rows = smaller(block, n.rows - row);
        for_each_strip([&](int out, int height) {
            pack_strip<kTileRows>(height, rows, n.out, y_gradient + row * n.out + out, scratch + out * rows);
        });
        for_each_panel(n.in, [&](std::int64_t first, std::int64_t width) {
            pack_panel(rows, n.in, width, x + row * n.in + first, panel);
            for_each_strip([&](int out, int height) {
                weight_tile<kTileRows>(height, scratch + out * rows, panel, width, rows,
                                       [=](std::int64_t o, std::int64_t c, Vec<W> sum) {
                                           float* at = weight_gradient + (out + o) * n.in + first + c;
                                           store<W>(at, row ? load<W>(at) + sum : sum);
                                       });
            });
        });
    }
    if (!bias_gradient) return;
    for (std::int64_t c = 0; c < n.out; ++c) bias_gradient[c] = 0;
    for (std::int64_t row = 0; row < n.rows; ++row)
        for (std::int64_t c = 0; c < n.out; c += W)
            add_to<W>(bias_gradient + c, load<W>(y_gradient + row * n.out + c));
}

}  // namespace keyway::ops::cpu::KEYWAY_ISA

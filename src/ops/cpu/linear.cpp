/// Linear layers and their adjoints as register tiles. For matrices as small as 128 x 128 this is faster than
/// a BLAS, which copies both operands. Here the operand that every tile reads is copied, so that its panels
/// lie together: rows 512 bytes apart share eight sets of the first-level cache.
#include "ops/cpu/atom_rows.hpp"
#include "ops/cpu/tile.hpp"

namespace keyway::ops::cpu::KEYWAY_ISA {
namespace {

constexpr int W = kRegisterLanes;
constexpr std::int64_t kPanel = 2 * W;

/// Rows whose operands stay in the second-level cache; a multiple of all tile heights.
constexpr std::int64_t kBlock = kLinearBlock;

enum class Start { zero, there };

inline std::int64_t smaller(std::int64_t a, std::int64_t b) { return a < b ? a : b; }

/// Calls work(first, width) for panels of kPanel columns; the last may be narrower.
template <class Work>
inline void for_each_panel(std::int64_t columns, const Work& work) {
    for (std::int64_t first = 0; first < columns; first += kPanel)
        work(first, smaller(kPanel, columns - first));
}

/// [rows, columns] -> panels [columns / kPanel, rows, kPanel]
void pack(std::int64_t rows, std::int64_t columns, const float* x, float* panels) {
    for_each_panel(columns, [&](std::int64_t first, std::int64_t width) {
        float* to = panels + first * rows;
        for (std::int64_t r = 0; r < rows; ++r, to += width)
            for (std::int64_t c = 0; c < width; c += W)
                store<W>(to + c, load<W>(x + r * columns + first + c));
    });
}

/// [out, in] -> panels of the transpose: [out / kPanel, in, kPanel]
void pack_transposed(std::int64_t out, std::int64_t in, const float* x, float* panels) {
    for_each_panel(out, [&](std::int64_t first, std::int64_t width) {
        const float* from = x + first * in;
        float* to = panels + first * in;
        for (std::int64_t k = 0; k < in; ++k)
            for (std::int64_t j = 0; j < width; ++j) to[k * width + j] = from[j * in + k];
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

/// Some outputs of the weights' gradient: `height` <= Rows of them, over all panels of x.
template <int Rows>
inline void weight_rows(int height, const float* y_gradient, std::int64_t out, std::int64_t rows,
                        std::int64_t in, const float* panels, Start start, float* to) {
    if constexpr (Rows > 1)
        if (height < Rows) return weight_rows<Rows - 1>(height, y_gradient, out, rows, in, panels, start, to);
    float strip[Rows * kBlock];
    for (std::int64_t r = 0; r < rows; ++r)
#pragma GCC unroll 8
        for (int m = 0; m < Rows; ++m) strip[r * Rows + m] = y_gradient[r * out + m];
    for_each_panel(in, [&](std::int64_t first, std::int64_t width) {
        const auto finish = [=](std::int64_t o, std::int64_t c, Vec<W> sum) {
            float* at = to + o * in + first + c;
            store<W>(at, start == Start::zero ? sum : load<W>(at) + sum);
        };
        const ColumnProduct p{strip, Rows, panels + first * rows, width, rows};
        if (width == kPanel)
            tile<W, Rows, 2>(p, 0, 0, finish);
        else
            tile<W, Rows, 1>(p, 0, 0, finish);
    });
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
    for (std::int64_t row = 0; row < n.rows; row += kBlock) {
        const std::int64_t rows = smaller(kBlock, n.rows - row);
        pack(rows, n.in, x + row * n.in, scratch);
        for (int t = 0, out = 0; t < tiles.count; ++t) {
            const int height = tiles.height + (t < tiles.higher ? 1 : 0);
            weight_rows<kTileRows>(height, y_gradient + row * n.out + out, n.out, rows, n.in, scratch,
                                   row ? Start::there : Start::zero, weight_gradient + out * n.in);
            out += height;
        }
    }
    if (!bias_gradient) return;
    for (std::int64_t c = 0; c < n.out; ++c) bias_gradient[c] = 0;
    for (std::int64_t row = 0; row < n.rows; ++row)
        for (std::int64_t c = 0; c < n.out; c += W)
            add_to<W>(bias_gradient + c, load<W>(y_gradient + row * n.out + c));
}

}  // namespace keyway::ops::cpu::KEYWAY_ISA

/// Linear layers with fused epilogues, and layer norm.
#include "ops/cpu/epilogue.hpp"
#include "ops/cpu/ligand_kernels.hpp"
#include "ops/cpu/math.hpp"
#include "ops/cpu/normalise.hpp"
#include "ops/cpu/tile.hpp"

namespace keyway::ops::cpu::KEYWAY_ISA {
namespace {

constexpr int W = kRegisterLanes;
static_assert(kWholeTiles % kFlatRows == 0 && kFlatRows <= kSpareRows && kPanel % (kWide * W) == 0);

/// All tiles are full: spare rows are computed too, so that one piece of code makes every row.
template <Activation activation>
void dense_with(std::int64_t rows, Rows x, const Dense& layer, Rows residual, Rows y) {
    for (std::int64_t first = 0; first < layer.out; first += kPanel) {
        const float* panel = layer.weight + first * layer.in;
        const Product product{x.data, x.step, panel, kPanel, layer.in};
        const float* bias = layer.bias ? layer.bias + first : nullptr;
        const auto store_row = [=](std::int64_t row, std::int64_t column, Vec<W> sum) {
            const std::int64_t n = first + column;
            finish<activation, W>(sum, bias ? bias + column : nullptr,
                                  residual.data ? residual[row] + n : nullptr, y[row] + n);
        };
        for (std::int64_t column = 0; column < kPanel; column += kWide * W)
            for (std::int64_t row = 0; row < rows; row += kFlatRows)
                tile<W, kFlatRows, kWide, 4>(product, row, column, store_row);
    }
}

}  // namespace

void dense(std::int64_t rows, Rows x, const Dense& layer, Activation activation, Rows residual, Rows y) {
    if (activation == Activation::silu)
        dense_with<Activation::silu>(rows, x, layer, residual, y);
    else
        dense_with<Activation::none>(rows, x, layer, residual, y);
}

void layer_norm(std::int64_t rows, Rows x, const std::int32_t* chosen, const Norm& norm, Rows y) {
    with_lanes(static_cast<int>(norm.channels), [&]<int V>() {
        for (std::int64_t row = 0; row < rows; ++row) {
            const float* from = x[chosen ? chosen[row] : row];
            normalise<V>(from, norm, y[row]);
        }
    });
}

void math_of(std::int64_t n, const float* x, float* exp, float* sigmoid, float* tanh) {
    for (std::int64_t k = 0; k < n; k += W) {
        store<W>(exp + k, exp_of<W>(load<W>(x + k)));
        store<W>(sigmoid + k, sigmoid_of<W>(load<W>(x + k)));
        store<W>(tanh + k, tanh_of<W>(load<W>(x + k)));
    }
}

}  // namespace keyway::ops::cpu::KEYWAY_ISA

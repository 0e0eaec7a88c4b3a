/// Linear layers on AVX512-BF16: pairs of bf16 products, summed in fp32.
#include "ops/cpu/epilogue.hpp"

#include "keyway/ops/ligand_kernels.hpp"

#include <immintrin.h>

namespace keyway::ops::cpu::KEYWAY_ISA {

void dense_bf16(std::int64_t rows, Rows x, const DenseBf16& layer, Activation activation, Rows residual,
                Rows y);

namespace {

constexpr int W = 16, kRows = 8, kAcross = kPanel / W;
static_assert(kWholeTiles % kRows == 0 && kRows <= kSpareRows,
              "the last tile may run over the spare rows only");

/// Rows as bf16, to nearest even. -> [rows, x.step]
void round_rows(std::int64_t rows, Rows x, std::uint16_t* out) {
    for (std::int64_t k = 0; k < rows * x.step; k += 2 * W)
        *reinterpret_cast<__m512bh*>(out + k) =
            _mm512_cvtne2ps_pbh(_mm512_loadu_ps(x.data + k + W), _mm512_loadu_ps(x.data + k));
}

/// Every element is one chain of instructions in the order of its inputs, whatever tile it falls in. All
/// tiles are full: spare rows are computed too.
template <Activation activation>
void dense_with(std::int64_t rows, std::int64_t x_step, const DenseBf16& layer, Rows residual, Rows y) {
    const std::int64_t pairs = (layer.in + 1) / 2;
    for (std::int64_t first = 0; first < layer.out; first += kPanel)
        for (std::int64_t row = 0; row < rows; row += kRows) {
            __m512 sum[kRows][kAcross] = {};
            const std::uint16_t* left = layer.scratch + row * x_step;
            const std::uint16_t* right = layer.weight + first * 2 * pairs;
            for (std::int64_t k = 0; k < pairs; ++k, left += 2, right += 2 * kPanel)
#pragma GCC unroll 8
                for (int m = 0; m < kRows; ++m) {
                    int pair;
                    __builtin_memcpy(&pair, left + m * x_step, sizeof pair);
#pragma GCC unroll 2
                    for (int v = 0; v < kAcross; ++v)
                        sum[m][v] = _mm512_dpbf16_ps(sum[m][v], (__m512bh)_mm512_set1_epi32(pair),
                                                     (__m512bh)_mm512_loadu_si512(right + 2 * v * W));
                }
            for (int m = 0; m < kRows; ++m)
                for (int v = 0; v < kAcross; ++v) {
                    const std::int64_t n = first + v * W;
                    finish<activation, W>(sum[m][v], layer.bias ? layer.bias + n : nullptr,
                                          residual.data ? residual[row + m] + n : nullptr, y[row + m] + n);
                }
        }
}

}  // namespace

void dense_bf16(std::int64_t rows, Rows x, const DenseBf16& layer, Activation activation, Rows residual,
                Rows y) {
    round_rows(round_up(rows, kRows), x, layer.scratch);
    if (activation == Activation::silu)
        dense_with<Activation::silu>(rows, x.step, layer, residual, y);
    else
        dense_with<Activation::none>(rows, x.step, layer, residual, y);
}

}  // namespace keyway::ops::cpu::KEYWAY_ISA

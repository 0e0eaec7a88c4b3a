/// What a dense layer does with its sums before they are stored.
#pragma once

#include "ops/cpu/math.hpp"

#include "keyway/ops/ligand_kernels.hpp"

namespace keyway::ops::cpu::KEYWAY_ISA {

/// y[row, n ..] = act(sum + bias) (+ residual)
template <Activation activation, int W>
static inline __attribute__((always_inline)) void finish(Vec<W> sum, const float* bias, const float* residual,
                                                         float* y) {
    if (bias) sum += load<W>(bias);
    if constexpr (activation == Activation::silu) sum = silu_of<W>(sum);
    if (residual) sum += load<W>(residual);
    store<W>(y, sum);
}

}  // namespace keyway::ops::cpu::KEYWAY_ISA

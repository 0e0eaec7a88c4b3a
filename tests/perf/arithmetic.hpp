/// What a ligand costs in matrix products, the work that "GEMM-bound" counts; and which of them a CPU has.
#pragma once

#include "keyway/model/config.hpp"
#include "keyway/model/network.hpp"
#include "keyway/ops/ligand_kernels.hpp"

#include <benchmark/benchmark.h>

namespace keyway::model {

/// Multiply-adds of all matrix products, attention and pair terms of one ligand. Linear in its atoms.
inline double multiply_adds(const ModelConfig& c, double atoms, double tokens) {
    const double d = c.ligand_channels;
    const double gine = atoms * 4 * d * d, attention = 2 * atoms * tokens * d;
    const double reverse = c.reverse_update ? c.fusion_layers - 1 : 0;
    return (c.ligand_layers + c.fusion_layers) * gine + c.fusion_layers * (2 * atoms * d * d + attention) +
           reverse * (3 * atoms * d * d + 3 * atoms * tokens * d) +
           2 * atoms * c.pair_channels * (d + tokens);
}

/// False, with a label and an empty loop, where this CPU has no bf16 products: nothing to measure is no
/// failure.
inline bool can_run(benchmark::State& state, Precision precision) {
    if (precision == Precision::fp32 || ops::cpu::dense_bf16()) return true;
    for (auto _ : state) {
    }
    state.SetLabel("not measured: this CPU has no bf16 products");
    return false;
}

}  // namespace keyway::model

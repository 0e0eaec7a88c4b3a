/// What work costs at least: a ligand's matrix products, which "GEMM-bound" counts; an operation's arithmetic
/// and memory traffic, which its roofline counts; and which products a CPU has.
#pragma once

#include "keyway/model/config.hpp"
#include "keyway/model/network.hpp"
#include "keyway/ops/ligand_kernels.hpp"

#include <benchmark/benchmark.h>

#include <string>

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

/// Forward and backward of one operation: multiplications and additions that the mathematics asks for
/// (nothing that is computed again, no exponentials), and every array read or written once in each direction
/// [numbers of 4 bytes]. No kernel can take less time than max(flop / GEMM rate, bytes / memory bandwidth);
/// arrays that stay in a cache let one beat the second.
struct Work {
    double flop = 0, numbers = 0;
};

/// bench.cpp makes `<name>_roofline_share` of these and `<name>_per_second`.
inline void report_work(benchmark::State& state, const std::string& name, const Work& work) {
    state.counters[name + "_gflop"] = 1e-9 * work.flop;
    state.counters[name + "_gbyte"] = 4e-9 * work.numbers;
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

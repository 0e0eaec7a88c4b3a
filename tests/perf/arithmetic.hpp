/// What work costs at least: the matrix products of a ligand and of a pocket, which "GEMM-bound" counts; the
/// arithmetic and memory traffic of an operation, the pocket encoder and a training step, which a roofline
/// counts; and which products a CPU has.
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

/// Multiplications and additions that the mathematics asks for (nothing that is computed again, no
/// exponentials), and every array read or written once in each direction [numbers of 4 bytes]. No program can
/// take less time than max(flop / GEMM rate, bytes / memory bandwidth); arrays that stay in a cache let one
/// beat the second.
struct Work {
    double flop = 0, numbers = 0;
};

/// A pocket as its encoder sees it. In the last layer only tokens receive.
struct PocketSize {
    double atoms = 0, edges = 0, tokens = 0, edges_to_tokens = 0;
};

/// Multiply-adds of the encoder's linear layers for one pocket, forward: of senders 2 C x C products, of
/// receivers 26, of which the first layer's gates, which see scalars only, need 2 less; of tokens 12 more.
inline double encoder_multiply_adds(const ModelConfig& c, const PocketSize& p) {
    const double square = static_cast<double>(c.pocket_channels) * c.pocket_channels;
    double rows = 12 * p.tokens;
    for (int layer = 1; layer <= c.pocket_layers; ++layer)
        rows += 2 * p.atoms + (layer == 1 ? 24 : 26) * (layer < c.pocket_layers ? p.atoms : p.tokens);
    return square * rows;
}

/// The pocket encoder, forward and backward: linear layers, nine edge paths (three in the first layer), and
/// at each atom node product, norm, lengths and gates. Memory: the state of each layer and its gradient, the
/// weights and theirs; what lies between could stay in a cache.
inline Work encoder_work(const ModelConfig& c, const PocketSize& p) {
    const double layers = c.pocket_layers, channels = c.pocket_channels;
    const double at_atoms = 2 * 3 * 27 + 81 + 32 + 50;
    double edge_paths = 0, atoms = 0;
    for (int layer = 1; layer <= c.pocket_layers; ++layer) {
        edge_paths += (layer == 1 ? 9 : 49) * (layer < c.pocket_layers ? p.edges : p.edges_to_tokens);
        atoms += layer < c.pocket_layers ? p.atoms : p.tokens;
    }
    return {6 * encoder_multiply_adds(c, p) + 6 * edge_paths * channels + at_atoms * atoms * channels,
            4 * 9 * atoms * channels + 3 * channels * channels * (16 * layers - 2)};
}

/// One training step over ligands of one pocket, without the losses: encoder, keys and values of the pocket,
/// everything that a ligand costs, forward and backward, and AdamW. Memory besides: changes of keys and
/// values by each ligand, and the eleven numbers that AdamW reads and writes for each weight.
inline Work training_work(const ModelConfig& c, const PocketSize& p, double ligands, double atoms_each,
                          double weights) {
    const double d = c.ligand_channels, reverse = c.reverse_update ? c.fusion_layers - 1 : 0;
    const double keys =
        p.tokens * c.pocket_channels * (d * (2 * c.fusion_layers + reverse) + 2 * c.pair_channels);
    const Work encoder = encoder_work(c, p);
    return {encoder.flop + 6 * (keys + ligands * multiply_adds(c, atoms_each, p.tokens)) + 16 * weights,
            encoder.numbers + 2 * 4 * reverse * ligands * p.tokens * d + 11 * weights};
}

/// The yardstick of "GEMM-bound" for some 0.3 s of processor time: at::mm of [1200, 128] by [128, 256] on one
/// thread, billion floating-point operations a second. A core that is shared with strangers changes its speed
/// within seconds: what is compared with the yardstick is measured between two of it.
double gemm_gflops();

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

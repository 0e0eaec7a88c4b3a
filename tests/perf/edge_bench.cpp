/// The pocket encoder's message on a pocket of 400 atoms, 128 channels, 8 heads: fused kernels beside the
/// reference operations; and the operations at the atoms.
#include "arithmetic.hpp"
#include "ops/cpu/kernels.hpp"
#include "support/synthetic.hpp"

#include "keyway/batch/batch.hpp"
#include "keyway/core/random.hpp"
#include "keyway/ops/edge_message.hpp"
#include "keyway/ops/equivariant_norm.hpp"
#include "keyway/ops/gated_update.hpp"
#include "keyway/ops/invariants.hpp"
#include "keyway/ops/linear.hpp"
#include "keyway/ops/node_product.hpp"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <benchmark/benchmark.h>
#include <c10/core/GradMode.h>
#include <torch/csrc/autograd/autograd.h>

#include <string>
#include <vector>

namespace keyway::ops {
namespace {

constexpr int kPocketAtoms = 400, kChannels = 128, kHeads = 8;

at::Tensor random(std::vector<std::int64_t> shape, std::uint64_t seed) {
    Random numbers(seed);
    at::Tensor x = at::empty(shape);
    for (std::int64_t k = 0; k < x.numel(); ++k)
        x.data_ptr<float>()[k] = static_cast<float>(numbers.normal());
    return x.requires_grad_();
}

struct Scene {
    Scene() {
        at::set_num_threads(1);
        const PocketGraph pocket = testing::random_pocket(1, kPocketAtoms);
        const std::vector<const PocketGraph*> one = {&pocket};
        const batch::PocketBatch batch = batch::collate_pockets(one, {});
        graph = {.receivers = {batch.edge_ptr, batch.edge_receiver},
                 .sender = batch.edge_sender,
                 .sent_ptr = batch.edge_ptr,
                 .sent_edge = batch.edge_reverse,
                 .edge_class = batch.edge_class};
        set_geometry(graph, batch.position_in_pocket);
    }

    EdgeGraph graph;
    Cartesian x{random({kPocketAtoms, kChannels}, 1), random({kPocketAtoms, 3, kChannels}, 2),
                random({kPocketAtoms, 5, kChannels}, 3)};
    EdgeAttention attention{random({kPocketAtoms, kChannels}, 4), random({kPocketAtoms, kChannels}, 5),
                            random({kHeads}, 6)};
    RadialFunctions radial{random({3, 24, 9, kHeads}, 7), 6, 31};
};

using Message = Cartesian (*)(const Cartesian&, const EdgeAttention&, const RadialFunctions&,
                              const EdgeGraph&, Parity);

void forward(benchmark::State& state, Message message, const std::string& name) {
    const Scene scene;
    const at::NoGradGuard no_grad;
    for (auto _ : state)
        benchmark::DoNotOptimize(message(scene.x, scene.attention, scene.radial, scene.graph, Parity::so3));
    state.counters[name + "_edge_conv_fwd_per_second"] =
        benchmark::Counter(static_cast<double>(state.iterations()), benchmark::Counter::kIsRate);
}
BENCHMARK_CAPTURE(forward, reference, edge_message_reference, "reference")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(forward, fused, edge_message, "fused")->Unit(benchmark::kMillisecond);

void both_ways(benchmark::State& state, Message message, const std::string& name) {
    const Scene scene;
    for (auto _ : state) {
        const Cartesian m = message(scene.x, scene.attention, scene.radial, scene.graph, Parity::so3);
        (m.s.sum() + m.v.sum() + m.t.sum()).backward();
    }
    state.counters[name + "_edge_conv_fwdbwd_per_second"] =
        benchmark::Counter(static_cast<double>(state.iterations()), benchmark::Counter::kIsRate);
    if (message != edge_message) return;
    // 49 multiply-adds of each edge and channel, twice as many backward; states of 9 C numbers, weights of 9
    // H.
    const auto edges = static_cast<double>(scene.graph.sender.size(0));
    model::report_work(
        state, name + "_edge_conv_fwdbwd",
        {3 * 2 * 49 * edges * kChannels, 45.0 * kPocketAtoms * kChannels + edges * (5 * 9 * kHeads + 2 * 4)});
}
BENCHMARK_CAPTURE(both_ways, reference, edge_message_reference, "reference")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(both_ways, fused, edge_message, "fused")->Unit(benchmark::kMillisecond);

/// Operations at the atoms, forward and backward, reference and fast.
using AtomOperation = std::vector<at::Tensor> (*)(const std::vector<at::Tensor>&);

std::vector<at::Tensor> run_product(const std::vector<at::Tensor>& x) {
    const Cartesian z = node_product({x[0], x[1], x[2]}, {x[3], x[4], x[5]}, Parity::so3);
    return {z.s, z.v, z.t};
}
std::vector<at::Tensor> run_norm(const std::vector<at::Tensor>& x) {
    const Cartesian y = equivariant_norm({x[0], x[1], x[2]}, {x[6], x[7], x[8], x[9]});
    return {y.s, y.v, y.t};
}
std::vector<at::Tensor> run_invariants(const std::vector<at::Tensor>& x) {
    return {invariants({x[0], x[1], x[2]})};
}
std::vector<at::Tensor> run_update(const std::vector<at::Tensor>& x) {
    const Cartesian y = gated_update({x[0], x[1], x[2]}, {x[3], x[4], x[5]}, x[10]);
    return {y.s, y.v, y.t};
}
std::vector<at::Tensor> run_linear(const std::vector<at::Tensor>& x) {
    return linear(x[2], {x[11], x[12], x[13]});
}

/// Of one atom and channel: states are 9 numbers, gates 3, invariants 3.
constexpr model::Work kWorkOf_product{2 * 3 * 27, 3 * 18 + 2 * 9}, kWorkOf_norm{81, 5 * 9},
    kWorkOf_invariants{32, 3 * 9 + 3 * 3}, kWorkOf_update{50, 30 + 31},
    // five rows of an atom times C columns of three matrices, forward and both adjoints; the matrices are
    // small
    kWorkOf_linear{2.0 * 3 * 5 * 3 * kChannels, 5 * (4 + 5.0)};

void atoms_both_ways(benchmark::State& state, AtomOperation run, const cpu::Kernels* table,
                     const model::Work& of_one, const std::string& name) {
    at::set_num_threads(1);
    const cpu::Kernels* before = cpu::kernels_in_use();
    cpu::use_kernels(table);
    constexpr std::int64_t N = kPocketAtoms, C = kChannels;
    const std::vector<at::Tensor> x = {random({N, C}, 1),  random({N, 3, C}, 2),   random({N, 5, C}, 3),
                                       random({N, C}, 4),  random({N, 3, C}, 5),   random({N, 5, C}, 6),
                                       random({C}, 7),     random({C}, 8),         random({C}, 9),
                                       random({C}, 10),    random({N, 3 * C}, 11), random({C, C}, 12),
                                       random({C, C}, 13), random({C, C}, 14)};
    std::vector<at::Tensor> gradients;
    for (const at::Tensor& y : run(x)) gradients.push_back(at::ones_like(y));
    for (auto _ : state) torch::autograd::backward(run(x), gradients);
    state.counters[name + "_fwdbwd_per_second"] =
        benchmark::Counter(static_cast<double>(state.iterations()), benchmark::Counter::kIsRate);
    if (table) model::report_work(state, name + "_fwdbwd", {of_one.flop * N * C, of_one.numbers * N * C});
    cpu::use_kernels(before);
}
#define KEYWAY_ATOM_BENCHMARK(operation)                                                                     \
    BENCHMARK_CAPTURE(atoms_both_ways, reference_##operation, run_##operation, nullptr, kWorkOf_##operation, \
                      "reference_" #operation)                                                               \
        ->Unit(benchmark::kMicrosecond);                                                                     \
    BENCHMARK_CAPTURE(atoms_both_ways, operation, run_##operation, &cpu::kernels(), kWorkOf_##operation,     \
                      #operation)                                                                            \
        ->Unit(benchmark::kMicrosecond)
KEYWAY_ATOM_BENCHMARK(product);
KEYWAY_ATOM_BENCHMARK(norm);
KEYWAY_ATOM_BENCHMARK(invariants);
KEYWAY_ATOM_BENCHMARK(update);
KEYWAY_ATOM_BENCHMARK(linear);

}  // namespace
}  // namespace keyway::ops

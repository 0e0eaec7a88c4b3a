/// The pocket encoder's message on a pocket of 400 atoms, 128 channels, 8 heads: fused kernels beside the
/// reference operations, and the whole encoder of `base`, forward and backward.
#include "model/affinity_model.hpp"
#include "support/synthetic.hpp"

#include "keyway/core/random.hpp"
#include "keyway/ops/edge_message.hpp"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <benchmark/benchmark.h>
#include <c10/core/GradMode.h>

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
                 .reverse = batch.edge_reverse,
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
}
BENCHMARK_CAPTURE(both_ways, reference, edge_message_reference, "reference")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(both_ways, fused, edge_message, "fused")->Unit(benchmark::kMillisecond);

void encoder_both_ways(benchmark::State& state) {
    at::set_num_threads(1);
    const model::AffinityModel network(model::ModelConfig::named("base"), {.seed = 1});
    const PocketGraph pocket = testing::random_pocket(1, kPocketAtoms);
    const std::vector<const PocketGraph*> one = {&pocket};
    const batch::PocketBatch batch = batch::collate_pockets(one, {});
    for (auto _ : state) network.encode_pockets(batch).token.sum().backward();
    state.counters["encoder_fwdbwd_per_second"] =
        benchmark::Counter(static_cast<double>(state.iterations()), benchmark::Counter::kIsRate);
}
BENCHMARK(encoder_both_ways)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace keyway::ops

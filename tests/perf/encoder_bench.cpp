/// The whole pocket encoder of `base` (128 channels, 4 layers), forward and backward: on a random pocket of
/// 400 atoms beside the reference operations; and on the atoms that encoder_peers.py gives to others, one "x
/// y z" [A] a line in the file that KEYWAY_PEER_POCKET names (`./run bench --peers` does it all). Edges are
/// ready before the clock starts, for them and for us.
#include "model/affinity_model.hpp"
#include "ops/cpu/kernels.hpp"
#include "pocket_size.hpp"
#include "support/synthetic.hpp"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <benchmark/benchmark.h>
#include <c10/core/GradMode.h>

#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

namespace keyway::model {
namespace {

constexpr int kPocketAtoms = 400;

enum class Pass { forward, both_ways };

/// `table` null: the reference operations.
void encode(benchmark::State& state, const PocketGraph& pocket, const ops::cpu::Kernels* table, Pass pass,
            const std::string& name) {
    at::set_num_threads(1);
    const ops::cpu::Kernels* before = ops::cpu::kernels_in_use();
    ops::cpu::use_kernels(table);
    const AffinityModel network(ModelConfig::named("base"), {.seed = 1});
    const std::vector<const PocketGraph*> one = {&pocket};
    const batch::PocketBatch batch = batch::collate_pockets(one, {});
    for (auto _ : state) {
        const at::AutoGradMode gradients(pass == Pass::both_ways);
        const at::Tensor sum = network.encode_pockets(batch).token.sum();
        if (pass == Pass::both_ways) sum.backward();
    }
    state.counters[name + "_per_second"] =
        benchmark::Counter(static_cast<double>(state.iterations()), benchmark::Counter::kIsRate);
    if (table) {
        const double share =
            pass == Pass::both_ways ? 1 : 1.0 / 3;  // both adjoints of a product cost as much
        const Work work = encoder_work(network.config(), size_of(batch));
        report_work(state, name, {share * work.flop, share * work.numbers});
        state.counters[name + "_product_gflop"] =
            share * 6e-9 * encoder_multiply_adds(network.config(), size_of(batch));
    }
    ops::cpu::use_kernels(before);
}

void encoder(benchmark::State& state, const ops::cpu::Kernels* table, Pass pass, const std::string& name) {
    encode(state, testing::random_pocket(1, kPocketAtoms), table, pass, name);
}
BENCHMARK_CAPTURE(encoder, reference_forward, nullptr, Pass::forward, "reference_encoder_fwd")
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(encoder, forward, &ops::cpu::kernels(), Pass::forward, "encoder_fwd")
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(encoder, reference_both_ways, nullptr, Pass::both_ways, "reference_encoder_fwdbwd")
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(encoder, both_ways, &ops::cpu::kernels(), Pass::both_ways, "encoder_fwdbwd")
    ->Unit(benchmark::kMillisecond);

/// Their positions; element, residue and bonds are made up, and cost the same.
std::vector<std::array<float, 3>> peer_positions() {
    const char* path = std::getenv("KEYWAY_PEER_POCKET");
    std::vector<std::array<float, 3>> positions;
    std::ifstream lines(path ? path : "");
    for (std::array<float, 3> at; lines >> at[0] >> at[1] >> at[2];) positions.push_back(at);
    return positions;
}

void peer_pocket(benchmark::State& state, Pass pass, const std::string& name) {
    const auto positions = peer_positions();
    if (positions.empty()) {
        for (auto _ : state) {
        }
        return state.SetLabel("not measured: KEYWAY_PEER_POCKET names no file of positions");
    }
    PocketGraph pocket = testing::random_pocket(1, static_cast<int>(positions.size()));
    pocket.position_in_pocket = positions;
    encode(state, pocket, &ops::cpu::kernels(), pass, name);
}
BENCHMARK_CAPTURE(peer_pocket, forward, Pass::forward, "peer_encoder_fwd")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(peer_pocket, forward_backward, Pass::both_ways, "peer_encoder_fwdbwd")
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace keyway::model

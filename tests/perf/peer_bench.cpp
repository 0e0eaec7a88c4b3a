/// The pocket encoder of `base` (128 channels, 4 layers) on the atoms that encoder_peers.py gives to others,
/// one "x y z" [A] a line in the file that KEYWAY_PEER_POCKET names; `./run bench --peers` does it all. Edges
/// are ready before the clock starts, for them and for us.
#include "model/affinity_model.hpp"
#include "support/synthetic.hpp"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <benchmark/benchmark.h>
#include <c10/core/InferenceMode.h>

#include <cstdlib>
#include <fstream>
#include <vector>

namespace keyway::model {
namespace {

/// Their positions; element, residue and bonds are made up, and cost the same.
std::vector<std::array<float, 3>> peer_positions() {
    const char* path = std::getenv("KEYWAY_PEER_POCKET");
    std::vector<std::array<float, 3>> positions;
    std::ifstream lines(path ? path : "");
    for (std::array<float, 3> at; lines >> at[0] >> at[1] >> at[2];) positions.push_back(at);
    return positions;
}

template <class Work>
void with_peer_pocket(benchmark::State& state, Work work) {
    const auto positions = peer_positions();
    if (positions.empty()) {
        for (auto _ : state) {
        }
        return state.SetLabel("not measured: KEYWAY_PEER_POCKET names no file of positions");
    }
    at::set_num_threads(1);
    PocketGraph pocket = testing::random_pocket(1, static_cast<int>(positions.size()));
    pocket.position_in_pocket = positions;
    const AffinityModel network(ModelConfig::named("base"), {.seed = 1});
    const std::vector<const PocketGraph*> one = {&pocket};
    const batch::PocketBatch batch = batch::collate_pockets(one, {});
    for (auto _ : state) work(network, batch);
    state.counters["edges"] = static_cast<double>(batch.edge_sender.size(0));
}

void peer_pocket_forward(benchmark::State& state) {
    const c10::InferenceMode inference;
    with_peer_pocket(state, [](const AffinityModel& network, const batch::PocketBatch& batch) {
        benchmark::DoNotOptimize(network.encode_pockets(batch));
    });
}
BENCHMARK(peer_pocket_forward)->Unit(benchmark::kMillisecond);

void peer_pocket_forward_backward(benchmark::State& state) {
    with_peer_pocket(state, [](const AffinityModel& network, const batch::PocketBatch& batch) {
        network.encode_pockets(batch).token.sum().backward();
    });
}
BENCHMARK(peer_pocket_forward_backward)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace keyway::model

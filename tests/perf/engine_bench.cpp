/// One ligand of 25 atoms before a pocket of about 200 tokens: the CPU engine beside the reference network,
/// and what the matrix products alone would cost at the speed of this machine's matrix multiplication.
#include "arithmetic.hpp"
#include "model/cpu_engine.hpp"
#include "model/scoring.hpp"
#include "support/synthetic.hpp"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <benchmark/benchmark.h>
#include <c10/core/InferenceMode.h>

#include <ctime>
#include <string>
#include <vector>

namespace keyway::model {
namespace {

constexpr int kAtoms = 25, kPocketAtoms = 400, kLigands = 32;

struct Scene {
    AffinityModel model;
    EncodedPockets pocket;
    std::vector<LigandGraph> ligands;

    explicit Scene(const std::string& config)
        : model(ModelConfig::named(config), nn::Parameters::Layout{.seed = 1}),
          pocket(encode_pocket(model, testing::random_pocket(1, kPocketAtoms), PocketUse::full)) {
        at::set_num_threads(1);
        for (int i = 0; i < kLigands; ++i) {
            ligands.push_back(testing::random_ligand(i, kAtoms));
            ligands.back().stereo.resize(2);  // as many as drugs have, not one at each branching
        }
    }
};

void report(benchmark::State& state, const std::string& name, double ligands) {
    state.counters[name] =
        benchmark::Counter(ligands * static_cast<double>(state.iterations()), benchmark::Counter::kIsRate);
}

void reference(benchmark::State& state, const std::string& config) {
    const Scene scene(config);
    for (auto _ : state) benchmark::DoNotOptimize(score_ligands(scene.model, scene.pocket, scene.ligands));
    report(state, config + "_reference_ligands_per_second_core", kLigands);
}
BENCHMARK_CAPTURE(reference, fast, "fast")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(reference, base, "base")->Unit(benchmark::kMillisecond);

void engine(benchmark::State& state, const std::string& config) {
    const Scene scene(config);
    const CpuEngine engine(scene.model);
    const EnginePocket pocket = engine.prepare(scene.pocket);
    for (auto _ : state) benchmark::DoNotOptimize(engine.predict(pocket, scene.ligands));
    report(state, config + "_engine_ligands_per_second_core", kLigands);
    state.counters[config + "_gflop_per_ligand"] =
        2e-9 * multiply_adds(scene.model.config(), kAtoms, static_cast<double>(pocket.tokens));
}
BENCHMARK_CAPTURE(engine, fast, "fast")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(engine, base, "base")->Unit(benchmark::kMillisecond);

void engine_bf16(benchmark::State& state, const std::string& config) {
    if (!can_run(state, Precision::bf16)) return;
    const Scene scene(config);
    const CpuEngine engine(scene.model, Precision::bf16);
    const EnginePocket pocket = engine.prepare(scene.pocket);
    for (auto _ : state) benchmark::DoNotOptimize(engine.predict(pocket, scene.ligands));
    report(state, config + "_bf16_engine_ligands_per_second_core", kLigands);
}
BENCHMARK_CAPTURE(engine_bf16, fast, "fast")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(engine_bf16, base, "base")->Unit(benchmark::kMillisecond);

struct SampleProduct {
    at::Tensor x = at::ones({1200, 128}), w = at::ones({128, 256}), y = at::empty({1200, 256});
    static constexpr double kGflop = 2e-9 * 1200 * 128 * 256;
    void run() {
        const c10::InferenceMode inference;
        at::set_num_threads(1);
        at::mm_out(y, x, w);
    }
};

void matrix_product(benchmark::State& state) {
    SampleProduct product;
    for (auto _ : state) product.run();
    report(state, "gemm_gflops_core", SampleProduct::kGflop);
}
BENCHMARK(matrix_product)->Unit(benchmark::kMicrosecond);

/// Billion bytes a second of x = y + 2 z over arrays that no cache holds: the yardstick of "memory-bound".
void memory_stream(benchmark::State& state) {
    constexpr std::size_t kNumbers = 16 << 20;
    std::vector<float> x(kNumbers, 0), y(kNumbers, 1), z(kNumbers, 2);
    for (auto _ : state) {
        for (std::size_t k = 0; k < kNumbers; ++k) x[k] = y[k] + 2 * z[k];
        benchmark::ClobberMemory();
    }
    report(state, "memory_gbytes_per_s_core", 3 * 4e-9 * kNumbers);
}
BENCHMARK(memory_stream)->Unit(benchmark::kMillisecond);

}  // namespace

double gemm_gflops() {
    constexpr int kProducts = 300;
    SampleProduct product;
    const std::clock_t before = std::clock();
    for (int k = 0; k < kProducts; ++k) product.run();
    return kProducts * SampleProduct::kGflop * CLOCKS_PER_SEC / static_cast<double>(std::clock() - before);
}

}  // namespace keyway::model

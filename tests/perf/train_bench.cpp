/// Training: one pocket of 200 tokens before 48 ligands of 25 atoms, channels of `base`. Each operation of
/// the ligand's side fused and as reference, AdamW, and a whole step of the trainer.
#include "model/torch_network.hpp"
#include "ops/cpu/kernels.hpp"
#include "ops/cpu/training_kernels.hpp"
#include "pocket_size.hpp"
#include "support/synthetic.hpp"
#include "support/tensors.hpp"

#include "keyway/batch/batch.hpp"
#include "keyway/ops/adamw.hpp"
#include "keyway/ops/gine.hpp"
#include "keyway/ops/pair_attention.hpp"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <benchmark/benchmark.h>
#include <c10/core/GradMode.h>
#include <torch/csrc/autograd/autograd.h>

#include <string>
#include <vector>

namespace keyway::ops {
namespace {

constexpr std::int64_t kLigands = 48, kLigandAtoms = 25, kAtoms = kLigands * kLigandAtoms, kTokens = 200;
constexpr std::int64_t kChannels = 128, kPairChannels = 32, kWeights = 1 << 20;
constexpr int kHeads = 8, kPocketAtoms = 2 * kTokens;

/// Exchanges the operations of this program, both sides of the network, while it lives.
class Using {
public:
    enum class Operations { fused, reference };
    explicit Using(Operations operations) {
        at::set_num_threads(1);
        if (operations == Operations::fused) return;
        cpu::use_kernels(nullptr);
        cpu::use_training_kernels(nullptr);
    }
    ~Using() {
        cpu::use_kernels(atoms_);
        cpu::use_training_kernels(training_);
    }
    Using(const Using&) = delete;
    Using& operator=(const Using&) = delete;

private:
    const cpu::Kernels* atoms_ = cpu::kernels_in_use();
    const cpu::TrainingKernels* training_ = cpu::training_kernels();
};
using enum Using::Operations;

void report(benchmark::State& state, const std::string& name, double each) {
    state.counters[name] =
        benchmark::Counter(each * static_cast<double>(state.iterations()), benchmark::Counter::kIsRate);
}

std::vector<LigandGraph> ligands() {
    std::vector<LigandGraph> graphs;
    for (std::int64_t i = 0; i < kLigands; ++i) {
        graphs.push_back(testing::random_ligand(static_cast<std::uint64_t>(i), kLigandAtoms));
        graphs.back().stereo.resize(2);  // as many as drugs have, not one at each branching
    }
    return graphs;
}

template <class Graph>
std::vector<const Graph*> pointers_to(const std::vector<Graph>& graphs) {
    std::vector<const Graph*> pointers;
    for (const Graph& graph : graphs) pointers.push_back(&graph);
    return pointers;
}

/// Arrays that an operation takes, which all get gradients, and the graphs it runs over.
struct Scene {
    static at::Tensor random(const std::vector<std::int64_t>& shape, std::uint64_t seed) {
        return testing::random_tensor(shape, seed).to(at::kFloat).requires_grad_();
    }
    static Pairing one_pocket() {
        PairOffsets offsets{{0}, {0, kTokens}, std::vector<std::int64_t>(kLigands, 0)};
        for (std::int64_t l = 1; l <= kLigands; ++l) offsets.atom_ptr.push_back(l * kLigandAtoms);
        return {offsets, at::kCPU};
    }
    static BondGraph bonds_of_ligands() {
        const std::vector<LigandGraph> graphs = ligands();
        const std::vector<int> pocket(kLigands, 0);
        const batch::LigandBatch batch = batch::collate_ligands(pointers_to(graphs), pocket, {});
        return {{batch.bond_ptr, batch.bond_receiver}, batch.bond_sender, batch.bond_type};
    }

    Pairing pairing = one_pocket();
    BondGraph bonds = bonds_of_ligands();
    at::Tensor atom = random({kAtoms, kChannels}, 1), token_key = random({kTokens, kChannels}, 2),
               token_value = random({kTokens, kChannels}, 3),
               key_change = random({kLigands, kTokens, kChannels}, 4),
               value_change = random({kLigands, kTokens, kChannels}, 5),
               atom_key = random({kAtoms, kChannels}, 6), atom_value = random({kAtoms, 2 * kChannels}, 7),
               atom_gate = random({kAtoms, kPairChannels}, 8),
               atom_energy = random({kAtoms, kPairChannels}, 9),
               token_gate = random({kTokens, kPairChannels}, 10),
               token_energy = random({kTokens, kPairChannels}, 11), gate_bias = random({1}, 12),
               bond_embedding = random({kBondClasses, kChannels}, 13),
               bond_gate = random({kBondClasses, kChannels}, 14);
};

using Tensors = std::vector<at::Tensor>;
struct Call {
    Tensors inputs, outputs;
};

/// Keys and values that all ligands of a pocket share.
Call attention(const Scene& x) {
    return {{x.atom, x.token_key, x.token_value},
            {attend_tokens(x.atom, {x.token_key, x.token_value, {}}, x.pairing, kHeads)}};
}
/// Keys and values that each ligand has changed.
Call changed_attention(const Scene& x) {
    return {{x.atom, x.token_key, x.token_value, x.key_change, x.value_change},
            {attend_tokens(x.atom, {x.token_key, x.token_value, {x.key_change, x.value_change}}, x.pairing,
                           kHeads)}};
}
Call reverse_attention(const Scene& x) {
    const TokenChanges change = answer_tokens(x.token_key, {x.atom_key, x.atom_value}, x.pairing, kHeads);
    return {{x.token_key, x.atom_key, x.atom_value}, {change.key, change.value}};
}
Call sum_of_pairs(const Scene& x) {
    return {{x.atom_gate, x.atom_energy, x.token_gate, x.token_energy, x.gate_bias},
            {pair_sum({x.atom_gate, x.atom_energy, x.token_gate, x.token_energy, x.gate_bias, 0.18, 0.01},
                      x.pairing)}};
}
Call bond_messages(const Scene& x) {
    return {{x.atom, x.bond_embedding, x.bond_gate},
            {gine_aggregate(x.atom, x.bonds, x.bond_embedding, x.bond_gate)}};
}

using Operation = Call (*)(const Scene&);

/// A d, T d, L T d and A T d: the sizes of the arrays and of one product over all pairs.
constexpr double kAtomRows = 1.0 * kAtoms * kChannels, kTokenRows = 1.0 * kTokens * kChannels,
                 kChangeRows = kLigands * kTokenRows, kPairs = kAtomRows * kTokens;

/// Products forward and backward: 2 + 4.
model::Work work_of_attention(const Scene&) { return {12 * kPairs, 6 * kAtomRows + 6 * kTokenRows}; }
model::Work work_of_changed_attention(const Scene&) {
    return {12 * kPairs, 6 * kAtomRows + 6 * kTokenRows + 6 * kChangeRows};
}
/// 3 + 6
model::Work work_of_reverse_attention(const Scene&) {
    return {18 * kPairs, 9 * kAtomRows + 3 * kTokenRows + 4 * kChangeRows};
}
/// 2 + 4 of kPairChannels
model::Work work_of_sum_of_pairs(const Scene&) {
    return {12.0 * kAtoms * kTokens * kPairChannels, 6.0 * (kAtoms + kTokens) * kPairChannels + 2 * kAtoms};
}
/// Element by element: 4 forward, 8 backward for each bond and channel.
model::Work work_of_bond_messages(const Scene& x) {
    return {12.0 * static_cast<double>(x.bonds.sender.size(0)) * kChannels, 5 * kAtomRows};
}

using WorkOf = model::Work (*)(const Scene&);

void forward(benchmark::State& state, Operation run, Using::Operations operations, const std::string& name) {
    const Using chosen(operations);
    const Scene scene;
    const c10::NoGradGuard no_grad;
    for (auto _ : state) benchmark::DoNotOptimize(run(scene).outputs);
    report(state, name + "_fwd_per_second", 1);
}

void both_ways(benchmark::State& state, Operation run, WorkOf work, Using::Operations operations,
               const std::string& name) {
    const Using chosen(operations);
    const Scene scene;
    Tensors gradients;
    for (const at::Tensor& y : run(scene).outputs) gradients.push_back(at::ones_like(y));
    for (auto _ : state) {
        const Call call = run(scene);
        benchmark::DoNotOptimize(torch::autograd::grad(call.outputs, call.inputs, gradients));
    }
    report(state, name + "_fwdbwd_per_second", 1);
    if (operations == fused) model::report_work(state, name + "_fwdbwd", work(scene));
}

#define KEYWAY_TRAINING_BENCHMARK(operation)                                                         \
    BENCHMARK_CAPTURE(forward, reference_##operation, operation, reference, "reference_" #operation) \
        ->Unit(benchmark::kMicrosecond);                                                             \
    BENCHMARK_CAPTURE(forward, fused_##operation, operation, fused, "fused_" #operation)             \
        ->Unit(benchmark::kMicrosecond);                                                             \
    BENCHMARK_CAPTURE(both_ways, reference_##operation, operation, work_of_##operation, reference,   \
                      "reference_" #operation)                                                       \
        ->Unit(benchmark::kMicrosecond);                                                             \
    BENCHMARK_CAPTURE(both_ways, fused_##operation, operation, work_of_##operation, fused,           \
                      "fused_" #operation)                                                           \
        ->Unit(benchmark::kMicrosecond)
KEYWAY_TRAINING_BENCHMARK(attention);
KEYWAY_TRAINING_BENCHMARK(changed_attention);
KEYWAY_TRAINING_BENCHMARK(reverse_attention);
KEYWAY_TRAINING_BENCHMARK(sum_of_pairs);
KEYWAY_TRAINING_BENCHMARK(bond_messages);

void optimiser(benchmark::State& state, Using::Operations operations, const std::string& name) {
    const Using chosen(operations);
    const auto numbers = [](std::uint64_t seed) {
        return testing::random_tensor({kWeights}, seed).to(at::kFloat);
    };
    const AdamwState weights{numbers(1), numbers(2),       at::zeros({kWeights}), at::zeros({kWeights}),
                             numbers(1), numbers(3).abs_()};
    const AdamwStep step{.beta1 = 0.9,
                         .beta2 = 0.999,
                         .learning_rate = 1e-3,
                         .correction1 = 0.5,
                         .correction2 = 0.05,
                         .average = 0.001};
    for (auto _ : state) adamw(weights, step);
    report(state, name + "_per_second", 1);
    // Six arrays are read and all but the decay written.
    if (operations == fused) model::report_work(state, name, {16.0 * kWeights, 11.0 * kWeights});
}
BENCHMARK_CAPTURE(optimiser, reference, reference, "reference_adamw")->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(optimiser, fused, fused, "fused_adamw")->Unit(benchmark::kMicrosecond);

/// Collate, forward with dropout, losses, backward, AdamW. The pocket is never blanked: that would be
/// cheaper.
void train_step(benchmark::State& state, Using::Operations operations, const std::string& config,
                const std::string& name) {
    const Using chosen(operations);
    const model::ModelConfig size = model::ModelConfig::named(config);
    const auto trainer = model::torch_network().make_trainer(size, {.pocket_dropout = 0}, 1, "cpu");
    const PocketGraph pocket = testing::random_pocket(1, kPocketAtoms);
    const std::vector<LigandGraph> graphs = ligands();
    model::TrainBatch batch{.pockets = {&pocket}, .ligands = pointers_to(graphs)};
    for (int l = 0; l < kLigands; ++l)
        batch.rows.push_back({.ligand = l, .pk = 5.0f + 0.05f * static_cast<float>(l)});
    trainer->step(batch, 1e-4);  // reserves what later steps reuse
    for (auto _ : state)
        if (!trainer->step(batch, 1e-4).finite) state.SkipWithError("the loss is not finite");
    report(state, name + "samples_per_second_" + config, static_cast<double>(kLigands));
    if (operations == reference) return;
    report(state, name + "step_" + config + "_per_second", 1);
    const batch::PocketBatch pockets = batch::collate_pockets(batch.pockets, {});
    model::report_work(state, name + "step_" + config,
                       model::training_work(size, model::size_of(pockets), kLigands, kLigandAtoms,
                                            static_cast<double>(trainer->parameter_count())));
}
#define KEYWAY_STEP_BENCHMARK(config)                                                         \
    BENCHMARK_CAPTURE(train_step, reference_##config, reference, #config, "reference_train_") \
        ->Unit(benchmark::kMillisecond);                                                      \
    BENCHMARK_CAPTURE(train_step, fused_##config, fused, #config, "train_")->Unit(benchmark::kMillisecond)
KEYWAY_STEP_BENCHMARK(fast);
KEYWAY_STEP_BENCHMARK(base);

}  // namespace
}  // namespace keyway::ops

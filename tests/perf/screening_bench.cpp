/// The steps of a screen, one core each: parse and featurise ligands, cut and encode a pocket, predict.
#include "support/temporary_folder.hpp"

#include "keyway/chem/pocket.hpp"
#include "keyway/chem/read_ligand.hpp"
#include "keyway/core/error.hpp"
#include "keyway/core/table.hpp"
#include "keyway/features/features.hpp"
#include "keyway/model/network.hpp"
#include "keyway/sample/columns.hpp"

#include <benchmark/benchmark.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace keyway {
namespace {

constexpr const char* kProtease = "/usr/share/pymol/data/tut/1hpv.pdb";

std::vector<std::string> drug_smiles() {
    chem::warm_up_rdkit();
    std::vector<std::string> smiles;
    TableReader table{std::filesystem::path(KEYWAY_SOURCE_DIR "/apps/demo/drugs.csv")};
    while (table.next()) smiles.emplace_back(table["smiles"]);
    return smiles;
}

std::vector<LigandGraph> drug_graphs() {
    std::vector<LigandGraph> graphs;
    for (const std::string& smiles : drug_smiles()) {
        const auto molecule = chem::parse_smiles(smiles, "drug");
        if (!molecule.ok()) continue;
        auto graph = features::ligand_graph(molecule.value());
        if (graph.ok()) graphs.push_back(std::move(graph.value()));
    }
    return graphs;
}

PocketGraph protease_pocket() {
    return features::pocket_graph(chem::cut_pocket(
        chem::read_structure(kProtease), chem::site_from_structure_ligand("478"), PocketDefinition{}));
}

/// The `fast` network with the weights it is born with: speed does not depend on their values.
std::unique_ptr<model::Predictor> fast_predictor() {
    const keyway::testing::TemporaryFolder folder;
    const auto& network = model::network();
    network.set_intra_op_threads(1);
    model::Passport passport;
    passport.config = model::ModelConfig::named("fast");
    passport.feature_version = kFeatureVersion;
    passport.name = "bench";
    const auto path = folder / "weights.safetensors";
    network.make_trainer(passport.config, {}, 1, "cpu")->save_weights(path, passport);
    return network.load(path, "cpu");
}

void report(benchmark::State& state, const std::string& counter, std::size_t items_per_iteration) {
    state.counters[counter] =
        benchmark::Counter(static_cast<double>(items_per_iteration) * static_cast<double>(state.iterations()),
                           benchmark::Counter::kIsRate);
}

void parse_and_featurise(benchmark::State& state) {
    const auto smiles = drug_smiles();
    for (auto _ : state)
        for (const std::string& text : smiles) {
            const auto molecule = chem::parse_smiles(text, "drug");
            if (molecule.ok()) benchmark::DoNotOptimize(features::ligand_graph(molecule.value()));
        }
    report(state, "parse_and_featurise_ligands_per_second_core", smiles.size());
}
BENCHMARK(parse_and_featurise)->Unit(benchmark::kMillisecond);

/// Stops the benchmark with words instead of the program where an input is not there.
template <class Work>
void with_protease(benchmark::State& state, Work work) {
    try {
        work();
    } catch (const Error& error) {
        state.SkipWithError(error.what());
    }
}

void read_and_cut_pocket(benchmark::State& state) {
    with_protease(state, [&] {
        for (auto _ : state) benchmark::DoNotOptimize(protease_pocket());
        report(state, "read_and_cut_pockets_per_second_core", 1);
    });
}
BENCHMARK(read_and_cut_pocket)->Unit(benchmark::kMillisecond);

void encode_pocket(benchmark::State& state) {
    with_protease(state, [&] {
        const PocketGraph pocket = protease_pocket();
        const auto predictor = fast_predictor();
        for (auto _ : state) benchmark::DoNotOptimize(predictor->encode(pocket));
        report(state, "encode_pockets_per_second_core", 1);
    });
}
BENCHMARK(encode_pocket)->Unit(benchmark::kMillisecond);

void predict(benchmark::State& state) {
    with_protease(state, [&] {
        auto ligands = drug_graphs();
        ligands.resize(64);
        const auto predictor = fast_predictor();
        const auto pocket = predictor->encode(protease_pocket());
        for (auto _ : state) benchmark::DoNotOptimize(predictor->predict(*pocket, ligands));
        report(state, "predict_ligands_per_second_core", ligands.size());
    });
}
BENCHMARK(predict)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace keyway

/// `keyway screen` as a user runs it, one thread: read, parse, featurise, score, find the nearest of the
/// training ligands, write. Drugs of 23 to 27 heavy atoms, many times over, before a pocket of about 200
/// tokens; from SMILES and from an HDF5 library. The training domain is that of models/base; without it, for
/// comparison. Rates are by CPU time of this process, where ligands are parsed, too (`--isolation none`);
/// loading the model and encoding the pocket are inside.
#include "arithmetic.hpp"
#include "support/synthetic.hpp"
#include "support/temporary_folder.hpp"

#include "keyway/chem/read_ligand.hpp"
#include "keyway/core/table.hpp"
#include "keyway/model/network.hpp"
#include "keyway/store/domain_file.hpp"
#include "keyway/workflows/build_library.hpp"
#include "keyway/workflows/screen.hpp"
#include "keyway/workflows/training_domain.hpp"

#include <benchmark/benchmark.h>
#include <time.h>

#include <algorithm>
#include <fstream>
#include <string>

namespace keyway {
namespace {

constexpr int kRepeats = 256, kPocketAtoms = 400;
enum class Library { smiles, hdf5, smiles_without_domain };

/// Of all threads of this process.
double cpu_seconds() {
    timespec now{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

struct Scene {
    Scene(const std::string& config, Library library) {
        model::Passport passport;
        passport.config = model::ModelConfig::named(config);
        passport.feature_version = kFeatureVersion;
        passport.name = config;
        if (library != Library::smiles_without_domain) {
            const std::filesystem::path domain = KEYWAY_SOURCE_DIR "/models/base/domain.h5";
            passport.training_data_sha256 = store::read_domain_file(domain).training_data_sha256;
            std::filesystem::copy_file(domain, folder / std::string(workflows::TrainingDomain::kFileName));
        }
        // The weights it is born with: speed does not depend on their values.
        model::network().make_trainer(passport.config, {}, 1, "cpu")->save_weights(weights, passport);
        tokens = static_cast<double>(std::count(pocket.is_token.begin(), pocket.is_token.end(), 1));
        write_library();
    }

    void write_library() {
        TableReader table{std::filesystem::path(KEYWAY_SOURCE_DIR "/apps/demo/drugs.csv")};
        std::string once;
        int drugs = 0, atoms = 0;
        while (table.next()) {
            const std::string text(table["smiles"]);
            const auto molecule = chem::parse_smiles(text, "drug");
            if (!molecule.ok() || std::abs(molecule.value().heavy_atoms() - 25) > 2) continue;
            once += text + " drug" + std::to_string(++drugs) + "\n";
            atoms += molecule.value().heavy_atoms();
        }
        ligands = drugs * kRepeats;
        mean_atoms = static_cast<double>(atoms) / drugs;
        std::ofstream out(smiles);
        for (int k = 0; k < kRepeats; ++k) out << once;
    }

    testing::TemporaryFolder folder;
    std::filesystem::path weights = folder / "weights.safetensors", smiles = folder / "library.smi";
    PocketGraph pocket = testing::random_pocket(1, kPocketAtoms);
    double tokens = 0, mean_atoms = 0;
    int ligands = 0;
};

void screen(benchmark::State& state, const std::string& config, Library library, model::Precision precision) {
    if (!model::can_run(state, precision)) return;
    const Scene scene(config, library);
    workflows::ScreenOptions options;
    options.ligands = {scene.smiles};
    if (library == Library::hdf5) {
        options.ligands = {scene.folder / "library.h5"};
        workflows::BuildLibraryOptions build;
        build.ligands = {scene.smiles};
        build.out = options.ligands.front();
        build_library(build, silent_context());
    }
    options.model = scene.weights.string();
    options.out = scene.folder / "scores.tsv";
    options.if_exists = IfExists::overwrite;
    options.order = workflows::RowOrder::input;
    options.threads = 1;
    options.device = "cpu";
    options.precision = precision;
    options.ligand.canonical_smiles = false;  // as the program
    // Children would spend their time where this process's clock does not look.
    options.guard.isolation = workflows::Isolation::none;
    double yardstick = 0;
    for (auto _ : state) {
        yardstick += model::gemm_gflops() / 2;
        const double before = cpu_seconds();
        workflows::screen(scene.pocket, options, model::network(), silent_context());
        state.SetIterationTime(cpu_seconds() - before);
        yardstick += model::gemm_gflops() / 2;
    }
    const std::string name = std::string(config == "base" ? "" : config + "_") + "ligands_per_s_core" +
                             (library == Library::hdf5                    ? "_hdf5"
                              : library == Library::smiles_without_domain ? "_without_domain"
                                                                          : "") +
                             (precision == model::Precision::bf16 ? "_bf16" : "");
    state.counters[name] =
        benchmark::Counter(static_cast<double>(scene.ligands) * static_cast<double>(state.iterations()),
                           benchmark::Counter::kIsRate);
    state.counters[name + "_gemm_gflops"] = yardstick / static_cast<double>(state.iterations());
    state.counters[config + "_screen_gflop_per_ligand"] =
        2e-9 * multiply_adds(model::ModelConfig::named(config), scene.mean_atoms, scene.tokens);
}

#define KEYWAY_SCREEN(name, ...) \
    BENCHMARK_CAPTURE(screen, name, __VA_ARGS__)->Unit(benchmark::kMillisecond)->UseManualTime()
KEYWAY_SCREEN(base_smiles, "base", Library::smiles, model::Precision::fp32);
KEYWAY_SCREEN(base_smiles_without_domain, "base", Library::smiles_without_domain, model::Precision::fp32);
KEYWAY_SCREEN(base_smiles_bf16, "base", Library::smiles, model::Precision::bf16);
KEYWAY_SCREEN(base_hdf5, "base", Library::hdf5, model::Precision::fp32);
KEYWAY_SCREEN(base_hdf5_bf16, "base", Library::hdf5, model::Precision::bf16);
KEYWAY_SCREEN(fast_smiles, "fast", Library::smiles, model::Precision::fp32);
KEYWAY_SCREEN(fast_smiles_without_domain, "fast", Library::smiles_without_domain, model::Precision::fp32);
KEYWAY_SCREEN(fast_smiles_bf16, "fast", Library::smiles, model::Precision::bf16);
KEYWAY_SCREEN(fast_hdf5, "fast", Library::hdf5, model::Precision::fp32);
KEYWAY_SCREEN(fast_hdf5_bf16, "fast", Library::hdf5, model::Precision::bf16);

}  // namespace
}  // namespace keyway

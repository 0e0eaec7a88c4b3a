/// The CPU engine says what the reference network says, and the same bits in whatever company.
#include "model/cpu_engine.hpp"

#include "model/scoring.hpp"
#include "model/trained_model.hpp"

#include "keyway/core/error.hpp"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <cstring>
#include <numeric>
#include <thread>

namespace keyway::model {
namespace {

/// Weights away from their start, where several biases are zero and gains one.
std::unique_ptr<AffinityModel> model_of(const ModelConfig& config) {
    auto model = std::make_unique<AffinityModel>(config, nn::Parameters::Layout{.seed = 3});
    Random random(11);
    const at::Tensor values = model->parameters().values();
    float* value = values.data_ptr<float>();
    for (std::int64_t k = 0; k < values.numel(); ++k) value[k] += 0.02f * static_cast<float>(random.normal());
    if (config.remembered_pockets > 0) {  // the pocket of 64 atoms is known
        const PocketGraph known = testing::random_pocket(31, 64);
        const PocketGraph* pocket = &known;
        const at::Tensor composition = batch::collate_pockets(std::span(&pocket, 1), {}).composition;
        model->parameters().entry(kMemoryKeyName).value.detach().narrow(0, 0, 1).copy_(composition);
    }
    if (config.grounding) {  // these start at zero: distances must matter
        const auto& table = model->parameters().entry("grounding.radial_table");
        for (std::int64_t k = 0; k < table.count; ++k)
            value[table.offset + k] = static_cast<float>(random.normal());
    }
    return model;
}

/// 1 to 40 atoms, stereocentres from four atoms on; the second one is a single atom.
std::vector<LigandGraph> library(int size) {
    std::vector<LigandGraph> ligands;
    for (int i = 0; i < size; ++i) ligands.push_back(testing::random_ligand(700 + i, 1 + (i * 7 + 17) % 40));
    ligands[1] = testing::random_ligand(9, 1);
    return ligands;
}

bool same_bits(const Prediction& a, const Prediction& b) {
    return std::memcmp(&a.pk, &b.pk, sizeof a.pk) == 0 &&
           std::memcmp(&a.pk_sd, &b.pk_sd, sizeof a.pk_sd) == 0;
}

ModelConfig changed(const char* name, void (*change)(ModelConfig&)) {
    ModelConfig config = ModelConfig::named(name);
    change(config);
    return config;
}

struct Case {
    const char* name;
    ModelConfig (*config)();
};

class CpuEngineCases : public ::testing::TestWithParam<Case> {};

TEST_P(CpuEngineCases, ScoresOfEveryInstructionSetAreTheReferenceNetworks) {
    at::set_num_threads(1);
    const auto model = model_of(GetParam().config());
    const auto ligands = library(16);
    for (const auto& [atoms, use] : {std::pair{96, PocketUse::full},
                                     {1, PocketUse::full},
                                     {64, PocketUse::full},
                                     {64, PocketUse::blanked}}) {
        const EncodedPockets pocket = encode_pocket(*model, testing::random_pocket(31, atoms), use);
        const auto expected = score_ligands(*model, pocket, ligands);
        for (const auto* kernels : ops::cpu::runnable_ligand_kernels()) {
            const CpuEngine engine(*model, *kernels);
            const auto scores = engine.predict(engine.prepare(pocket), ligands);
            ASSERT_EQ(scores.size(), ligands.size());
            for (std::size_t i = 0; i < ligands.size(); ++i) {
                EXPECT_NEAR(scores[i].pk, expected[i].pk, 1e-4) << kernels->isa << ", ligand " << i;
                EXPECT_NEAR(scores[i].pk_sd, expected[i].pk_sd, 1e-4) << kernels->isa << ", ligand " << i;
            }
        }
    }
}

TEST_P(CpuEngineCases, RetrievalVectorsAreTheReferenceNetworksAndTheSameBitsAlone) {
    at::set_num_threads(1);
    const auto model = model_of(GetParam().config());
    const auto ligands = library(16);
    const auto expected = retrieval_vectors_of(*model, ligands);
    const std::size_t width = expected.size() / ligands.size();
    for (const auto* kernels : ops::cpu::runnable_ligand_kernels()) {
        const CpuEngine engine(*model, *kernels);
        const auto vectors = engine.retrieval_vectors(ligands);
        ASSERT_EQ(vectors.size(), expected.size());
        for (std::size_t i = 0; i < vectors.size(); ++i) ASSERT_NEAR(vectors[i], expected[i], 1e-5);
        for (std::size_t l = 0; l < ligands.size(); ++l) {
            const auto alone = engine.retrieval_vectors(std::span(ligands).subspan(l, 1));
            EXPECT_EQ(std::memcmp(alone.data(), vectors.data() + l * width, width * sizeof(float)), 0);
        }
    }
}

TEST_P(CpuEngineCases, Bf16ScoresAreNearAndHaveTheSameBitsAloneAndInABatch) {
    if (!ops::cpu::dense_bf16()) GTEST_SKIP() << "this CPU has no bf16 products";
    const auto model = model_of(GetParam().config());
    const auto ligands = library(16);
    const EncodedPockets encoded = encode_pocket(*model, testing::random_pocket(32, 70), PocketUse::full);
    const CpuEngine exact(*model), engine(*model, Precision::bf16);
    const EnginePocket pocket = engine.prepare(encoded);
    const auto expected = exact.predict(pocket, ligands), together = engine.predict(pocket, ligands);
    bool differs = false;
    for (std::size_t i = 0; i < ligands.size(); ++i) {
        EXPECT_NEAR(together[i].pk, expected[i].pk, 0.05) << "ligand " << i;
        differs = differs || together[i].pk != expected[i].pk;
        EXPECT_TRUE(same_bits(engine.predict(pocket, std::span(&ligands[i], 1))[0], together[i]))
            << "ligand " << i;
    }
    EXPECT_TRUE(differs);
}

TEST_P(CpuEngineCases, ScoreHasTheSameBitsAloneInABatchShuffledAndFromManyThreads) {
    const auto model = model_of(GetParam().config());
    const auto ligands = library(16);
    const EncodedPockets encoded = encode_pocket(*model, testing::random_pocket(32, 70), PocketUse::full);
    for (const auto* kernels : ops::cpu::runnable_ligand_kernels()) {
        const CpuEngine engine(*model, *kernels);
        const EnginePocket pocket = engine.prepare(encoded);
        const auto together = engine.predict(pocket, ligands);
        for (std::size_t i = 0; i < ligands.size(); ++i)
            EXPECT_TRUE(same_bits(engine.predict(pocket, std::span(&ligands[i], 1))[0], together[i]))
                << kernels->isa << ", ligand " << i;

        std::vector<std::size_t> order(ligands.size());
        std::iota(order.begin(), order.end(), std::size_t{0});
        Random(1).shuffle(order);
        std::vector<LigandGraph> shuffled;
        for (const std::size_t i : order) shuffled.push_back(ligands[i]);
        std::vector<std::vector<Prediction>> from_thread(3);
        std::vector<std::thread> threads;
        for (auto& mine : from_thread) threads.emplace_back([&] { mine = engine.predict(pocket, shuffled); });
        for (std::thread& thread : threads) thread.join();
        for (const auto& mine : from_thread)
            for (std::size_t i = 0; i < order.size(); ++i)
                EXPECT_TRUE(same_bits(mine[i], together[order[i]]))
                    << kernels->isa << ", ligand " << order[i];
    }
}

INSTANTIATE_TEST_SUITE_P(
    Configurations, CpuEngineCases,
    ::testing::Values(
        Case{"tiny", [] { return ModelConfig::named("tiny"); }},
        Case{"fast", [] { return ModelConfig::named("fast"); }},
        Case{"base", [] { return ModelConfig::named("base"); }},
        Case{"three_fusion_layers",
             [] {
                 return changed("base", [](ModelConfig& c) {
                     c.ligand_channels = 128, c.fusion_layers = 3, c.fusion_heads = 8;
                 });
             }},
        Case{"no_reverse_update",
             [] { return changed("tiny", [](ModelConfig& c) { c.reverse_update = false; }); }},
        Case{"fingerprint_sum",
             [] { return changed("tiny", [](ModelConfig& c) { c.fingerprint_sum = true; }); }},
        Case{"remembered_pockets",
             [] { return changed("tiny", [](ModelConfig& c) { c.remembered_pockets = 2; }); }},
        Case{"narrow", [] { return changed("tiny", [](ModelConfig& c) { c.ligand_channels = 8; }); }},
        Case{"grounded_tiny", [] { return changed("tiny", [](ModelConfig& c) { c.grounding = true; }); }},
        Case{"grounded_base", [] { return changed("base", [](ModelConfig& c) { c.grounding = true; }); }},
        Case{"grounded_odd",
             [] {
                 return changed("tiny", [](ModelConfig& c) {
                     c.grounding = true, c.reverse_update = false;
                     c.ligand_channels = 60, c.fusion_heads = 5, c.fusion_layers = 4;
                 });
             }},
        Case{"odd_widths",
             [] {
                 return changed("tiny", [](ModelConfig& c) {
                     c.ligand_channels = 60, c.fusion_heads = 5, c.pair_channels = 7,
                     c.stereo_coordinates = 5;
                     c.fusion_layers = 4, c.ligand_layers = 1;
                 });
             }}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(CpuEngine, SaysWhichModelsItFits) {
    EXPECT_TRUE(CpuEngine::fits(AffinityModel(tiny_config(), {})));
    EXPECT_FALSE(CpuEngine::fits(AffinityModel(tiny_config(), {.dtype = at::kDouble})));
    ModelConfig three = tiny_config();
    three.ligand_channels = 6;
    EXPECT_FALSE(CpuEngine::fits(AffinityModel(three, {})));
}

TEST(CpuEngine, RefusesLigandsWithoutAtomsAndStaysUsable) {
    const auto model = model_of(tiny_config());
    const CpuEngine engine(*model);
    const EnginePocket pocket =
        engine.prepare(encode_pocket(*model, testing::random_pocket(33, 40), PocketUse::full));
    const auto ligands = library(3);
    const auto before = engine.predict(pocket, ligands);
    const LigandGraph nothing;

    EXPECT_THROW(engine.predict(pocket, std::span(&nothing, 1)), Error);
    const auto after = engine.predict(pocket, ligands);
    for (std::size_t i = 0; i < ligands.size(); ++i) EXPECT_TRUE(same_bits(before[i], after[i]));
    EXPECT_TRUE(engine.predict(pocket, {}).empty());
}

TEST(CpuEngine, RefusesThePocketOfAnotherNetwork) {
    const auto tiny = model_of(tiny_config()), other = model_of(ModelConfig::named("fast"));
    const CpuEngine engine(*tiny);
    const CpuEngine stranger(*other);
    const EnginePocket pocket =
        stranger.prepare(encode_pocket(*other, testing::random_pocket(33, 40), PocketUse::full));

    EXPECT_THROW(engine.predict(pocket, library(2)), Error);
}

}  // namespace
}  // namespace keyway::model

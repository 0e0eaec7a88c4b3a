/// Memory of pockets in the whole network: what training teaches it, what it must leave alone, and its file.
#include "model/trained_model.hpp"
#include "support/temporary_folder.hpp"

#include "keyway/core/error.hpp"

#include <gtest/gtest.h>

namespace keyway::model {
namespace {

ModelConfig remembering(int pockets) {
    ModelConfig config = tiny_config();
    config.remembered_pockets = pockets;
    config.memory_channels = 8;
    config.dropout = 0;
    return config;
}

/// Larger ligands bind the first pocket better and the second one worse.
TrainBatch opposite(const Material& material) {
    TrainBatch batch;
    for (const PocketGraph& pocket : material.pockets) batch.pockets.push_back(&pocket);
    for (const LigandGraph& ligand : material.ligands) batch.ligands.push_back(&ligand);
    for (int pocket = 0; pocket < 2; ++pocket)
        for (int ligand = 0; ligand < 10; ++ligand)
            batch.rows.push_back({.pocket = pocket,
                                  .ligand = ligand,
                                  .pk = 6.5f + (pocket == 0 ? 0.3f : -0.3f) * static_cast<float>(ligand - 5),
                                  .assay = pocket});
    return batch;
}

std::unique_ptr<Trainer> trainer_with(const OptimiserOptions& options, const Material& material,
                                      int slots = 3) {
    auto trainer = torch_network().make_trainer(remembering(slots), options, 7, "cpu");
    std::vector<const PocketGraph*> pockets;
    for (const PocketGraph& pocket : material.pockets) pockets.push_back(&pocket);
    trainer->remember(pockets);
    return trainer;
}

/// How much better the largest ligand binds than the smallest one, in each pocket.
std::pair<float, float> preference(Trainer& trainer, const TrainBatch& batch, PocketUse use) {
    const auto predicted = trainer.predict(batch, use);
    return {predicted[9].pk - predicted[0].pk, predicted[19].pk - predicted[10].pk};
}

OptimiserOptions memory_alone() {
    return {.weight_decay = 0,
            .absolute_weight = 0,
            .pairwise_weight = 0,
            .memory_weight = 1,
            .own_memory_dropout = 0,
            .variance_weight = 0,
            .pocket_dropout = 0};
}

TEST(RememberedPockets, LearnThatFragmentsAreWorthOtherThingsInOtherPocketsAndLeaveTheRestAlone) {
    const Material material;
    const TrainBatch batch = opposite(material);
    const auto trainer = trainer_with(memory_alone(), material);
    const auto blank = trainer->predict(batch, PocketUse::blanked);
    for (int step = 0; step < 150; ++step) trainer->step(batch, 1e-2);
    const auto [first, second] = preference(*trainer, batch, PocketUse::full);
    EXPECT_GT(first, 1.5) << "measured: 2.7";
    EXPECT_LT(second, -1.5) << "measured: -2.7";
    const auto blank_after = trainer->predict(batch, PocketUse::blanked);
    for (std::size_t i = 0; i < blank.size(); ++i) EXPECT_EQ(blank[i].pk, blank_after[i].pk);
}

TEST(RememberedPockets, CanBeKeptFromRememberingThemselves) {
    const Material material;
    const TrainBatch batch = opposite(material);
    const auto trainer = trainer_with(memory_alone(), material);
    const double first = trainer->step(batch, 1e-2).loss;
    double last = first;
    for (int step = 0; step < 150; ++step) last = trainer->step(batch, 1e-2).loss;
    EXPECT_LT(last, 0.2 * first);

    const testing::TemporaryFolder folder;
    trainer->save_checkpoint(folder / "c", "");
    OptimiserOptions options = memory_alone();
    options.own_memory_dropout = 1;
    const auto other = trainer_with(options, material);
    other->load_checkpoint(folder / "c");
    EXPECT_NEAR(other->step(batch, 1e-2).loss, first, 0.05 * first) << "the two are no relatives";
}

TEST(RememberedPockets, AreInTheWeightsFile) {
    const Material material;
    const TrainBatch batch = opposite(material);
    const auto trainer = trainer_with(memory_alone(), material);
    for (int step = 0; step < 30; ++step) trainer->step(batch, 1e-2);
    const testing::TemporaryFolder folder;
    trainer->save_weights(folder / "w.safetensors", {});
    const auto predictor = torch_network().load(folder / "w.safetensors", "cpu");
    const auto expected = trainer->predict(batch, PocketUse::full);
    for (std::size_t p = 0; p < 2; ++p) {
        const auto scores = predictor->predict(*predictor->encode(material.pockets[p]), material.ligands);
        for (std::size_t l = 0; l < 10; ++l) EXPECT_NEAR(scores[l].pk, expected[10 * p + l].pk, 1e-4);
    }
}

TEST(RememberedPockets, AreNoMoreThanThereIsRoomFor) {
    const Material material;
    EXPECT_NO_THROW(trainer_with({}, material, 2));
    EXPECT_THROW(trainer_with({}, material, 1), Error);
}

}  // namespace
}  // namespace keyway::model

/// A tiny model trained for a few steps on made-up data: what predictor, weights and trainer tests start
/// from.
#pragma once

#include "model/torch_network.hpp"
#include "support/synthetic.hpp"

#include "keyway/core/random.hpp"

#include <memory>
#include <vector>

namespace keyway::model {

inline ModelConfig tiny_config() {
    ModelConfig config = ModelConfig::named("tiny");
    config.pocket_channels = config.ligand_channels = 8;
    config.retrieval_channels = 8;
    return config;
}

/// Two pockets, ten ligands, three assays, some censored rows; owns what the batches point to.
struct Material {
    std::vector<PocketGraph> pockets = {testing::random_pocket(1, 48), testing::random_pocket(2, 40)};
    std::vector<LigandGraph> ligands;

    Material() {
        for (int i = 0; i < 10; ++i) ligands.push_back(testing::random_ligand(100 + i, 5 + i));
    }
    TrainBatch batch(std::uint64_t seed) const {
        Random random(seed);
        TrainBatch batch;
        for (const PocketGraph& pocket : pockets) batch.pockets.push_back(&pocket);
        for (const LigandGraph& ligand : ligands) batch.ligands.push_back(&ligand);
        for (int i = 0; i < 16; ++i) {
            const int ligand = static_cast<int>(random.below(ligands.size()));
            batch.rows.push_back({.pocket = i % 2,
                                  .ligand = ligand,
                                  .pk = 5.0f + 0.3f * static_cast<float>(ligand),
                                  .relation = i % 7 == 3 ? Relation::less : Relation::equal,
                                  .assay = i % 3,
                                  .weight = i % 5 == 0 ? 0.5f : 1.0f});
        }
        return batch;
    }
};

inline std::unique_ptr<Trainer> tiny_trainer(std::uint64_t seed = 7, const OptimiserOptions& options = {}) {
    return torch_network().make_trainer(tiny_config(), options, seed, "cpu");
}

}  // namespace keyway::model

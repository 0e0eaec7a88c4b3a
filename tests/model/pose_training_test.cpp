/// Training on known poses: anchors find them, frames agree, blanked pockets are spared, bad poses refused.
#include "model/pose_targets.hpp"
#include "model/trained_model.hpp"
#include "support/temporary_folder.hpp"
#include "support/tensors.hpp"

#include "keyway/core/error.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace keyway::model {
namespace {

using ::testing::HasSubstr;

ModelConfig grounded_config() {
    ModelConfig config = ModelConfig::named("tiny");
    config.grounding = true;
    config.intra_distance_bins = 8;
    config.dropout = 0;
    return config;
}

std::unique_ptr<Trainer> grounded_trainer(const OptimiserOptions& options) {
    return torch_network().make_trainer(grounded_config(), options, 7, "cpu");
}

/// The material's first ligands lie as chains through their pockets, off the middle.
struct PosedMaterial : Material {
    std::vector<std::vector<float>> positions;
    std::vector<std::uint8_t> conformer;

    TrainBatch posed() {
        TrainBatch batch = this->batch(0);
        positions.clear();
        for (int k = 0; k < 4; ++k) {
            std::vector<float> position;
            for (std::size_t a = 0; a < ligands[k].atoms(); ++a) {
                const auto along = static_cast<float>(a);
                position.insert(position.end(), {2.0f + 0.8f * along, 1.0f + (k % 2), -1.0f + 0.3f * along});
            }
            positions.push_back(std::move(position));
        }
        for (int k = 0; k < 4; ++k)
            batch.poses.push_back({.pocket = k % 2, .ligand = k, .position_in_pocket = positions[k]});
        const std::size_t atoms = ligands[9].atoms();
        conformer.assign(atoms * (atoms - 1) / 2, 35);
        for (int ligand = 0; ligand < 10; ++ligand)
            if (ligands[ligand].atoms() == atoms) batch.intra_distances.push_back({ligand, conformer});
        return batch;
    }
};

double mean(const std::vector<float>& values) {
    double sum = 0;
    for (const float value : values) sum += value;
    return sum / static_cast<double>(values.size());
}

constexpr OptimiserOptions kQuiet{.ema_decay = 0, .pocket_dropout = 0, .coordinate_noise_angstrom = 0};

TEST(PoseTraining, AnchorsFindTheAtomsOfKnownPoses) {
    PosedMaterial material;
    OptimiserOptions options = kQuiet;
    options.anchor_weight = 0.3, options.distance_weight = 0.3, options.intra_distance_weight = 0.1;
    const auto trainer = grounded_trainer(options);
    const TrainBatch batch = material.posed();
    const PoseMetrics before = trainer->evaluate_poses(batch);
    const StepResult first = trainer->step(batch, 5e-3);
    StepResult last;
    for (int i = 0; i < 80; ++i) last = trainer->step(batch, 5e-3);
    const PoseMetrics after = trainer->evaluate_poses(batch);

    for (const char* term : {"anchor", "distance", "intra_distance"})
        EXPECT_LT(last.terms.at(term), 0.7 * first.terms.at(term)) << term;
    EXPECT_EQ(after.anchor_error_angstrom.size(), 5u + 6 + 7 + 8);
    EXPECT_LT(mean(after.anchor_error_angstrom), 0.5 * mean(before.anchor_error_angstrom));
    EXPECT_LT(mean(after.anchor_error_angstrom), 0.5 * mean(after.centroid_error_angstrom));
    EXPECT_EQ(before.centroid_error_angstrom, after.centroid_error_angstrom);
    EXPECT_LT(after.distance_loss, 0.7 * before.distance_loss);
}

TEST(PoseTraining, ASavedGroundedModelScoresAndSaysWhereAtomsLie) {
    PosedMaterial material;
    OptimiserOptions options = kQuiet;
    options.anchor_weight = 1;
    const auto trainer = grounded_trainer(options);
    const TrainBatch batch = material.posed();
    for (int i = 0; i < 60; ++i) trainer->step(batch, 5e-3);
    const testing::TemporaryFolder folder;
    trainer->save_weights(folder / "weights", {.feature_version = kFeatureVersion});

    const auto predictor = torch_network().load(folder / "weights", "cpu");
    EXPECT_TRUE(predictor->passport().config.grounding);
    const LigandGraph& ligand = material.ligands[0];
    const Explanation explanation = predictor->explain(*predictor->encode(material.pockets[0]), ligand);
    ASSERT_EQ(explanation.anchor_in_pocket.size(), ligand.atoms());
    const std::vector<float> expected = trainer->evaluate_poses(batch).anchor_error_angstrom;
    double sum = explanation.pooled_pk;
    for (const Contact& contact : explanation.contacts) sum += contact.pk;
    EXPECT_NEAR(sum, explanation.prediction.pk, 1e-4);  // with the contacts' distance term
    for (std::size_t a = 0; a < ligand.atoms(); ++a) {
        const auto [x, y, z] = explanation.anchor_in_pocket[a];
        const float* truth = &material.positions[0][3 * a];
        EXPECT_NEAR(std::hypot(x - truth[0], y - truth[1], z - truth[2]), expected[a], 1e-3);
    }
    const auto nowhere = predictor->encode(material.pockets[0], PocketUse::blanked);
    EXPECT_TRUE(predictor->explain(*nowhere, ligand).anchor_in_pocket.empty());
}

TEST(PoseTraining, APoseInAMirroredPocketIsAsFarFromEveryToken) {
    PosedMaterial material;
    const TrainBatch batch = material.posed();
    const AffinityModel model(grounded_config(), {.seed = 1});
    const std::vector<std::int64_t> pair_of_pose = {0, 1, 2, 3};
    const auto distances = [&](batch::Handedness handedness) {
        const batch::CollateOptions options{.edge_cutoff_angstrom = 5, .handedness = handedness};
        const batch::Batch collated = batch::collate(batch.pockets, std::span(batch.ligands).first(4),
                                                     std::vector<int>{0, 1, 0, 1}, options);
        return token_distances(pose_targets(batch, pair_of_pose, collated.ligands, handedness),
                               model.encode_pockets(collated.pockets));
    };
    const at::Tensor natural = distances(batch::Handedness::natural);
    EXPECT_LT(testing::difference(natural, distances(batch::Handedness::mirrored)), 1e-5);
    // By hand: first atom of the first ligand, first token of the first pocket.
    std::size_t token = 0;
    while (!material.pockets[0].is_token[token]) ++token;
    const auto [x, y, z] = material.pockets[0].position_in_pocket[token];
    EXPECT_NEAR(natural[0].item<double>(), std::hypot(x - 2.0, y - 1.0, z + 1.0), 1e-5);
}

TEST(PoseTraining, ABlankedPocketHasNoPosesButLigandsKeepTheirShape) {
    PosedMaterial material;
    OptimiserOptions options = kQuiet;
    options.anchor_weight = options.distance_weight = options.intra_distance_weight = 1;
    options.pocket_dropout = 1;
    const auto terms = grounded_trainer(options)->step(material.posed(), 1e-3).terms;
    EXPECT_FALSE(terms.contains("anchor") || terms.contains("distance"));
    EXPECT_TRUE(terms.contains("intra_distance"));  // of the conformer
}

TEST(PoseTraining, ABatchOfPosesAloneTeachesPlacesEvenWherePocketsAreOftenBlanked) {
    PosedMaterial material;
    OptimiserOptions options = kQuiet;
    options.anchor_weight = 1;
    options.pocket_dropout = 1;
    TrainBatch batch = material.posed();
    batch.rows.clear();
    const StepResult result = grounded_trainer(options)->step(batch, 1e-3);
    EXPECT_TRUE(result.finite);
    EXPECT_GT(result.terms.at("anchor"), 0.1);
    EXPECT_EQ(result.terms.size(), 1u);  // nothing is said about affinities that are not there
    EXPECT_THROW(grounded_trainer(kQuiet)->step(batch, 1e-3), Error);
}

TEST(PoseTraining, PosesDoNothingWithoutAWeight) {
    PosedMaterial material;
    const TrainBatch posed = material.posed(), plain = material.batch(0);
    const auto a = grounded_trainer(kQuiet), b = grounded_trainer(kQuiet);
    EXPECT_EQ(a->step(posed, 1e-3).loss, b->step(plain, 1e-3).loss);
}

void expect_refused(const TrainBatch& batch, const char* reason) {
    try {
        grounded_trainer(kQuiet)->step(batch, 1e-3);
        FAIL() << "accepted";
    } catch (const Error& error) {
        EXPECT_THAT(error.what(), HasSubstr(reason));
    }
}

TEST(PoseTraining, RefusesPosesThatDoNotFit) {
    PosedMaterial material;
    TrainBatch batch = material.posed();
    batch.poses[1].ligand = 10;
    expect_refused(batch, "outside its batch");
    batch = material.posed();
    batch.poses[1].position_in_pocket = batch.poses[1].position_in_pocket.first(6);
    expect_refused(batch, "has 6 coordinates for 6 atoms");
    batch = material.posed();
    material.positions[2][4] = std::numeric_limits<float>::quiet_NaN();
    expect_refused(batch, "not finite");
    batch = material.posed();
    batch.intra_distances[0].tenth_angstrom = batch.intra_distances[0].tenth_angstrom.first(3);
    expect_refused(batch, "has 3 distances");
}

TEST(PoseTraining, SaysWhatAWeightNeeds) {
    for (const auto& [options, hint] :
         {std::pair{OptimiserOptions{.anchor_weight = 1}, "grounding = true"},
          {OptimiserOptions{.intra_distance_weight = 1}, "intra_distance_bins = 16"}}) {
        try {
            tiny_trainer(1, options);
            FAIL() << "accepted";
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::usage);
            EXPECT_THAT(error.hint(), HasSubstr(hint));
        }
    }
}

}  // namespace
}  // namespace keyway::model

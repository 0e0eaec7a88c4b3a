/// Pretraining without labels: hidden parts are what validation measures and what the weights are chosen by.
#include "support/temporary_folder.hpp"
#include "workflows/learning_fixtures.hpp"
#include "workflows/masked_validation.hpp"

#include "keyway/workflows/train.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <sstream>

namespace keyway::workflows {
namespace {

using keyway::testing::read_bytes;
using keyway::testing::TemporaryFolder;
using namespace testing;

class Pretraining : public ::testing::Test {
protected:
    Pretraining() {
        std::vector<RowSpec> rows;
        for (int i = 0; i < 12; ++i)
            rows.push_back({.pocket = i < 8 ? "P1" : "P2",
                            .assay = i < 8 ? "A1" : "A2",
                            .atoms = 8 + i,
                            .pk = 5,
                            .split = i < 8 ? Split::train : Split::valid});
        write_dataset(folder / "data.h5", rows);
        options.datasets = {folder / "data.h5"};
        options.config = "tiny";
        options.steps = 20;
        options.warmup_steps = 2;
        options.validate_every = 5;
        options.optimiser.mask_weight = 1;
        options.optimiser.absolute_weight = options.optimiser.memory_weight =
            options.optimiser.pairwise_weight = options.optimiser.variance_weight = 0;
        options.out = folder / "out";
    }
    TrainSummary run() { return train(options, network, silent_context()); }

    const TemporaryFolder folder;
    TrainOptions options;
    LineNetwork network;
};

TEST_F(Pretraining, KeepsTheWeightsThatGuessMost) {
    ASSERT_TRUE(options.pretrains());
    const TrainSummary summary = run();
    EXPECT_DOUBLE_EQ(summary.best_validation, (0.5 + 1.0) / 2);
    EXPECT_EQ(summary.best_step, 10);  // no better later: the earlier stays
    EXPECT_EQ(network.saved_passport.name, "tiny-pretrained");

    const auto record = nlohmann::json::parse(read_bytes(folder / "out/run.json"));
    EXPECT_EQ(record.at("verb"), "pretrain");
    EXPECT_EQ(record.at("best_valid_masked_accuracy"), 0.75);
    std::istringstream lines(read_bytes(folder / "out/metrics.jsonl"));
    int validations = 0;
    for (std::string text; std::getline(lines, text);) {
        const auto line = nlohmann::json::parse(text);
        if (line.at("kind") != "valid") continue;
        ++validations;
        EXPECT_EQ(line.at("masked_residue_majority"), 0.6);
        EXPECT_EQ(line.at("masked_residue_accuracy_ligand_hidden"), 0.3);
        EXPECT_EQ(line.at("masked_element_majority"), 0.9);
        EXPECT_FALSE(line.contains("mean_assay_spearman"));
        EXPECT_FALSE(line.contains("masked_residue_accuracy_ligand_swapped")) << "one family has no partner";
    }
    EXPECT_EQ(validations, 4);
}

/// The fake guesses one part less beside a wrong partner.
TEST_F(Pretraining, ComparesTheRightPartnerWithAForeignOne) {
    std::vector<RowSpec> rows{{.atoms = 9}};
    for (int i = 0; i < 3; ++i) {
        rows.push_back({.pocket = "Dwarf", .atoms = 8 + i, .split = Split::valid, .cluster = "C1"});
        rows.push_back({.pocket = "Giant", .atoms = 50 + i, .split = Split::valid, .cluster = "C2"});
    }
    write_dataset(folder / "two.h5", rows);
    RecordingLog log;
    LabelledData data({folder / "two.h5"}, log);
    const MaskedValidation validation(data);
    EXPECT_EQ(validation.pair_count(), 6u);
    const auto trainer = network.make_trainer({}, {}, 1, "cpu");
    for (int step = 0; step < 8; ++step) trainer->start_step();
    const MaskedValidationResult result = validation.run(*trainer);
    EXPECT_DOUBLE_EQ(result.residue.right, 0.5);
    EXPECT_DOUBLE_EQ(result.residue.swapped.value(), 0.4);
    EXPECT_DOUBLE_EQ(result.element.right, 0.8);
    EXPECT_DOUBLE_EQ(result.element.swapped.value(), 0.7);
    EXPECT_THAT(result.items(), ::testing::IsSupersetOf({std::pair<std::string, double>(
                                                             "masked_residue_accuracy_ligand_swapped", 0.4),
                                                         {"masked_element_accuracy_pocket_swapped", 0.7}}));
}

/// Relatives are no control: their pockets are alike.
TEST_F(Pretraining, HasNoForeignPartnerInsideOneCluster) {
    write_dataset(folder / "kin.h5",
                  {{.pocket = "Dwarf", .split = Split::valid, .cluster = "C1"},
                   {.pocket = "Giant", .atoms = 50, .split = Split::valid, .cluster = "C1"}});
    RecordingLog log;
    LabelledData data({folder / "kin.h5"}, log);
    const auto trainer = network.make_trainer({}, {}, 1, "cpu");
    const auto result = MaskedValidation(data).run(*trainer);
    EXPECT_FALSE(result.residue.swapped);
    EXPECT_FALSE(result.element.swapped);
}

TEST_F(Pretraining, BesideLabelsIsATrainingLikeAnyOther) {
    options.optimiser.absolute_weight = 1;
    EXPECT_FALSE(options.pretrains());
    run();
    EXPECT_EQ(network.saved_passport.name, "tiny");
    EXPECT_TRUE(nlohmann::json::parse(read_bytes(folder / "out/run.json"))
                    .contains("best_valid_mean_assay_spearman"));
}

}  // namespace
}  // namespace keyway::workflows

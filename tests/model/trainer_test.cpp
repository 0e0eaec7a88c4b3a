/// Training: it learns, it repeats, it resumes bit for bit, and it says when a step went wrong.
#include "model/safetensors.hpp"
#include "model/trained_model.hpp"
#include "support/temporary_folder.hpp"

#include "keyway/core/error.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <malloc.h>

#include <cmath>

namespace keyway::model {
namespace {

using ::testing::HasSubstr;
using testing::read_bytes;
using testing::TemporaryFolder;

std::vector<float> pk_of(const std::vector<Prediction>& predictions) {
    std::vector<float> pk;
    for (const Prediction& prediction : predictions) pk.push_back(prediction.pk);
    return pk;
}

void train(Trainer& trainer, const Material& material, int first, int last) {
    for (int step = first; step < last; ++step) trainer.step(material.batch(step), 1e-3);
}

TEST(Trainer, LossFallsOnABatchThatIsRepeated) {
    const Material material;
    const auto trainer = tiny_trainer(1, {.pocket_dropout = 0, .coordinate_noise_angstrom = 0});
    const TrainBatch batch = material.batch(0);
    const StepResult first = trainer->step(batch, 3e-3);
    StepResult last;
    for (int i = 0; i < 60; ++i) last = trainer->step(batch, 3e-3);

    EXPECT_TRUE(last.finite);
    EXPECT_LT(last.loss, 0.5 * first.loss);
    EXPECT_GT(first.gradient_norm, 0);
    EXPECT_EQ(first.terms.size(), 3u);
    const OptimiserOptions options;
    EXPECT_NEAR(first.loss,
                options.absolute_weight * first.terms.at("absolute") +
                    options.pairwise_weight * first.terms.at("pairwise") +
                    options.variance_weight * first.terms.at("variance"),
                1e-5);
}

/// Bytes that the C library has handed out and not got back, of the whole process.
std::size_t bytes_in_use() {
    const struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

TEST(Trainer, StepsLeaveNothingBehind) {
    const Material material;
    const auto trainer = tiny_trainer(2, {.pocket_dropout = 0.5});
    train(*trainer, material, 0, 50);  // reserves what later steps reuse
    const std::size_t before = bytes_in_use();
    if (before == 0) GTEST_SKIP() << "this allocator does not count what it hands out";
    train(*trainer, material, 0, 50);
    EXPECT_LE(bytes_in_use(), before + 1024) << "after 50 steps more";
}

TEST(Trainer, StartsNearTheInitialPk) {
    const Material material;
    for (const double initial : {4.0, 8.0}) {
        const auto trainer = tiny_trainer(3, {.initial_pk = initial});
        for (const Prediction& prediction : trainer->predict(material.batch(0), PocketUse::full))
            EXPECT_NEAR(prediction.pk, initial, 2.0);
    }
}

TEST(Trainer, SameSeedGivesTheSameFile) {
    const Material material;
    const TemporaryFolder folder;
    for (const char* name : {"a", "b"}) {
        const auto trainer = tiny_trainer(5);
        train(*trainer, material, 0, 4);
        trainer->save_weights(folder / name, {});
    }
    EXPECT_EQ(read_bytes(folder / "a"), read_bytes(folder / "b"));

    const auto other = tiny_trainer(6);
    train(*other, material, 0, 4);
    other->save_weights(folder / "c", {});
    EXPECT_NE(read_bytes(folder / "a"), read_bytes(folder / "c"));
}

TEST(Trainer, AStepOverSeveralBatchesTakesTheMeanOfTheirGradients) {
    const Material material;
    const TemporaryFolder folder;
    const std::uint64_t seed = 11;
    const auto alone = tiny_trainer(seed), twice = tiny_trainer(seed), summed = tiny_trainer(seed);
    const StepResult whole =
        alone->step(material.batch(0), 1e-3);  // draws from the trainer's own Random(seed)

    twice->start_step();
    for (int i = 0; i < 2; ++i) EXPECT_EQ(twice->add_gradient(material.batch(0), seed).loss, whole.loss);
    EXPECT_EQ(twice->finish_step({.learning_rate = 1e-3, .batches = 2}).gradient_norm, whole.gradient_norm);

    summed->start_step();  // another process adds the same gradient
    summed->add_gradient(material.batch(0), seed);
    const auto doubled = [](std::span<float> values) {
        for (float& value : values) value *= 2;
    };
    const auto not_here = [](std::span<float>, const std::function<bool()>&) { FAIL() << "of the CPU"; };
    summed->finish_step(
        {.learning_rate = 1e-3, .batches = 2, .sum_over_processes = doubled, .sum_on_gpu = not_here});

    const auto pk = [&](Trainer& trainer) {
        return pk_of(trainer.predict(material.batch(0), PocketUse::full));
    };
    EXPECT_EQ(pk(*twice), pk(*alone));
    EXPECT_EQ(pk(*summed), pk(*alone));
    EXPECT_NE(pk(*tiny_trainer(seed)), pk(*alone));
}

TEST(Trainer, ResumesBitForBit) {
    const Material material;
    const TemporaryFolder folder;
    const auto straight = tiny_trainer(7);
    train(*straight, material, 0, 6);
    straight->save_checkpoint(folder / "straight", "");

    const auto first = tiny_trainer(7);
    train(*first, material, 0, 3);
    first->save_checkpoint(folder / "half", "epoch = 2\nnot \xff utf-8");
    const auto second = tiny_trainer(12345);  // another seed: everything must come from the file
    EXPECT_EQ(second->load_checkpoint(folder / "half"), "epoch = 2\nnot \xff utf-8");
    train(*second, material, 3, 6);
    second->save_checkpoint(folder / "resumed", "");

    EXPECT_EQ(read_bytes(folder / "straight"), read_bytes(folder / "resumed"));
    EXPECT_EQ(pk_of(straight->predict(material.batch(0), PocketUse::full)),
              pk_of(second->predict(material.batch(0), PocketUse::full)));
}

TEST(Trainer, SavingAndPredictingDoNotDisturbTraining) {
    const Material material;
    const TemporaryFolder folder;
    const auto quiet = tiny_trainer(8), busy = tiny_trainer(8);
    for (int step = 0; step < 4; ++step) {
        quiet->step(material.batch(step), 1e-3);
        busy->step(material.batch(step), 1e-3);
        busy->predict(material.batch(step), PocketUse::full);
        busy->predict(material.batch(step), PocketUse::blanked);
        busy->save_weights(folder / "weights", {});
        busy->save_checkpoint(folder / "checkpoint", "");
    }
    quiet->save_checkpoint(folder / "quiet", "");

    EXPECT_EQ(read_bytes(folder / "quiet"), read_bytes(folder / "checkpoint"));
}

TEST(Trainer, CheckpointOfAnotherConfigurationIsRefusedAndChangesNothing) {
    const Material material;
    const TemporaryFolder folder;
    ModelConfig config = tiny_config();
    config.ligand_layers += 1;
    torch_network().make_trainer(config, {}, 1, "cpu")->save_checkpoint(folder / "other", "");
    const auto trainer = tiny_trainer(9);
    const auto before = pk_of(trainer->predict(material.batch(0), PocketUse::full));

    try {
        trainer->load_checkpoint(folder / "other");
        FAIL() << "accepted";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::incompatible);
        EXPECT_THAT(error.what(), HasSubstr("config differs"));
    }
    EXPECT_EQ(pk_of(trainer->predict(material.batch(0), PocketUse::full)), before);
}

TEST(Trainer, DamagedCheckpointsAreRefused) {
    const TemporaryFolder folder;
    const auto trainer = tiny_trainer(9);
    trainer->save_checkpoint(folder / "good", "mine");
    const std::string good = read_bytes(folder / "good");
    const auto refused = [&](const std::string& bytes) {
        folder.write("bad", bytes);
        try {
            trainer->load_checkpoint(folder / "bad");
        } catch (const Error& error) {
            return error.kind() == ErrorKind::incompatible;
        }
        return false;
    };
    EXPECT_TRUE(refused(good.substr(0, good.size() / 2)));
    Random random(3);
    for (int trial = 0; trial < 50; ++trial) {
        std::string bad = good;
        const std::size_t at = random.below(bad.size());
        bad[at] = static_cast<char>(bad[at] ^ (1 << random.below(8)));
        EXPECT_TRUE(refused(bad)) << "flip in byte " << at << " of " << bad.size();
    }
    trainer->save_weights(folder / "weights", {});
    EXPECT_TRUE(refused(read_bytes(folder / "weights")));
    EXPECT_THROW(trainer->load_checkpoint(folder / "nothing"), Error);
}

TEST(Trainer, RowsOfOnePairShareOnePrediction) {
    const Material material;
    const auto trainer = tiny_trainer(10);
    TrainBatch batch = material.batch(0);
    batch.rows = {{.pocket = 0, .ligand = 3},
                  {.pocket = 1, .ligand = 3},
                  {.pocket = 0, .ligand = 3},
                  {.pocket = 0, .ligand = 4}};
    const auto pk = pk_of(trainer->predict(batch, PocketUse::full));

    ASSERT_EQ(pk.size(), 4u);
    EXPECT_EQ(pk[0], pk[2]);
    EXPECT_NE(pk[0], pk[1]);
    EXPECT_NE(pk[0], pk[3]);
}

TEST(Trainer, BlankedPredictionDoesNotDependOnThePocket) {
    const Material material;
    const auto trainer = tiny_trainer(11);
    TrainBatch batch = material.batch(0);
    batch.rows = {{.pocket = 0, .ligand = 3}, {.pocket = 1, .ligand = 3}};
    const auto pk = pk_of(trainer->predict(batch, PocketUse::blanked));

    EXPECT_FLOAT_EQ(pk[0], pk[1]);
}

TEST(Trainer, AlwaysBlankedTrainingLearnsNothingFromThePocket) {
    // With pocket_dropout = 1 no gradient reaches the pocket encoder; only decay moves it.
    const Material material;
    const TemporaryFolder folder;
    const auto trainer = tiny_trainer(12, {.weight_decay = 0, .pocket_dropout = 1});
    trainer->save_checkpoint(folder / "before", "");
    train(*trainer, material, 0, 3);
    trainer->save_checkpoint(folder / "after", "");
    const auto weights = [&](const char* name) {
        const TensorFile file(folder / name);
        const auto bytes = file.bytes("weights", TensorType::f32);
        return std::vector<std::byte>(bytes.begin(), bytes.end());
    };
    const auto before = weights("before"), after = weights("after");
    std::size_t moved = 0;
    for (std::size_t i = 0; i < before.size(); i += 4)
        moved += !std::equal(&before[i], &before[i] + 4, &after[i]);

    EXPECT_GT(moved, before.size() / 4 / 10);
    EXPECT_LT(moved, before.size() / 4 * 9 / 10);
}

TEST(Trainer, StepWithANonFiniteLossIsSkippedAndReported) {
    const Material material;
    const TemporaryFolder folder;
    const auto trainer = tiny_trainer(13);
    TrainBatch batch = material.batch(0);
    for (TrainBatch::Row& row : batch.rows) row.pk = 3e38f;  // finite, but their weighted sum is not
    trainer->save_weights(folder / "before", {});

    const StepResult result = trainer->step(batch, 1e-3);

    EXPECT_FALSE(result.finite);
    trainer->save_weights(folder / "after", {});
    EXPECT_EQ(read_bytes(folder / "before"), read_bytes(folder / "after"));
    EXPECT_TRUE(trainer->step(material.batch(1), 1e-3).finite);
}

TEST(Trainer, RowsOutsideTheBatchAreRefused) {
    const Material material;
    const auto trainer = tiny_trainer(14);
    TrainBatch batch = material.batch(0);
    batch.rows[3].ligand = 10;
    EXPECT_THROW(trainer->step(batch, 1e-3), Error);
    batch.rows[3].ligand = -1;
    EXPECT_THROW(trainer->predict(batch, PocketUse::full), Error);
}

TEST(Trainer, OptionsConfigurationAndDeviceAreChecked) {
    ModelConfig bad = tiny_config();
    bad.pocket_heads = 3;
    EXPECT_THROW(torch_network().make_trainer(bad, {}, 1, "cpu"), Error);
    EXPECT_THROW(torch_network().make_trainer(tiny_config(), {.huber_delta = -1}, 1, "cpu"), Error);
    EXPECT_THROW(torch_network().make_trainer(tiny_config(), {}, 1, "tpu"), Error);
}

}  // namespace
}  // namespace keyway::model

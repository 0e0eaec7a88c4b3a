/// Training from a model's weights: what is taken, what is listed, what is refused, what is held fixed.
#include "model/initial_weights.hpp"

#include "model/trained_model.hpp"
#include "model/weights_file.hpp"
#include "support/temporary_folder.hpp"

#include "keyway/core/error.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <functional>
#include <map>

namespace keyway::model {
namespace {

using ::testing::HasSubstr;
using testing::read_bytes;
using testing::TemporaryFolder;

class InitialWeights : public ::testing::Test {
protected:
    InitialWeights() {
        const auto trainer = tiny_trainer(1);
        for (int step = 0; step < 3; ++step) trainer->step(material.batch(step), 1e-3);
        before = trainer->predict(material.batch(0), PocketUse::full);
        trainer->save_weights(weights, {});
    }
    std::vector<float> numbers_of(const std::filesystem::path& path, const std::string& tensor) const {
        const TensorFile file(path);
        const auto bytes = file.bytes(tensor, TensorType::f32);
        std::vector<float> numbers(bytes.size() / sizeof(float));
        std::memcpy(numbers.data(), bytes.data(), bytes.size());
        return numbers;
    }
    /// Euclidean distance of all tensors to the first weights.
    double moved(const std::filesystem::path& path) const {
        double sum = 0;
        const std::vector<TensorSpec> specs = TensorFile(weights).tensors();
        for (const auto& spec : specs) {
            const auto a = numbers_of(weights, spec.name), b = numbers_of(path, spec.name);
            for (std::size_t i = 0; i < a.size(); ++i) sum += std::pow(double{a[i]} - b[i], 2);
        }
        return std::sqrt(sum);
    }
    std::filesystem::path train_from(const std::string& name, const OptimiserOptions& options) const {
        const auto trainer = tiny_trainer(2, options);
        trainer->load_weights(weights);
        for (int step = 0; step < 5; ++step) trainer->step(material.batch(step), 1e-3);
        trainer->save_weights(folder / name, {});
        return folder / name;
    }
    static std::string refusal(const std::function<void()>& call) {
        try {
            call();
        } catch (const Error& error) {
            return std::to_string(exit_code(error.kind())) + " " + error.what();
        }
        return "";
    }

    const Material material;
    const TemporaryFolder folder;
    const std::filesystem::path weights = folder / "weights";
    std::vector<Prediction> before;
};

TEST_F(InitialWeights, AreTheModelThatWasSaved) {
    const auto trainer = tiny_trainer(99);  // another random start
    const StartingWeights found = trainer->load_weights(weights);
    EXPECT_EQ(found.taken.size(), TensorFile(weights).tensors().size());
    EXPECT_TRUE(found.missing.empty());
    EXPECT_TRUE(found.unused.empty());
    const auto after = trainer->predict(material.batch(0), PocketUse::full);
    for (std::size_t i = 0; i < before.size(); ++i) EXPECT_EQ(after[i].pk, before[i].pk);
    trainer->save_weights(folder / "again", {});
    const std::vector<TensorSpec> specs = TensorFile(weights).tensors();
    for (const auto& spec : specs)
        EXPECT_EQ(numbers_of(folder / "again", spec.name), numbers_of(weights, spec.name)) << spec.name;
}

TEST_F(InitialWeights, OfASmallerNetworkListWhatIsNew) {
    ModelConfig larger = tiny_config();
    larger.ligand_layers += 1;
    const auto trainer = torch_network().make_trainer(larger, {}, 1, "cpu");
    const StartingWeights found = trainer->load_weights(weights);
    EXPECT_FALSE(found.missing.empty());
    for (const auto& name : found.missing) EXPECT_THAT(name, ::testing::StartsWith("ligand."));
    EXPECT_TRUE(found.unused.empty());

    trainer->save_weights(folder / "larger", {});
    const StartingWeights back = tiny_trainer()->load_weights(folder / "larger");
    EXPECT_THAT(back.unused, ::testing::UnorderedElementsAreArray(found.missing));
    EXPECT_TRUE(back.missing.empty());
}

TEST_F(InitialWeights, OfAnotherWidthAreRefusedAndChangeNothing) {
    ModelConfig wider = tiny_config();
    wider.ligand_channels *= 2;
    const auto trainer = torch_network().make_trainer(wider, {}, 1, "cpu");
    const auto start = trainer->predict(material.batch(0), PocketUse::full);
    const std::string reason = refusal([&] { trainer->load_weights(weights); });
    EXPECT_THAT(reason, HasSubstr("4 "));
    EXPECT_THAT(reason, HasSubstr("has the shape ["));
    const auto after = trainer->predict(material.batch(0), PocketUse::full);
    for (std::size_t i = 0; i < start.size(); ++i) EXPECT_EQ(after[i].pk, start[i].pk);
}

TEST_F(InitialWeights, OfAnotherFeatureVersionOrAbsentOrForeignAreRefused) {
    const TensorFile file(weights);
    std::vector<TensorBytes> tensors;
    for (const auto& spec : file.tensors()) tensors.push_back({spec, file.bytes(spec.name, spec.type)});
    Passport passport = passport_of(file);
    passport.feature_version += 1;
    Metadata metadata = file.metadata();
    metadata[kPassportKey] = to_json(passport);
    write_tensor_file(folder / "other", tensors, metadata);
    const auto trainer = tiny_trainer();
    EXPECT_THAT(refusal([&] { trainer->load_weights(folder / "other"); }), HasSubstr("feature version"));
    EXPECT_THAT(refusal([&] { trainer->load_weights(folder / "none"); }), HasSubstr("3 "));

    TensorBytes foreign = tensors.front();
    foreign.spec.name = "foreign";
    passport.feature_version -= 1;
    passport.weights_sha256 = sha256_of_tensors({&foreign, 1});
    metadata[kPassportKey] = to_json(passport);
    write_tensor_file(folder / "foreign", {&foreign, 1}, metadata);
    EXPECT_THAT(refusal([&] { trainer->load_weights(folder / "foreign"); }),
                HasSubstr("no tensor of this network"));
}

TEST_F(InitialWeights, StayWhereTheyAreOutsideTheTrainableParts) {
    const auto path = train_from("some", {.weight_decay = 0.01, .ema_decay = 0, .trainable = "pair,readout"});
    bool learnt = false;
    const std::vector<TensorSpec> specs = TensorFile(weights).tensors();
    for (const auto& spec : specs) {
        const bool same = numbers_of(path, spec.name) == numbers_of(weights, spec.name);
        const bool allowed = spec.name.starts_with("pair.") || spec.name.starts_with("readout.");
        EXPECT_TRUE(same || allowed) << spec.name;
        learnt |= !same;
    }
    EXPECT_TRUE(learnt);
    EXPECT_THAT(refusal([&] { tiny_trainer(1, {.trainable = "pair,heads"}); }),
                HasSubstr("2 no parameter of this network is called 'heads'"));
}

TEST_F(InitialWeights, PullBack) {
    const OptimiserOptions free{.weight_decay = 0, .ema_decay = 0};
    OptimiserOptions held = free;
    held.pull_weight = 100;
    EXPECT_LT(moved(train_from("held", held)), 0.8 * moved(train_from("free", free)));
}

/// The pull is no batch's own: it counts once a step, however many batches and processes share it.
TEST_F(InitialWeights, PullOnceAStepHoweverManyProcessesShareIt) {
    const OptimiserOptions held{.weight_decay = 0, .clip_norm = 1e6, .ema_decay = 0, .pull_weight = 100};
    const auto alone = tiny_trainer(7, held), shared = tiny_trainer(7, held);
    alone->load_weights(weights);
    shared->load_weights(weights);
    const auto doubled = [](std::span<float> values) {  // the other process has seen the same batch
        for (float& value : values) value *= 2;
    };
    StepResult first, second;
    for (std::uint64_t seed = 1; seed <= 3; ++seed) {  // there is nothing to pull before the first step
        alone->start_step();
        alone->add_gradient(material.batch(0), seed);
        first = alone->finish_step({.learning_rate = 1e-3});
        shared->start_step();
        shared->add_gradient(material.batch(0), seed);
        second = shared->finish_step({.learning_rate = 1e-3, .batches = 2, .sum_over_processes = doubled});
        EXPECT_EQ(first.gradient_norm, second.gradient_norm) << seed;
    }
    alone->save_weights(folder / "alone", {});
    shared->save_weights(folder / "shared", {});
    EXPECT_EQ(read_bytes(folder / "alone"), read_bytes(folder / "shared"));
    EXPECT_GT(first.gradient_norm, 1) << "the pull is felt";
}

TEST_F(InitialWeights, GoOnBitForBitFromACheckpoint) {
    const auto straight = tiny_trainer(3), first = tiny_trainer(3), second = tiny_trainer(4);
    straight->load_weights(weights);
    first->load_weights(weights);
    for (int step = 0; step < 4; ++step) straight->step(material.batch(step), 1e-3);
    for (int step = 0; step < 2; ++step) first->step(material.batch(step), 1e-3);
    first->save_checkpoint(folder / "half", "");
    second->load_checkpoint(folder / "half");
    for (int step = 2; step < 4; ++step) second->step(material.batch(step), 1e-3);
    straight->save_checkpoint(folder / "a", "");
    second->save_checkpoint(folder / "b", "");
    EXPECT_EQ(read_bytes(folder / "a"), read_bytes(folder / "b"));
}

}  // namespace
}  // namespace keyway::model

/// What decides a training run, and what a folder may be used for.
#include "workflows/training_plan.hpp"

#include "support/temporary_folder.hpp"
#include "workflows/learning_fixtures.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace keyway::workflows {
namespace {

using keyway::testing::read_bytes;
using keyway::testing::TemporaryFolder;
using testing::error_of;
using ::testing::HasSubstr;

TrainOptions some_options() {
    TrainOptions options;
    options.datasets = {"a.h5"};
    options.out = "run";
    return options;
}

TEST(TrainingPlan, ChangesWithEverythingThatDecidesTheWeights) {
    const auto hash = [](const TrainOptions& options, const std::string& data = "d", int channels = 64) {
        model::ModelConfig config;
        config.pocket_channels = channels;
        return make_training_plan(options, config, data).sha256;
    };
    const std::string before = hash(some_options());
    const auto changed = [&](auto&& change) {
        TrainOptions options = some_options();
        change(options);
        return hash(options) != before;
    };
    EXPECT_TRUE(changed([](auto& o) { o.seed = 2; }));
    EXPECT_TRUE(changed([](auto& o) { o.steps = 999; }));
    EXPECT_TRUE(changed([](auto& o) { o.core_share = 0.4; }));
    EXPECT_TRUE(changed([](auto& o) { o.optimiser.weight_decay = 0.02; }));
    EXPECT_TRUE(changed([](auto& o) { o.optimiser.mirror_probability = 0; }));
    EXPECT_NE(hash(some_options(), "other data"), before);
    EXPECT_NE(hash(some_options(), "d", 32), before);
    EXPECT_FALSE(changed([](auto& o) { o.out = "elsewhere"; }));
    EXPECT_FALSE(changed([](auto& o) { o.datasets = {"/moved/a.h5"}; }))
        << "the content counts, not the place";
    EXPECT_FALSE(changed([](auto& o) { o.checkpoint_every = 7; }));
}

TEST(TrainingPlan, ReadsTheSplitFile) {
    TemporaryFolder folder;
    TrainOptions options = some_options();
    options.split_file = folder.write("s.csv", "id,split\nx,train\n");
    const auto before = make_training_plan(options, {}, "d").sha256;
    folder.write("s.csv", "id,split\nx,valid\n");
    EXPECT_NE(make_training_plan(options, {}, "d").sha256, before);
}

class TrainingFolder : public ::testing::Test {
protected:
    TemporaryFolder folder;
    TrainingFiles files{folder / "run"};
    TrainingPlan plan = make_training_plan(some_options(), {}, "d");
};

TEST_F(TrainingFolder, IsFreshThenUnfinishedThenFinished) {
    EXPECT_EQ(open_training_folder(files, plan, IfExists::refuse), FolderState::fresh);
    EXPECT_EQ(open_training_folder(files, plan, IfExists::refuse), FolderState::unfinished);
    folder.write("run/run.json", "{}");
    EXPECT_EQ(open_training_folder(files, plan, IfExists::refuse), FolderState::finished);
}

TEST_F(TrainingFolder, NamesWhatDiffersFromTheOtherPlanAndTouchesNothing) {
    open_training_folder(files, plan, IfExists::refuse);
    const std::string before = read_bytes(files.plan);
    TrainOptions options = some_options();
    options.steps = 2000;
    const auto caught = error_of(
        [&] { open_training_folder(files, make_training_plan(options, {}, "d"), IfExists::refuse); });
    EXPECT_EQ(caught.code, 4);
    EXPECT_THAT(caught.message, HasSubstr("steps is '2000', was '1000'"));
    EXPECT_EQ(read_bytes(files.plan), before);
}

TEST_F(TrainingFolder, IsClearedOfTheEarlierRunWhenOverwritten) {
    open_training_folder(files, plan, IfExists::refuse);
    for (const char* name :
         {"run/run.json", "run/checkpoint.safetensors", "run/weights.safetensors", "run/notes.txt"})
        folder.write(name, "x");
    EXPECT_EQ(open_training_folder(files, plan, IfExists::overwrite), FolderState::fresh);
    EXPECT_FALSE(std::filesystem::exists(files.run));
    EXPECT_FALSE(std::filesystem::exists(files.checkpoint));
    EXPECT_FALSE(std::filesystem::exists(files.weights));
    EXPECT_TRUE(std::filesystem::exists(folder / "run/notes.txt")) << "only our own files are removed";
}

TEST_F(TrainingFolder, IsNeverAForeignFolderOrAFile) {
    std::filesystem::create_directory(folder / "run");
    folder.write("run/thesis.txt", "precious");
    for (auto if_exists : {IfExists::refuse, IfExists::overwrite})
        EXPECT_EQ(error_of([&] { open_training_folder(files, plan, if_exists); }).code, 2);
    folder.write("file", "x");
    EXPECT_EQ(
        error_of([&] { open_training_folder(TrainingFiles(folder / "file"), plan, IfExists::refuse); }).code,
        2);
}

}  // namespace
}  // namespace keyway::workflows

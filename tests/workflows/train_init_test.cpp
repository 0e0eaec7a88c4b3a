/// Training from a model's weights: in the plan by content, refused where pockets were cut another way.
#include "support/fake_network.hpp"
#include "support/temporary_folder.hpp"
#include "workflows/learning_fixtures.hpp"
#include "workflows/training_plan.hpp"

#include "keyway/workflows/train.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace keyway::workflows {
namespace {

using keyway::testing::read_bytes;
using keyway::testing::TemporaryFolder;
using keyway::testing::write_fake_weights;
using ::testing::HasSubstr;
using namespace testing;

class TrainInit : public ::testing::Test {
protected:
    TrainInit() {
        std::vector<RowSpec> rows;
        for (int i = 0; i < 12; ++i) rows.push_back({.atoms = 8 + i, .pk = 5.0 + 0.1 * i});
        write_dataset(folder / "data.h5", rows);
        options.datasets = {folder / "data.h5"};
        options.config = "tiny";
        options.steps = 20;
        options.warmup_steps = 2;
        options.checkpoint_every = 5;
        options.init = write_fake_weights(folder / "start.safetensors").string();
        network.line = {.bias = 3, .per_atom = 0.2};
    }
    void run(const std::string& name) {
        options.out = folder / name;
        Context context = silent_context();
        train(options, network, {log, context.progress, context.stop});
    }

    const TemporaryFolder folder;
    TrainOptions options;
    LineNetwork network;
    RecordingLog log;
};

TEST_F(TrainInit, StartsAtTheModelAndSaysSo) {
    run("from");
    EXPECT_EQ(network.started_from, options.init);
    EXPECT_TRUE(log.has(LogLevel::info, "init: 1 tensors from"));
    EXPECT_THAT(read_bytes(folder / "from/config.cfg"), HasSubstr("init = " + options.init));
    options.init.clear();
    run("random");
    EXPECT_NE(read_bytes(folder / "from/weights.safetensors"),
              read_bytes(folder / "random/weights.safetensors"));
}

TEST_F(TrainInit, IsInThePlanByContentNotByName) {
    const auto plan = [&] { return make_training_plan(options, {}, "data").text; };
    const std::string first = plan();
    EXPECT_THAT(first, HasSubstr("init-weights = " + model::read_passport(options.init).weights_sha256));
    std::filesystem::copy_file(options.init, folder / "copy.safetensors");
    options.init = (folder / "copy.safetensors").string();
    EXPECT_EQ(plan(), first);
    options.init.clear();
    EXPECT_NE(plan(), first);
}

TEST_F(TrainInit, ContinuesAfterACrashToTheSameBytes) {
    run("straight");
    struct Killed {};
    network.before_step = [](int step) {
        if (step == 13) throw Killed();
    };
    EXPECT_THROW(run("killed"), Killed);
    network.before_step = [](int) {};
    run("killed");
    EXPECT_EQ(read_bytes(folder / "killed/weights.safetensors"),
              read_bytes(folder / "straight/weights.safetensors"));
}

TEST_F(TrainInit, RefusesAModelOfOtherPocketsBeforeAnythingIsWritten) {
    PocketDefinition other;
    other.residue_cutoff_angstrom = 6;
    options.init = write_fake_weights(folder / "other.safetensors", other).string();
    const Caught caught = error_of([&] { run("out"); });
    EXPECT_EQ(caught.code, 4);
    EXPECT_THAT(caught.message, HasSubstr("--init"));
    EXPECT_FALSE(std::filesystem::exists(folder / "out"));
    options.init = (folder / "none.safetensors").string();
    EXPECT_NE(error_of([&] { run("out"); }).code, 0);
    EXPECT_FALSE(std::filesystem::exists(folder / "out"));
}

}  // namespace
}  // namespace keyway::workflows

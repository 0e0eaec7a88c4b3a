/// Which training pockets are remembered, and that training asks for it.
#include "workflows/remember_pockets.hpp"

#include "support/temporary_folder.hpp"
#include "workflows/learning_fixtures.hpp"

#include "keyway/workflows/train.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace keyway::workflows {
namespace {

using keyway::testing::TemporaryFolder;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using namespace testing;

/// P1 with one training row, P2 with three, P3 with two; P4 is held out.
class RememberPockets : public ::testing::Test {
protected:
    RememberPockets() {
        std::vector<RowSpec> rows;
        const auto add = [&](const char* pocket, int count, Split split) {
            for (int i = 0; i < count; ++i)
                rows.push_back({.pocket = pocket, .atoms = 8 + i, .pk = 6 + 0.1 * i, .split = split});
        };
        add("P1", 1, Split::train);
        add("P2", 3, Split::train);
        add("P3", 2, Split::train);
        add("P4", 9, Split::valid);
        write_dataset(folder / "data.h5", rows);
    }
    std::vector<std::string> with_room_for(int pockets) {
        LabelledData data({folder / "data.h5"}, log);
        const auto trainer = network.make_trainer({}, {}, 1, "cpu");
        remember_pockets(data, pockets, *trainer, log);
        return network.remembered;
    }

    const TemporaryFolder folder;
    LineNetwork network;
    RecordingLog log;
};

TEST_F(RememberPockets, TakesThoseWithTheMostTrainingRows) {
    EXPECT_THAT(with_room_for(0), ElementsAre());
    EXPECT_THAT(with_room_for(7), ElementsAre("P2", "P3", "P1")) << "P4 is held out";
    EXPECT_FALSE(log.has(LogLevel::warning, "remembered"));
    EXPECT_THAT(with_room_for(2), ElementsAre("P2", "P3"));
    EXPECT_TRUE(log.has(LogLevel::warning, "2 of 3 training pockets are remembered"));
}

TEST_F(RememberPockets, TrainingDoesWhatTheConfigurationSays) {
    model::ModelConfig config = model::ModelConfig::named("tiny");
    config.remembered_pockets = 1;
    TrainOptions options;
    options.datasets = {folder / "data.h5"};
    options.config = folder.write("one.cfg", config.to_text()).string();
    options.steps = 2;
    options.warmup_steps = 0;
    options.out = folder / "out";
    options.optimiser.trainable = "memory";
    EXPECT_THAT(options.to_text(), HasSubstr("trainable = memory\n"))
        << "what is learnt decides who may resume";
    train(options, network, silent_context());
    EXPECT_THAT(network.remembered, ElementsAre("P2"));
    EXPECT_EQ(network.optimiser.trainable, "memory");
}

}  // namespace
}  // namespace keyway::workflows

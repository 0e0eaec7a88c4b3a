/// Options: text, checks, schedule.
#include "workflows/learning_fixtures.hpp"

#include "keyway/workflows/train.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>

namespace keyway::workflows {
namespace {

using testing::error_of;
using ::testing::HasSubstr;

TrainOptions good_options() {
    TrainOptions options;
    options.datasets = {"a.h5", "b.h5"};
    options.out = "run";
    return options;
}

TEST(TrainOptions, NameTheFlagThatIsWrong) {
    EXPECT_NO_THROW(good_options().check());
    const std::vector<std::pair<std::string, std::function<void(TrainOptions&)>>> mistakes = {
        {"--data", [](auto& o) { o.datasets.clear(); }},
        {"--out", [](auto& o) { o.out.clear(); }},
        {"--steps", [](auto& o) { o.steps = 0; }},
        {"--warmup-steps", [](auto& o) { o.warmup_steps = o.steps + 1; }},
        {"--core-share", [](auto& o) { o.core_share = 1.5; }},
        {"--series-similarity", [](auto& o) { o.series_similarity = 1.1; }},
        {"--series-similarity", [](auto& o) { o.series_similarity = std::nan(""); }},
        {"--max-ligands-per-assay", [](auto& o) { o.max_ligands_per_assay = 1; }},
        {"--atoms-per-batch", [](auto& o) { o.atoms_per_batch = -1; }},
        {"--pose-share", [](auto& o) { o.pose_share = 1; }},
        {"--poses-per-batch", [](auto& o) { o.poses_per_batch = 0; }},
        {"--source-weight",
         [](auto& o) {
             o.source_weights = {{"a.csv", -1}};
         }},
        {"--patience", [](auto& o) { o.patience = -1; }}};
    for (const auto& [flag, mistake] : mistakes) {
        TrainOptions options = good_options();
        mistake(options);
        const auto caught = error_of([&] { options.check(); });
        EXPECT_EQ(caught.code, 2) << flag;
        EXPECT_THAT(caught.message, HasSubstr(flag));
    }
}

TEST(TrainOptions, AreWrittenLikeFlagsAndWithoutTheFolder) {
    const std::string text = good_options().to_text();
    EXPECT_THAT(text, HasSubstr("data = a.h5\ndata = b.h5\n"));
    EXPECT_THAT(text, HasSubstr("learning-rate = 0.001\n"));
    EXPECT_THAT(text, Not(HasSubstr("run")));
}

TEST(TrainOptions, WriteWeightsAndOffsetsAsTheyAreGiven) {
    TrainOptions options = good_options();
    options.source_weights = {{"wide.csv", 0.5}, {"extra.csv", 0}};
    options.assay_offset = AssayOffset::ic50;
    options.pose_share = 0.25;
    const std::string text = options.to_text();
    EXPECT_THAT(text, HasSubstr("source-weight = wide.csv=0.5\nsource-weight = extra.csv=0\n"));
    EXPECT_THAT(text, HasSubstr("assay-offset = ic50\n"));
    EXPECT_THAT(text, HasSubstr("pose-share = 0.25\n"));
}

TEST(LearningRate, RisesLinearlyThenFallsByHalfACosineToFivePercent) {
    TrainOptions options = good_options();
    options.steps = 111;
    options.warmup_steps = 10;
    options.optimiser.learning_rate = 2;
    EXPECT_DOUBLE_EQ(learning_rate_at(options, 0), 0.2);
    EXPECT_DOUBLE_EQ(learning_rate_at(options, 4), 1.0);
    EXPECT_DOUBLE_EQ(learning_rate_at(options, 9), 2.0);
    EXPECT_DOUBLE_EQ(learning_rate_at(options, 10), 2.0);
    EXPECT_NEAR(learning_rate_at(options, 60), 2 * (0.05 + 0.95 * 0.5), 1e-12) << "half way";
    EXPECT_NEAR(learning_rate_at(options, 110), 0.1, 1e-12);
    for (int step = 11; step < 111; ++step)
        EXPECT_LT(learning_rate_at(options, step), learning_rate_at(options, step - 1));
}

TEST(LearningRate, IsDefinedForRunsOfOneStep) {
    TrainOptions options = good_options();
    options.steps = 1;
    options.warmup_steps = 0;
    EXPECT_DOUBLE_EQ(learning_rate_at(options, 0), options.optimiser.learning_rate);
    options.warmup_steps = 1;
    EXPECT_DOUBLE_EQ(learning_rate_at(options, 0), options.optimiser.learning_rate);
}

}  // namespace
}  // namespace keyway::workflows

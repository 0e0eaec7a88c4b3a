/// The loop's memory survives as text, to the bit.
#include "workflows/training_state.hpp"

#include "workflows/learning_fixtures.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace keyway::workflows {
namespace {

using testing::error_of;

TEST(TrainingState, ReadsBackToTheSameBits) {
    TrainingState state(3);
    state.step = 17;
    state.random.uniform();
    state.best_validation = 1.0 / 3;
    state.best_step = 10;
    state.validations_without_improvement = 2;
    state.skipped_in_a_row = 1;
    state.skipped_steps = 4;
    state.metrics_bytes = 123;
    state.sums.add({0.1, {{"absolute", 0.2}}, 0.7, true}, 48);
    state.sums.add({0.2, {{"absolute", 1e-300}}, 0.1, true}, 7);
    state.sums.add({std::nan(""), {}, std::nan(""), false}, 9);

    TrainingState copy(99);
    copy.from_text(state.to_text("plan"), "plan");
    EXPECT_EQ(copy.to_text("plan"), state.to_text("plan"));
    EXPECT_EQ(copy.random.uniform(), state.random.uniform());
    EXPECT_EQ(copy.best_validation, state.best_validation);
    EXPECT_EQ(copy.sums.loss, 0.1 + 0.2);
    EXPECT_EQ(copy.sums.rows, 55u) << "rows of a skipped step taught nothing";
    EXPECT_EQ(copy.sums.skipped, 1);
}

TEST(TrainingState, KeepsAnUndefinedBest) {
    TrainingState state(1), copy(1);
    copy.best_validation = 5;
    copy.from_text(state.to_text("p"), "p");
    EXPECT_TRUE(std::isnan(copy.best_validation));
}

TEST(TrainingState, RefusesAnotherPlanAndDamagedText) {
    TrainingState state(1);
    EXPECT_EQ(error_of([&] { state.from_text(state.to_text("a"), "b"); }).code, 4);
    EXPECT_EQ(error_of([&] { state.from_text("{\"plan\": \"b\"}", "b"); }).code, 4);
    EXPECT_EQ(error_of([&] { state.from_text("not json", "b"); }).code, 4);
}

}  // namespace
}  // namespace keyway::workflows

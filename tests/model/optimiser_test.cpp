/// AdamW, clipping and EMA against a reference written out in double precision.
#include "model/optimiser.hpp"

#include "keyway/core/error.hpp"

#include <ATen/core/Tensor.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>

namespace keyway::model {
namespace {

using testing::HasSubstr;

/// Two numbers of a matrix that decays and one of a bias that does not, in an arena and in its average.
class OptimiserTest : public testing::Test {
protected:
    OptimiserTest() {
        for (nn::Parameters* arena : {&weights_, &average_}) {
            arena->add("layer.weight", {1, 2}, {.constant = 2, .decays = true});
            arena->add("layer.bias", {1}, nn::Init::value(2));
            arena->allocate({});
        }
    }
    static std::array<double, 3> read(const at::Tensor& flat) {
        const float* p = flat.data_ptr<float>();
        return {p[0], p[1], p[2]};
    }
    void set_gradient(std::array<double, 3> gradient) {
        for (int i = 0; i < 3; ++i)
            weights_.gradients().data_ptr<float>()[i] = static_cast<float>(gradient[i]);
    }

    nn::Parameters weights_, average_;
    OptimiserOptions options_;
};

TEST_F(OptimiserTest, FollowsTheReferenceForTenSteps) {
    options_ = {.weight_decay = 0.1, .beta1 = 0.8, .beta2 = 0.95, .clip_norm = 1.0, .ema_decay = 0.5};
    Optimiser optimiser(weights_, average_, options_);
    std::array<double, 3> w = {2, 2, 2}, ema = w, m{}, v{};
    const bool decays[3] = {true, true, false};

    for (int t = 1; t <= 10; ++t) {
        const double learning_rate = 0.1 / t;
        std::array<double, 3> g = {0.3 * t, -0.5, 0.01 * t * t};
        set_gradient(g);

        const Optimiser::Outcome outcome = optimiser.step(learning_rate);

        const double norm = std::sqrt(g[0] * g[0] + g[1] * g[1] + g[2] * g[2]);
        EXPECT_NEAR(outcome.gradient_norm, norm, 1e-6);
        for (int i = 0; i < 3; ++i) {
            if (norm > 1) g[i] /= norm;
            m[i] = 0.8 * m[i] + 0.2 * g[i];
            v[i] = 0.95 * v[i] + 0.05 * g[i] * g[i];
            if (decays[i]) w[i] -= learning_rate * 0.1 * w[i];
            w[i] -= learning_rate * (m[i] / (1 - std::pow(0.8, t))) /
                    (std::sqrt(v[i] / (1 - std::pow(0.95, t))) + 1e-8);
            const double decay = std::min(0.5, (1.0 + t) / (10.0 + t));
            ema[i] = decay * ema[i] + (1 - decay) * w[i];
            EXPECT_NEAR(read(weights_.values())[i], w[i], 2e-6) << "step " << t << ", number " << i;
            EXPECT_NEAR(read(average_.values())[i], ema[i], 2e-6) << "step " << t << ", number " << i;
        }
    }
    EXPECT_EQ(optimiser.steps(), 10);
}

TEST_F(OptimiserTest, WeightDecayShrinksMatricesOnly) {
    options_.weight_decay = 0.5;
    Optimiser optimiser(weights_, average_, options_);
    set_gradient({0, 0, 0});

    optimiser.step(0.1);

    EXPECT_NEAR(read(weights_.values())[0], 2 * (1 - 0.1 * 0.5), 1e-6);
    EXPECT_EQ(read(weights_.values())[2], 2);
}

TEST_F(OptimiserTest, GradientBelowTheLimitIsNotScaled) {
    Optimiser optimiser(weights_, average_, options_);
    set_gradient({0.3, 0, 0.4});

    EXPECT_NEAR(optimiser.step(0).gradient_norm, 0.5, 1e-6);
    EXPECT_FLOAT_EQ(weights_.gradients().data_ptr<float>()[0], 0.3f);

    set_gradient({30, 0, 40});
    EXPECT_NEAR(optimiser.step(0).gradient_norm, 50, 1e-5);
    EXPECT_NEAR(weights_.gradients().data_ptr<float>()[0], 0.6, 1e-6);
}

TEST_F(OptimiserTest, GradientThatIsNotFiniteChangesNothing) {
    Optimiser optimiser(weights_, average_, options_);
    set_gradient({0.1, 0.2, 0.3});
    optimiser.step(0.01);
    const auto before = read(weights_.values()), average = read(average_.values()),
               m = read(optimiser.first_moment()), v = read(optimiser.second_moment());
    for (const double bad : {std::nan(""), std::numeric_limits<double>::infinity()}) {
        set_gradient({0.1, bad, 0.3});

        EXPECT_FALSE(optimiser.step(0.01).finite);

        EXPECT_EQ(read(weights_.values()), before);
        EXPECT_EQ(read(average_.values()), average);
        EXPECT_EQ(read(optimiser.first_moment()), m);
        EXPECT_EQ(read(optimiser.second_moment()), v);
        EXPECT_EQ(optimiser.steps(), 1);
    }
}

TEST_F(OptimiserTest, AveragesOfLongRunsUseTheFullDecay) {
    options_ = {.weight_decay = 0, .ema_decay = 0.9};
    Optimiser optimiser(weights_, average_, options_);
    optimiser.set_steps(1'000'000);
    for (int i = 0; i < 3; ++i) weights_.values().data_ptr<float>()[i] = 3;
    set_gradient({0, 0, 0});

    optimiser.step(0.01);

    EXPECT_NEAR(read(average_.values())[1], 0.9 * 2 + 0.1 * 3, 1e-6);
}

TEST(OptimiserOptions, CheckNamesTheFieldThatIsWrong) {
    const auto said = [](auto change) -> std::string {
        OptimiserOptions options;
        change(options);
        try {
            options.check();
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::usage);
            return error.what();
        }
        return "";
    };
    EXPECT_EQ(said([](auto&) {}), "");
    EXPECT_THAT(said([](auto& o) { o.learning_rate = -1; }),
                HasSubstr("learning_rate must be 0 to 10, got -1"));
    EXPECT_THAT(said([](auto& o) { o.beta2 = 1; }), HasSubstr("beta2"));
    EXPECT_THAT(said([](auto& o) { o.pocket_dropout = 1.5; }),
                HasSubstr("pocket_dropout must be 0 to 1, got 1.5"));
    EXPECT_THAT(said([](auto& o) { o.huber_delta = std::nan(""); }), HasSubstr("huber_delta"));
    EXPECT_THAT(said([](auto& o) { o.initial_pk = 40; }), HasSubstr("initial_pk"));
}

}  // namespace
}  // namespace keyway::model

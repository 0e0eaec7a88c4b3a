/// One pass of AdamW over the arena.
#include "model/optimiser.hpp"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cmath>

namespace keyway::model {
namespace {

constexpr double kEpsilon = 1e-8;

}  // namespace

Optimiser::Optimiser(const nn::Parameters& parameters, const nn::Parameters& average,
                     const OptimiserOptions& options)
    : parameters_(parameters), average_(average), options_(options) {
    const at::NoGradGuard no_grad;
    first_moment_ = at::zeros_like(parameters.values());
    second_moment_ = at::zeros_like(parameters.values());
    decay_ = at::zeros_like(parameters.values());
    for (const auto& entry : parameters.entries())
        if (entry.decays) decay_.narrow(0, entry.offset, entry.count).fill_(options.weight_decay);
}

Optimiser::Outcome Optimiser::step(double learning_rate) {
    const at::NoGradGuard no_grad;
    at::Tensor weights = parameters_.values(), gradient = parameters_.gradients(),
               average = average_.values();
    Outcome outcome;
    outcome.gradient_norm = gradient.norm().item<double>();
    outcome.finite = std::isfinite(outcome.gradient_norm);
    if (!outcome.finite) return outcome;
    if (outcome.gradient_norm > options_.clip_norm) gradient.mul_(options_.clip_norm / outcome.gradient_norm);

    ++steps_;
    const double t = static_cast<double>(steps_);
    const double correction1 = 1 - std::pow(options_.beta1, t), correction2 = 1 - std::pow(options_.beta2, t);
    first_moment_.mul_(options_.beta1).add_(gradient, 1 - options_.beta1);
    second_moment_.mul_(options_.beta2).addcmul_(gradient, gradient, 1 - options_.beta2);
    weights.addcmul_(weights, decay_, -learning_rate);
    const at::Tensor scale = (second_moment_ / correction2).sqrt_().add_(kEpsilon);
    weights.addcdiv_(first_moment_, scale, -learning_rate / correction1);

    // A young average follows quickly, so that short runs do not carry their random start.
    const double decay = std::min(options_.ema_decay, (1 + t) / (10 + t));
    average.lerp_(weights, 1 - decay);
    return outcome;
}

}  // namespace keyway::model

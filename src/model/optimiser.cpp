/// One pass of AdamW over the arena.
#include "model/optimiser.hpp"

#include "keyway/ops/adamw.hpp"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cmath>

namespace keyway::model {

Optimiser::Optimiser(const nn::Parameters& parameters, const nn::Parameters& average,
                     const OptimiserOptions& options)
    : parameters_(parameters), average_(average), options_(options) {
    const at::NoGradGuard no_grad;
    first_moment_ = at::zeros_like(parameters.values());
    second_moment_ = at::zeros_like(parameters.values());
    decay_ = at::zeros_like(parameters.values());
    for (const auto& entry : parameters.entries())
        if (entry.decays && entry.value.requires_grad())
            decay_.narrow(0, entry.offset, entry.count).fill_(options.weight_decay);
}

Optimiser::Outcome Optimiser::step(double learning_rate) {
    Outcome outcome;
    outcome.gradient_norm = ops::euclidean_norm(parameters_.gradients());
    outcome.finite = std::isfinite(outcome.gradient_norm);
    if (!outcome.finite) return outcome;

    const double t = static_cast<double>(++steps_);
    // A young average follows quickly, so that short runs do not carry their random start.
    const double decay = std::min(options_.ema_decay, (1 + t) / (10 + t));
    ops::adamw({parameters_.values(), parameters_.gradients(), first_moment_, second_moment_,
                average_.values(), decay_},
               {.gradient_scale = std::min(1.0, options_.clip_norm / outcome.gradient_norm),
                .beta1 = options_.beta1,
                .beta2 = options_.beta2,
                .learning_rate = learning_rate,
                .correction1 = 1 - std::pow(options_.beta1, t),
                .correction2 = 1 - std::pow(options_.beta2, t),
                .average = 1 - decay});
    return outcome;
}

}  // namespace keyway::model

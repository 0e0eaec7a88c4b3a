/// AdamW, global-norm clipping and EMA on the flat parameter arena: a handful of operations a step, however
/// many layers there are.
#pragma once

#include "keyway/model/network.hpp"
#include "keyway/nn/parameters.hpp"

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace keyway::model {

/// AdamW (arXiv:1711.05101, algorithm 2) with decoupled decay lr * weight_decay on entries that decay:
///   m = b1 m + (1 - b1) g,  v = b2 v + (1 - b2) g^2,
///   w -= lr weight_decay w,  w -= lr m^ / (sqrt(v^) + 1e-8),  m^ = m / (1 - b1^t),  v^ = v / (1 - b2^t).
class Optimiser {
public:
    struct Outcome {
        double gradient_norm = 0;  ///< before clipping
        bool finite = true;        ///< false: nothing was changed
    };

    /// `average` holds the EMA of the weights; the caller starts it as a copy of them. Both arenas must
    /// outlive this object.
    Optimiser(const nn::Parameters& parameters, const nn::Parameters& average,
              const OptimiserOptions& options);

    /// Uses the arena's gradients (and scales them when it clips). A gradient that is not finite skips the
    /// step.
    Outcome step(double learning_rate);

    /// Everything that `step` depends on besides weights and gradients; [count] each, written in place to
    /// restore.
    at::Tensor first_moment() const { return first_moment_; }
    at::Tensor second_moment() const { return second_moment_; }
    std::int64_t steps() const { return steps_; }
    void set_steps(std::int64_t steps) { steps_ = steps; }

private:
    const nn::Parameters& parameters_;
    const nn::Parameters& average_;
    OptimiserOptions options_;
    at::Tensor decay_;  ///< [count] weight_decay or 0
    at::Tensor first_moment_, second_moment_;
    std::int64_t steps_ = 0;
};

}  // namespace keyway::model

/// Reference of adamw.hpp.
#include "keyway/ops/adamw.hpp"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

namespace keyway::ops {

void adamw_reference(const AdamwState& state, const AdamwStep& step) {
    const at::NoGradGuard no_grad;
    at::Tensor weight = state.weight, gradient = state.gradient, first = state.first_moment,
               second = state.second_moment, average = state.average;
    gradient.mul_(step.gradient_scale);
    first.mul_(step.beta1).add_(gradient, 1 - step.beta1);
    second.mul_(step.beta2).addcmul_(gradient, gradient, 1 - step.beta2);
    weight.addcmul_(weight, state.decay, -step.learning_rate);
    const at::Tensor scale = (second / step.correction2).sqrt_().add_(1e-8);
    weight.addcdiv_(first, scale, -step.learning_rate / step.correction1);
    average.lerp_(weight, step.average);
}

}  // namespace keyway::ops

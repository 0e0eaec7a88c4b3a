/// One AdamW step with the average of the weights, in one pass over flat arrays.
#pragma once

#include <ATen/core/Tensor.h>

namespace keyway::ops {

/// [count] each, one type, contiguous, written in place.
struct AdamwState {
    at::Tensor weight, gradient, first_moment, second_moment, average;
    at::Tensor decay;  ///< read only
};

struct AdamwStep {
    double gradient_scale = 1;  ///< clipping: the gradient is scaled first
    double beta1 = 0, beta2 = 0, learning_rate = 0;
    double correction1 = 1, correction2 = 1;  ///< 1 - beta^t
    double average = 0;                       ///< share of the new weights in their average
};

/// g *= scale, m = b1 m + (1 - b1) g, v = b2 v + (1 - b2) g^2, w -= lr decay w,
/// w -= lr (m / c1) / (sqrt(v / c2) + 1e-8), average += share (w - average).
/// On the CPU in single precision a kernel; the result is the same for any number of threads.
void adamw(const AdamwState& state, const AdamwStep& step);
void adamw_reference(const AdamwState& state, const AdamwStep& step);

/// Root of the sum of squares, summed in double precision over fixed blocks.
double euclidean_norm(const at::Tensor& x);

}  // namespace keyway::ops

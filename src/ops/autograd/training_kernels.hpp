/// What the autograd functions over the training kernels share.
#pragma once

#include "ops/cpu/training_kernels.hpp"

#include <ATen/ATen.h>

namespace keyway::ops {

/// The kernels for this tensor, or null where the reference has to serve.
inline const cpu::TrainingKernels* kernels_for(const at::Tensor& x) {
    return x.device().is_cpu() && x.scalar_type() == at::kFloat ? cpu::training_kernels() : nullptr;
}

inline float* floats(const at::Tensor& tensor) {
    return tensor.defined() ? tensor.data_ptr<float>() : nullptr;
}
inline const std::int64_t* integers(const at::Tensor& tensor) { return tensor.data_ptr<std::int64_t>(); }

/// The gradient that arrived, or zeros.
inline at::Tensor arrived(const at::Tensor& gradient, const at::Tensor& like) {
    return gradient.defined() ? gradient.contiguous() : at::zeros_like(like);
}

}  // namespace keyway::ops

/// Raw views of tensors for the kernels on atoms (src/ops/cpu/kernels.hpp).
#pragma once

#include "ops/cpu/kernels.hpp"

#include "keyway/ops/cartesian.hpp"

#include <ATen/ATen.h>

#include <optional>

namespace keyway::ops {

/// The kernels for rows of x.size(-1) channels, or null where the reference has to serve.
inline const cpu::Kernels* atom_kernels_for(const at::Tensor& x) {
    const bool fit = x.device().is_cpu() && x.scalar_type() == at::kFloat && x.size(-1) > 0 &&
                     x.size(-1) % cpu::kChannelStep == 0;
    return fit ? cpu::kernels_in_use() : nullptr;
}

inline cpu::AtomRows rows_of(const at::Tensor& s) { return {s.size(0), s.size(1)}; }

/// How an undefined tensor has to enter a `torch::autograd::Function`.
using MaybeTensor = std::optional<at::Tensor>;

/// Null for an undefined tensor.
inline float* raw(const at::Tensor& tensor) { return tensor.defined() ? tensor.data_ptr<float>() : nullptr; }
inline cpu::CartesianView view(const Cartesian& x) { return {raw(x.s), raw(x.v), raw(x.t)}; }
inline cpu::CartesianOut writable(const Cartesian& x) { return {raw(x.s), raw(x.v), raw(x.t)}; }

/// Undefined tensors stay undefined.
inline at::Tensor packed(const at::Tensor& tensor) { return tensor.defined() ? tensor.contiguous() : tensor; }
inline Cartesian packed(const Cartesian& x) { return {packed(x.s), packed(x.v), packed(x.t)}; }
inline at::Tensor empty_like_or_none(const at::Tensor& tensor) {
    return tensor.defined() ? at::empty_like(tensor) : tensor;
}
inline Cartesian empty_like(const Cartesian& x) {
    return {empty_like_or_none(x.s), empty_like_or_none(x.v), empty_like_or_none(x.t)};
}

/// The gradient that arrived from later operations, or zeros.
inline at::Tensor gradient_or_zeros(const at::Tensor& gradient, const at::Tensor& like) {
    return gradient.defined() ? gradient.contiguous() : at::zeros_like(like);
}
inline Cartesian gradient_or_zeros(const std::vector<at::Tensor>& gradients, const Cartesian& like) {
    return {gradient_or_zeros(gradients[0], like.s), gradient_or_zeros(gradients[1], like.v),
            gradient_or_zeros(gradients[2], like.t)};
}

}  // namespace keyway::ops

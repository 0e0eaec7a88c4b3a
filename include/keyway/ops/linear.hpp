/// Matrix products with small weights that share an input.
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

namespace keyway::ops {

/// y_k = x W_k' for every weight. One backward pass adds the gradients of x in place.
/// x [..., in], W_k [out_k, in] -> [..., out_k] each
std::vector<at::Tensor> linear(const at::Tensor& x, const std::vector<at::Tensor>& weights);
/// y = x W' + b; `bias` may be undefined.
at::Tensor linear(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias);
/// The same by stock operations, whatever the device and type.
std::vector<at::Tensor> linear_reference(const at::Tensor& x, const std::vector<at::Tensor>& weights);
at::Tensor linear_reference(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias);

}  // namespace keyway::ops

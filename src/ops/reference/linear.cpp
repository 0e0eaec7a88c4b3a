/// Reference of linear.hpp.
#include "keyway/ops/linear.hpp"

#include <ATen/ATen.h>

namespace keyway::ops {

std::vector<at::Tensor> linear_reference(const at::Tensor& x, const std::vector<at::Tensor>& weights) {
    std::vector<at::Tensor> y;
    for (const at::Tensor& weight : weights) y.push_back(at::linear(x, weight));
    return y;
}

at::Tensor linear_reference(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias) {
    return bias.defined() ? at::linear(x, weight, bias) : at::linear(x, weight);
}

}  // namespace keyway::ops

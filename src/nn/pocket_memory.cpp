/// Similarity of compositions, attention with an empty slot, products with the code.
#include "keyway/nn/pocket_memory.hpp"

#include <ATen/ATen.h>

#include <cmath>

namespace keyway::nn {

PocketMemory::PocketMemory(const Scope& scope, Shape shape)
    : key_(scope.add("key", {shape.slots, shape.composition}, Init::zeros())),
      value_(scope.add("value", {shape.slots, shape.channels}, Init::zeros())),
      fragment_(scope.add("fragment", {shape.bits, shape.channels}, Init::normal(0.1))),
      level_(scope.add("level", {shape.channels}, Init::zeros())),
      log_variance_(scope.add("log_variance", {1}, Init::zeros())) {}

PocketMemory::Recalled PocketMemory::recall(const at::Tensor& composition, bool without_itself) const {
    const at::Tensor key = key_->detach();
    const at::Tensor common = at::minimum(composition.unsqueeze(1), key.unsqueeze(0)).sum(2);  // [P, slots]
    const at::Tensor all = composition.sum(1, true) + key.sum(1) - common;
    const at::Tensor similarity = common / all.clamp_min(1);  // a free slot shares nothing
    at::Tensor weight = (kSharpness * (similarity - kThreshold)).exp() - std::exp(-kSharpness * kThreshold);
    if (without_itself) weight = weight.masked_fill(similarity > kItself, 0);
    const at::Tensor share = weight / (1 + weight.sum(1, true));  // [P, slots]
    const at::Tensor code = at::matmul(share, *value_);           // [P, channels]
    return {.bit_pk = kScale * at::matmul(code, fragment_->t()),
            .pk = at::matmul(code, *level_),
            .log_variance = share.sum(1) * *log_variance_};
}

}  // namespace keyway::nn

/// Linear, layer norm, embedding, dropout, MLP.
#include "keyway/nn/layers.hpp"

#include "keyway/ops/dropout.hpp"
#include "keyway/ops/feature_sum.hpp"
#include "keyway/ops/linear.hpp"

#include <ATen/ATen.h>

#include <cmath>

namespace keyway::nn {

Linear::Linear(const Scope& scope, Shape shape, Bias with)
    : weight(scope.add("weight", {shape.out, shape.in},
                       Init::matrix(shape.gain / std::sqrt(static_cast<double>(shape.in))))) {
    if (with == Bias::zero) bias = scope.add("bias", {shape.out}, Init::zeros());
}

at::Tensor Linear::operator()(const at::Tensor& x) const {
    return ops::linear(x, *weight, bias ? **bias : at::Tensor());
}

LayerNorm::LayerNorm(const Scope& scope, std::int64_t width)
    : channels(width),
      gain(scope.add("gain", {width}, Init::ones())),
      bias(scope.add("bias", {width}, Init::zeros())) {}

at::Tensor LayerNorm::operator()(const at::Tensor& x) const {
    return at::layer_norm(x, {channels}, *gain, *bias);
}

// About four of the columns say something for a given atom; the sum starts with variance of order one.
Embedding::Embedding(const Scope& scope, std::int64_t rows, std::int64_t channels)
    : table(scope.add("table", {rows, channels}, Init::normal(0.5))) {}

at::Tensor Embedding::operator()(const at::Tensor& feature_row) const {
    return ops::feature_sum(*table, feature_row);  // [N, C]
}

Dropout::Dropout(double probability, std::optional<std::uint64_t> seed) {
    if (!seed || probability <= 0) return;
    probability_ = probability;
    random_ = Random(*seed);
}

at::Tensor Dropout::operator()(const at::Tensor& x) {
    if (probability_ <= 0) return x;
    return ops::dropout(x, probability_, random_.below(std::uint64_t{1} << 63));
}

Mlp::Mlp(const Scope& scope, Shape shape)
    : first(scope / "first", {shape.in, shape.hidden}, Linear::Bias::zero),
      second(scope / "second", {shape.hidden, shape.out, shape.gain}, Linear::Bias::zero) {}

at::Tensor Mlp::operator()(const at::Tensor& x, Dropout& dropout) const {
    return second(dropout(at::silu(first(x))));
}

at::Tensor Mlp::operator()(const at::Tensor& x) const { return second(at::silu(first(x))); }

}  // namespace keyway::nn

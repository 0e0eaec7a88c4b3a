/// The small layers that everything else is made of.
#pragma once

#include "keyway/core/random.hpp"
#include "keyway/nn/parameters.hpp"

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>

namespace keyway::nn {

/// y = x W' (+ b) over the last dimension. [..., in] -> [..., out]
struct Linear {
    struct Shape {
        std::int64_t in, out;
        double gain = 1;  ///< weights start normal with deviation gain / sqrt(in)
    };
    enum class Bias { none, zero };

    Linear(const Scope& scope, Shape shape, Bias bias = Bias::none);
    at::Tensor operator()(const at::Tensor& x) const;

    Parameter weight;
    std::optional<Parameter> bias;
};

/// (x - mean) / sqrt(variance + 1e-5) * gain + bias over the last dimension.
struct LayerNorm {
    LayerNorm(const Scope& scope, std::int64_t channels);
    at::Tensor operator()(const at::Tensor& x) const;

    std::int64_t channels;
    Parameter gain, bias;
};

/// Sum of one table row for each feature column. [N, columns] int64 -> [N, C]
struct Embedding {
    Embedding(const Scope& scope, std::int64_t rows, std::int64_t channels);
    at::Tensor operator()(const at::Tensor& feature_row) const;

    Parameter table;
};

/// Dropout whose masks depend on the seed alone. Without a seed it does nothing. One object per forward pass.
class Dropout {
public:
    Dropout() = default;
    Dropout(double probability, std::optional<std::uint64_t> seed);
    at::Tensor operator()(const at::Tensor& x);

private:
    double probability_ = 0;
    Random random_{0};  ///< gives each array its own mask
};

/// W2 SiLU(W1 x + b1) + b2, with dropout between.
struct Mlp {
    struct Shape {
        std::int64_t in, hidden, out;
        double gain = 1;  ///< of the second layer's start
    };
    Mlp(const Scope& scope, Shape shape);
    at::Tensor operator()(const at::Tensor& x, Dropout& dropout) const;
    at::Tensor operator()(const at::Tensor& x) const;

    Linear first, second;
};

}  // namespace keyway::nn

/// dropout.hpp as a `torch::autograd::Function` over the CPU kernels: its own adjoint.
#include "keyway/ops/dropout.hpp"

#include "ops/autograd/training_kernels.hpp"

#include <torch/csrc/autograd/custom_function.h>

namespace keyway::ops {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

at::Tensor thinned(const at::Tensor& x, double probability, std::int64_t seed) {
    const at::Tensor in = x.contiguous(), y = at::empty_like(in);
    cpu::training_kernels()->dropout(
        {in.numel(), static_cast<std::uint32_t>(probability * 4294967296.0),
         static_cast<float>(1 / (1 - probability)), static_cast<std::uint64_t>(seed)},
        floats(in), floats(y));
    return y;
}

class Dropout : public torch::autograd::Function<Dropout> {
public:
    static at::Tensor forward(AutogradContext* context, const at::Tensor& x, double probability,
                              std::int64_t seed) {
        context->saved_data["probability"] = probability;
        context->saved_data["seed"] = seed;
        return thinned(x, probability, seed);
    }

    static variable_list backward(AutogradContext* context, const variable_list& gradients) {
        return {thinned(gradients[0], context->saved_data["probability"].toDouble(),
                        context->saved_data["seed"].toInt()),
                {},
                {}};
    }
};

}  // namespace

at::Tensor dropout(const at::Tensor& x, double probability, std::uint64_t seed) {
    if (!kernels_for(x)) return dropout_reference(x, probability, seed);
    return Dropout::apply(x, probability, static_cast<std::int64_t>(seed));
}

}  // namespace keyway::ops

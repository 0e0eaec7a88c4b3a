/// distance_bias.hpp as a `torch::autograd::Function` over the CPU kernels.
#include "keyway/ops/distance_bias.hpp"

#include "ops/autograd/training_kernels.hpp"

#include <torch/csrc/autograd/custom_function.h>

namespace keyway::ops {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

cpu::DistanceTable view_of(const at::Tensor& table, double cutoff_angstrom) {
    return {floats(table), table.size(0), table.size(1), static_cast<float>(cutoff_angstrom)};
}

class DistanceBias : public torch::autograd::Function<DistanceBias> {
public:
    static at::Tensor forward(AutogradContext* context, const at::Tensor& distance, const at::Tensor& table,
                              double cutoff_angstrom) {
        const at::Tensor r = distance.contiguous(), c = table.contiguous();
        std::vector<std::int64_t> shape = r.sizes().vec();
        shape.insert(shape.begin(), c.size(1));
        const at::Tensor y = at::empty(shape, r.options());
        cpu::training_kernels()->distance_bias(r.numel(), floats(r), view_of(c, cutoff_angstrom), floats(y));
        context->save_for_backward({r, c});
        context->saved_data["cutoff"] = cutoff_angstrom;
        return y;
    }

    static variable_list backward(AutogradContext* context, const variable_list& gradients) {
        const variable_list saved = context->get_saved_variables();
        const at::Tensor &r = saved[0], &c = saved[1], gy = gradients[0].contiguous();
        const at::Tensor scratch = at::empty({cpu::distance_scratch(c.size(0), c.size(1))}, r.options());
        variable_list out = {at::empty_like(r), at::empty_like(c), {}};
        cpu::training_kernels()->distance_bias_backward(
            r.numel(), floats(r), view_of(c, context->saved_data["cutoff"].toDouble()), floats(gy),
            {floats(out[0]), floats(out[1]), floats(scratch)});
        return out;
    }
};

}  // namespace

at::Tensor distance_bias(const at::Tensor& distance, const at::Tensor& table, double cutoff_angstrom) {
    if (!kernels_for(distance)) return distance_bias_reference(distance, table, cutoff_angstrom);
    return DistanceBias::apply(distance, table, cutoff_angstrom);
}

}  // namespace keyway::ops

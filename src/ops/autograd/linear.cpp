/// linear as a `torch::autograd::Function` over the CPU kernels.
#include "keyway/ops/linear.hpp"

#include "ops/autograd/atom_views.hpp"

#include <torch/csrc/autograd/custom_function.h>

namespace keyway::ops {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

cpu::LinearShape shape_of(const at::Tensor& x, const at::Tensor& weight) {
    return {x.numel() / x.size(-1), weight.size(1), weight.size(0)};
}

at::Tensor scratch_for(const cpu::LinearShape& shape, const at::Tensor& like) {
    return at::empty({cpu::linear_scratch(shape)}, like.options());
}

class SharedLinear : public torch::autograd::Function<SharedLinear> {
public:
    /// `bias` may be undefined; it belongs to the first weight.
    static variable_list forward(AutogradContext* context, const at::Tensor& input, const MaybeTensor& bias,
                                 at::TensorList weights) {
        const at::Tensor x = input.contiguous(), b = packed(*bias);
        variable_list saved = {x, b}, y;
        for (const at::Tensor& weight : weights) {
            saved.push_back(weight.contiguous());
            const at::Tensor& w = saved.back();
            std::vector<std::int64_t> size = x.sizes().vec();
            size.back() = w.size(0);
            y.push_back(at::empty(size, x.options()));
            const at::Tensor scratch = scratch_for(shape_of(x, w), x);
            cpu::kernels_in_use()->linear(shape_of(x, w), raw(x), raw(w), y.size() == 1 ? raw(b) : nullptr,
                                          raw(scratch), raw(y.back()));
        }
        context->save_for_backward(saved);
        return y;
    }

    static variable_list backward(AutogradContext* context, const variable_list& gradients) {
        const cpu::Kernels& run = *cpu::kernels_in_use();
        const variable_list saved = context->get_saved_variables();
        const at::Tensor &x = saved[0], &bias = saved[1];
        const at::Tensor dx = at::empty_like(x), db = empty_like_or_none(bias);
        variable_list out = {dx, db};
        cpu::Write write = cpu::Write::overwrite;
        for (std::size_t k = 0; k < gradients.size(); ++k) {
            if (!gradients[k].defined()) {  // nothing used this product
                out.emplace_back();
                continue;
            }
            const at::Tensor& weight = saved[k + 2];
            const at::Tensor g = gradients[k].contiguous(), dw = at::empty_like(weight);
            const cpu::LinearShape shape = shape_of(x, weight);
            const at::Tensor scratch = scratch_for(shape, x);
            run.linear_backward_input(shape, raw(g), raw(weight), write, raw(scratch), raw(dx));
            run.linear_backward_weight(shape, raw(x), raw(g), raw(scratch), raw(dw),
                                       k == 0 ? raw(db) : nullptr);
            out.push_back(dw);
            write = cpu::Write::add;
        }
        if (!gradients[0].defined()) out[1] = at::Tensor();  // the bias goes with the first product
        return out;
    }
};

bool fits(const at::Tensor& x, const at::Tensor& weight) {
    return atom_kernels_for(x) && weight.size(0) % cpu::kChannelStep == 0;
}

}  // namespace

std::vector<at::Tensor> linear(const at::Tensor& x, const std::vector<at::Tensor>& weights) {
    for (const at::Tensor& weight : weights)
        if (!fits(x, weight)) return linear_reference(x, weights);
    return SharedLinear::apply(x, MaybeTensor(at::Tensor()), at::TensorList(weights));
}

at::Tensor linear(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias) {
    if (!fits(x, weight)) return linear_reference(x, weight, bias);
    return SharedLinear::apply(x, MaybeTensor(bias), at::TensorList(weight))[0];
}

}  // namespace keyway::ops

/// equivariant_norm as a `torch::autograd::Function` over the CPU kernels.
#include "keyway/ops/equivariant_norm.hpp"

#include "ops/autograd/atom_views.hpp"

#include <torch/csrc/autograd/custom_function.h>

namespace keyway::ops {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

cpu::NormGainsView gains_of(const variable_list& x, std::size_t first) {
    return {raw(x[first]), raw(x[first + 1]), raw(x[first + 2]), raw(x[first + 3])};
}

class EquivariantNorm : public torch::autograd::Function<EquivariantNorm> {
public:
    static variable_list forward(AutogradContext* context, const at::Tensor& s, const at::Tensor& v,
                                 const at::Tensor& t, const at::Tensor& gain_s, const at::Tensor& bias_s,
                                 const at::Tensor& gain_v, const at::Tensor& gain_t) {
        const variable_list in = {s.contiguous(),      v.contiguous(),      t.contiguous(),
                                  gain_s.contiguous(), bias_s.contiguous(), gain_v.contiguous(),
                                  gain_t.contiguous()};
        const Cartesian x{in[0], in[1], in[2]}, y = empty_like(x);
        cpu::kernels_in_use()->equivariant_norm(rows_of(x.s), view(x), gains_of(in, 3), writable(y));
        context->save_for_backward(in);
        return {y.s, y.v, y.t};
    }

    static variable_list backward(AutogradContext* context, const variable_list& gradients) {
        const variable_list in = context->get_saved_variables();
        const Cartesian x{in[0], in[1], in[2]}, g = gradient_or_zeros(gradients, x), dx = empty_like(x);
        variable_list out = {dx.s, dx.v, dx.t};
        for (std::size_t k = 3; k < in.size(); ++k) out.push_back(at::empty_like(in[k]));
        cpu::kernels_in_use()->equivariant_norm_backward(
            rows_of(x.s), view(x), gains_of(in, 3), view(g), writable(dx),
            {raw(out[3]), raw(out[4]), raw(out[5]), raw(out[6])});
        return out;
    }
};

}  // namespace

Cartesian equivariant_norm(const Cartesian& x, const NormGains& gains) {
    if (!atom_kernels_for(x.s)) return equivariant_norm_reference(x, gains);
    const variable_list y = EquivariantNorm::apply(x.s, x.v, x.t, gains.s, gains.s_bias, gains.v, gains.t);
    return {y[0], y[1], y[2]};
}

}  // namespace keyway::ops

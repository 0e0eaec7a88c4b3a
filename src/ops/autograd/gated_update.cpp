/// gated_update as a `torch::autograd::Function` over the CPU kernels.
#include "keyway/ops/gated_update.hpp"

#include "ops/autograd/atom_views.hpp"

#include <torch/csrc/autograd/custom_function.h>

namespace keyway::ops {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

class GatedUpdate : public torch::autograd::Function<GatedUpdate> {
public:
    static variable_list forward(AutogradContext* context, const at::Tensor& xs, const MaybeTensor& xv,
                                 const MaybeTensor& xt, const at::Tensor& zs, const at::Tensor& zv,
                                 const at::Tensor& zt, const at::Tensor& gate) {
        const Cartesian x = packed({xs, *xv, *xt}), z = packed({zs, zv, zt}), y = empty_like(z);
        const at::Tensor g = gate.contiguous();
        cpu::kernels_in_use()->gated_update(rows_of(x.s), view(x), view(z), raw(g), writable(y));
        context->save_for_backward({z.s, z.v, z.t, g});
        context->saved_data["vectors"] = xv->defined();
        return {y.s, y.v, y.t};
    }

    static variable_list backward(AutogradContext* context, const variable_list& gradients) {
        const variable_list saved = context->get_saved_variables();
        const Cartesian z{saved[0], saved[1], saved[2]}, g = gradient_or_zeros(gradients, z);
        const at::Tensor dv = at::empty_like(z.v), dt = at::empty_like(z.t), dgate = at::empty_like(saved[3]);
        cpu::kernels_in_use()->gated_update_backward(rows_of(z.s), view(z), raw(saved[3]), view(g), raw(dv),
                                                     raw(dt), raw(dgate));
        const bool vectors = context->saved_data["vectors"].toBool();
        return {g.s, vectors ? g.v : at::Tensor(), vectors ? g.t : at::Tensor(), g.s, dv, dt, dgate};
    }
};

}  // namespace

Cartesian gated_update(const Cartesian& x, const Cartesian& z, const at::Tensor& gate) {
    if (!atom_kernels_for(z.s)) return gated_update_reference(x, z, gate);
    const variable_list y = GatedUpdate::apply(x.s, MaybeTensor(x.v), MaybeTensor(x.t), z.s, z.v, z.t, gate);
    return {y[0], y[1], y[2]};
}

}  // namespace keyway::ops

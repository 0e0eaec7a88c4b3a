/// node_product as a `torch::autograd::Function` over the CPU kernels.
#include "keyway/ops/node_product.hpp"

#include "ops/autograd/atom_views.hpp"

#include <torch/csrc/autograd/custom_function.h>

namespace keyway::ops {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

class NodeProduct : public torch::autograd::Function<NodeProduct> {
public:
    static variable_list forward(AutogradContext* context, const at::Tensor& us, const MaybeTensor& uv,
                                 const MaybeTensor& ut, const at::Tensor& ms, const at::Tensor& mv,
                                 const at::Tensor& mt, std::int64_t kind) {
        const Cartesian u = packed({us, *uv, *ut}), m = packed({ms, mv, mt}), z = empty_like(m);
        cpu::kernels_in_use()->node_product(rows_of(u.s), static_cast<cpu::MatrixProduct>(kind), view(u),
                                            view(m), writable(z));
        context->save_for_backward({u.s, u.v, u.t, m.s, m.v, m.t});
        context->saved_data["kind"] = kind;
        return {z.s, z.v, z.t};
    }

    static variable_list backward(AutogradContext* context, const variable_list& gradients) {
        const variable_list saved = context->get_saved_variables();
        const Cartesian u{saved[0], saved[1], saved[2]}, m{saved[3], saved[4], saved[5]};
        const Cartesian g = gradient_or_zeros(gradients, m), du = empty_like(u), dm = empty_like(m);
        cpu::kernels_in_use()->node_product_backward(
            rows_of(u.s), static_cast<cpu::MatrixProduct>(context->saved_data["kind"].toInt()), view(u),
            view(m), view(g), writable(du), writable(dm));
        return {du.s, du.v, du.t, dm.s, dm.v, dm.t, {}};
    }
};

}  // namespace

Cartesian node_product(const Cartesian& u, const Cartesian& m, Parity parity) {
    if (!atom_kernels_for(m.s)) return node_product_reference(u, m, parity);
    const auto kind = parity == Parity::so3 ? cpu::MatrixProduct::plain : cpu::MatrixProduct::symmetrised;
    const variable_list z = NodeProduct::apply(u.s, MaybeTensor(u.v), MaybeTensor(u.t), m.s, m.v, m.t,
                                               static_cast<std::int64_t>(kind));
    return {z[0], z[1], z[2]};
}

}  // namespace keyway::ops

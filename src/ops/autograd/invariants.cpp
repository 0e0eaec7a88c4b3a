/// invariants as a `torch::autograd::Function` over the CPU kernels.
#include "keyway/ops/invariants.hpp"

#include "ops/autograd/atom_views.hpp"

#include <torch/csrc/autograd/custom_function.h>

namespace keyway::ops {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

class Invariants : public torch::autograd::Function<Invariants> {
public:
    static at::Tensor forward(AutogradContext* context, const at::Tensor& s, const at::Tensor& v,
                              const at::Tensor& t) {
        const Cartesian x = packed({s, v, t});
        const at::Tensor y = at::empty({s.size(0), 3 * s.size(1)}, s.options());
        cpu::kernels_in_use()->invariants(rows_of(x.s), view(x), raw(y));
        context->save_for_backward({x.s, x.v, x.t, y});
        return y;
    }

    static variable_list backward(AutogradContext* context, const variable_list& gradients) {
        const variable_list saved = context->get_saved_variables();
        const Cartesian x{saved[0], saved[1], saved[2]}, dx = empty_like(x);
        const at::Tensor& y = saved[3];
        const at::Tensor g = gradient_or_zeros(gradients[0], y);
        cpu::kernels_in_use()->invariants_backward(rows_of(x.s), view(x), raw(y), raw(g), writable(dx));
        return {dx.s, dx.v, dx.t};
    }
};

}  // namespace

at::Tensor invariants(const Cartesian& x) {
    return atom_kernels_for(x.s) ? Invariants::apply(x.s, x.v, x.t) : invariants_reference(x);
}

}  // namespace keyway::ops

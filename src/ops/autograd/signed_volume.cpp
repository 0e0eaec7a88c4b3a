/// signed_volume as a `torch::autograd::Function` over the CPU kernels.
#include "keyway/ops/signed_volume.hpp"

#include "ops/autograd/training_kernels.hpp"

#include <torch/csrc/autograd/custom_function.h>

namespace keyway::ops {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

class SignedVolume : public torch::autograd::Function<SignedVolume> {
public:
    static at::Tensor forward(AutogradContext* context, const at::Tensor& point, const at::Tensor& hydrogen,
                              const at::Tensor& neighbour, const at::Tensor& sign) {
        const variable_list in = {point.contiguous(), hydrogen.contiguous(), neighbour.contiguous(),
                                  sign.contiguous()};
        const at::Tensor y = at::empty({neighbour.size(0), point.size(1)}, point.options());
        cpu::training_kernels()->signed_volume(list_of(in), {floats(in[0]), floats(in[1])}, floats(y));
        context->save_for_backward(in);
        return y;
    }

    static variable_list backward(AutogradContext* context, const variable_list& gradients) {
        const variable_list in = context->get_saved_variables();
        const at::Tensor gy = gradients[0].contiguous(), atom = at::empty_like(in[0]),
                         hydrogen = at::empty_like(in[1]);
        cpu::training_kernels()->signed_volume_backward(list_of(in), {floats(in[0]), floats(in[1])},
                                                        floats(gy), {floats(atom), floats(hydrogen)});
        return {atom, hydrogen, {}, {}};
    }

private:
    static cpu::StereoList list_of(const variable_list& in) {
        return {in[2].size(0), in[0].size(0), in[0].size(1), integers(in[2]), floats(in[3])};
    }
};

}  // namespace

at::Tensor signed_volume(const at::Tensor& point, const at::Tensor& hydrogen, const StereoCentres& centres) {
    if (!kernels_for(point)) return signed_volume_reference(point, hydrogen, centres);
    return SignedVolume::apply(point, hydrogen, centres.neighbour, centres.sign);
}

}  // namespace keyway::ops

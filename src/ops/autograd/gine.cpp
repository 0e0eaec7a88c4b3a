/// gine_aggregate, segment_sum, segment_softmax and feature_sum as `torch::autograd::Function`s over the CPU
/// kernels.
#include "keyway/ops/gine.hpp"

#include "ops/autograd/training_kernels.hpp"

#include "keyway/ops/feature_sum.hpp"
#include "keyway/ops/segment.hpp"

#include <torch/csrc/autograd/custom_function.h>

namespace keyway::ops {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

class Gine : public torch::autograd::Function<Gine> {
public:
    static at::Tensor forward(AutogradContext* context, const at::Tensor& h, const at::Tensor& embedding,
                              const at::Tensor& gate, const at::Tensor& ptr, const at::Tensor& sender,
                              const at::Tensor& type) {
        const variable_list in = {h.contiguous(),   embedding.contiguous(), gate.contiguous(),
                                  ptr.contiguous(), sender.contiguous(),    type.contiguous()};
        const at::Tensor y = at::empty_like(in[0]), scratch = at::empty_like(in[2]);
        cpu::training_kernels()->gine(
            bonds_of(in), {floats(in[0]), floats(in[1]), floats(in[2]), floats(scratch)}, floats(y));
        context->save_for_backward(in);
        return y;
    }

    static variable_list backward(AutogradContext* context, const variable_list& gradients) {
        const variable_list in = context->get_saved_variables();
        const at::Tensor gy = gradients[0].contiguous(), scratch = at::empty_like(in[2]);
        const variable_list out = {
            at::empty_like(in[0]), at::empty_like(in[1]), at::empty_like(in[2]), {}, {}, {}};
        cpu::training_kernels()->gine_backward(bonds_of(in),
                                               {floats(in[0]), floats(in[1]), floats(in[2]), floats(scratch)},
                                               floats(gy), {floats(out[0]), floats(out[1]), floats(out[2])});
        return out;
    }

private:
    static cpu::BondList bonds_of(const variable_list& in) {
        return {in[0].size(0),   in[1].size(0),   in[0].size(1),
                integers(in[3]), integers(in[4]), integers(in[5])};
    }
};

class SegmentSum : public torch::autograd::Function<SegmentSum> {
public:
    static at::Tensor forward(AutogradContext* context, const at::Tensor& x, const at::Tensor& ptr) {
        const at::Tensor in = x.contiguous(), rows = ptr.contiguous();
        std::vector<std::int64_t> shape = x.sizes().vec();
        const std::int64_t width = c10::multiply_integers(shape.begin() + 1, shape.end());
        shape[0] = rows.size(0) - 1;
        const at::Tensor y = at::empty(shape, x.options());
        cpu::training_kernels()->segment_sum(shape[0], integers(rows), width, floats(in), floats(y));
        context->save_for_backward({rows});
        context->saved_data["entries"] = x.size(0);
        return y;
    }

    static variable_list backward(AutogradContext* context, const variable_list& gradients) {
        const at::Tensor rows = context->get_saved_variables()[0], gy = gradients[0].contiguous();
        std::vector<std::int64_t> shape = gy.sizes().vec();
        const std::int64_t width = c10::multiply_integers(shape.begin() + 1, shape.end());
        shape[0] = context->saved_data["entries"].toInt();
        const at::Tensor gx = at::empty(shape, gy.options());
        cpu::training_kernels()->segment_spread(rows.size(0) - 1, integers(rows), width, floats(gy),
                                                floats(gx));
        return {gx, {}};
    }
};

class SegmentSoftmax : public torch::autograd::Function<SegmentSoftmax> {
public:
    static at::Tensor forward(AutogradContext* context, const at::Tensor& x, const at::Tensor& ptr) {
        const at::Tensor in = x.contiguous(), rows = ptr.contiguous(), y = at::empty_like(in);
        cpu::training_kernels()->segment_softmax(rows.size(0) - 1, integers(rows), width_of(in), floats(in),
                                                 floats(y));
        context->save_for_backward({y, rows});
        return y;
    }

    static variable_list backward(AutogradContext* context, const variable_list& gradients) {
        const variable_list saved = context->get_saved_variables();
        const at::Tensor &y = saved[0], &rows = saved[1], gy = gradients[0].contiguous(),
                         gx = at::empty_like(y);
        cpu::training_kernels()->segment_softmax_backward(rows.size(0) - 1, integers(rows), width_of(y),
                                                          floats(y), floats(gy), floats(gx));
        return {gx, {}};
    }

private:
    static std::int64_t width_of(const at::Tensor& x) {
        return c10::multiply_integers(x.sizes().begin() + 1, x.sizes().end());
    }
};

class FeatureSum : public torch::autograd::Function<FeatureSum> {
public:
    static at::Tensor forward(AutogradContext* context, const at::Tensor& table, const at::Tensor& row) {
        const at::Tensor in = table.contiguous(), index = row.contiguous();
        const at::Tensor y = at::empty({index.size(0), in.size(1)}, in.options());
        cpu::training_kernels()->feature_sum(rows_of(index, in.size(0), in.size(1)), floats(in), floats(y));
        context->save_for_backward({index});
        context->saved_data["rows"] = in.size(0);
        return y;
    }

    static variable_list backward(AutogradContext* context, const variable_list& gradients) {
        const at::Tensor index = context->get_saved_variables()[0], gy = gradients[0].contiguous();
        const std::int64_t rows = context->saved_data["rows"].toInt();
        const at::Tensor gradient = at::empty({rows, gy.size(1)}, gy.options());
        cpu::training_kernels()->feature_sum_backward(rows_of(index, rows, gy.size(1)), floats(gy),
                                                      floats(gradient));
        return {gradient, {}};
    }

private:
    static cpu::FeatureRows rows_of(const at::Tensor& index, std::int64_t table_rows, std::int64_t channels) {
        return {index.size(0), index.size(1), channels, table_rows, integers(index)};
    }
};

}  // namespace

at::Tensor gine_aggregate(const at::Tensor& h, const BondGraph& bonds, const at::Tensor& embedding,
                          const at::Tensor& gate) {
    if (!kernels_for(h) || h.size(1) % 4 != 0) return gine_aggregate_reference(h, bonds, embedding, gate);
    return Gine::apply(h, embedding, gate, bonds.receivers.ptr, bonds.sender, bonds.type);
}

at::Tensor segment_sum(const at::Tensor& x, const Csr& csr) {
    return kernels_for(x) ? SegmentSum::apply(x, csr.ptr) : segment_sum_reference(x, csr);
}

at::Tensor segment_softmax(const at::Tensor& x, const Csr& csr) {
    return kernels_for(x) ? SegmentSoftmax::apply(x, csr.ptr) : segment_softmax_reference(x, csr);
}

at::Tensor feature_sum(const at::Tensor& table, const at::Tensor& row) {
    if (!kernels_for(table) || table.size(1) % 4 != 0) return feature_sum_reference(table, row);
    return FeatureSum::apply(table, row);
}

}  // namespace keyway::ops

/// edge_message as a `torch::autograd::Function` over the CPU kernels.
#include "keyway/ops/edge_message.hpp"

#include "ops/autograd/atom_views.hpp"

#include <ATen/ATen.h>
#include <torch/csrc/autograd/custom_function.h>

#include <cmath>

namespace keyway::ops {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

float* floats(const at::Tensor& tensor) { return raw(tensor); }
const std::int64_t* integers(const at::Tensor& tensor) { return tensor.data_ptr<std::int64_t>(); }

/// A contiguous graph; keeps the tensors alive that the raw view points into.
struct KernelGraph {
    explicit KernelGraph(const EdgeGraph& graph)
        : ptr(graph.receivers.ptr.contiguous()),
          receiver(graph.receivers.row.contiguous()),
          sender(graph.sender.contiguous()),
          sent_ptr(graph.sent_ptr.contiguous()),
          sent_edge(graph.sent_edge.contiguous()),
          edge_class(graph.edge_class.contiguous()),
          length(graph.length.contiguous()),
          direction(graph.direction.contiguous()) {}

    /// As saved for the backward pass.
    explicit KernelGraph(const at::Tensor* saved)
        : ptr(saved[0]),
          receiver(saved[1]),
          sender(saved[2]),
          sent_ptr(saved[3]),
          sent_edge(saved[4]),
          edge_class(saved[5]),
          length(saved[6]),
          direction(saved[7]) {}

    variable_list tensors() const {
        return {ptr, receiver, sender, sent_ptr, sent_edge, edge_class, length, direction};
    }

    cpu::EdgeList view() const {
        return {.receivers = ptr.size(0) - 1,
                .senders = sent_ptr.size(0) - 1,
                .edges = sender.size(0),
                .ptr = integers(ptr),
                .receiver = integers(receiver),
                .sender = integers(sender),
                .sent_ptr = integers(sent_ptr),
                .sent_edge = integers(sent_edge),
                .edge_class = integers(edge_class),
                .length = floats(length),
                .direction = floats(direction)};
    }

    at::Tensor ptr, receiver, sender, sent_ptr, sent_edge, edge_class, length, direction;
};

struct Call {
    cpu::Channels size;
    cpu::RadialTable radial;
};

Call call_of(const at::Tensor& table, std::int64_t channels, double cutoff_angstrom, double expected_degree) {
    return {{static_cast<int>(channels), static_cast<int>(table.size(3))},
            {floats(table), table.size(0), table.size(1), static_cast<float>(cutoff_angstrom),
             static_cast<float>(1 / std::sqrt(expected_degree))}};
}

/// s, v, t, query, key, bias, and the table in `radial`.
cpu::EdgeInput input_of(const variable_list& x, const cpu::RadialTable& radial) {
    return {{floats(x[0]), floats(x[1]), floats(x[2])}, {floats(x[3]), floats(x[4]), floats(x[5])}, radial};
}

class EdgeMessage : public torch::autograd::Function<EdgeMessage> {
public:
    static variable_list forward(AutogradContext* context, const at::Tensor& s, const MaybeTensor& v,
                                 const MaybeTensor& t, const at::Tensor& query, const at::Tensor& key,
                                 const at::Tensor& bias, const at::Tensor& table, const EdgeGraph& edges,
                                 double cutoff_angstrom, double expected_degree) {
        const KernelGraph graph(edges);
        const variable_list in = {s.contiguous(),   packed(*v),        packed(*t),        query.contiguous(),
                                  key.contiguous(), bias.contiguous(), table.contiguous()};
        const Call call = call_of(in[6], s.size(1), cutoff_angstrom, expected_degree);
        const std::int64_t receivers = edges.receivers.rows(), channels = s.size(1);
        const at::Tensor gates = at::empty({graph.sender.size(0), call.size.heads}, s.options()),
                         scratch = at::empty({s.size(0), 9, channels}, s.options());
        const variable_list m = {at::empty({receivers, channels}, s.options()),
                                 at::empty({receivers, 3, channels}, s.options()),
                                 at::empty({receivers, 5, channels}, s.options())};
        cpu::kernels_in_use()->edge_message(graph.view(), call.size, input_of(in, call.radial), floats(gates),
                                            floats(scratch), {floats(m[0]), floats(m[1]), floats(m[2])});
        variable_list saved = in;
        saved.push_back(gates);
        for (const at::Tensor& tensor : graph.tensors()) saved.push_back(tensor);
        context->save_for_backward(saved);
        context->saved_data["cutoff"] = cutoff_angstrom;
        context->saved_data["degree"] = expected_degree;
        return m;
    }

    static variable_list backward(AutogradContext* context, const variable_list& gradients) {
        const variable_list saved = context->get_saved_variables();
        const at::Tensor &s = saved[0], &v = saved[1], &t = saved[2], &query = saved[3], &key = saved[4],
                         &bias = saved[5], &table = saved[6], &gates = saved[7];
        const KernelGraph graph(&saved[8]);
        const Call call = call_of(table, s.size(1), context->saved_data["cutoff"].toDouble(),
                                  context->saved_data["degree"].toDouble());
        const std::int64_t receivers = query.size(0), channels = s.size(1);
        const auto gradient_of = [&](std::size_t k, at::IntArrayRef shape) {
            return gradients[k].defined() ? gradients[k].contiguous() : at::zeros(shape, s.options());
        };
        const at::Tensor gs = gradient_of(0, {receivers, channels}),
                         gv = gradient_of(1, {receivers, 3, channels}),
                         gt = gradient_of(2, {receivers, 5, channels});
        const at::Tensor ds = at::empty_like(s), dv = empty_like_or_none(v), dt = empty_like_or_none(t);
        const at::Tensor dquery = at::empty_like(query), dkey = at::empty_like(key),
                         dbias = at::empty_like(bias), dtable = at::empty_like(table),
                         dlogit = at::empty_like(gates),
                         scratch = at::empty({receivers, 9, channels}, s.options());
        cpu::kernels_in_use()->edge_message_backward(
            graph.view(), call.size, input_of(saved, call.radial), floats(gates),
            {floats(gs), floats(gv), floats(gt)}, floats(scratch),
            {{floats(ds), floats(dv), floats(dt)},
             {floats(dquery), floats(dkey), floats(dbias), floats(dtable), floats(dlogit)}});
        return {ds, dv, dt, dquery, dkey, dbias, dtable, {}, {}, {}};
    }
};

bool kernels_fit(const Cartesian& x, const EdgeAttention& attention) {
    const std::int64_t channels = x.s.size(1), heads = attention.bias.size(0);
    return cpu::kernels_in_use() && x.s.device().is_cpu() && x.s.scalar_type() == at::kFloat &&
           channels % heads == 0 && (channels / heads) % 4 == 0 && heads <= cpu::kMaxHeads;
}

}  // namespace

Cartesian edge_message(const Cartesian& x, const EdgeAttention& attention, const RadialFunctions& radial,
                       const EdgeGraph& graph, Parity parity) {
    if (parity == Parity::o3 || !kernels_fit(x, attention))
        return edge_message_reference(x, attention, radial, graph, parity);
    const variable_list m = EdgeMessage::apply(x.s, MaybeTensor(x.v), MaybeTensor(x.t), attention.query,
                                               attention.key, attention.bias, radial.table, graph,
                                               radial.cutoff_angstrom, radial.expected_degree);
    return {m[0], m[1], m[2]};
}

}  // namespace keyway::ops

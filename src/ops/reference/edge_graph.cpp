/// Reference of edge_graph.hpp.
#include "keyway/ops/edge_graph.hpp"

#include <ATen/ATen.h>

namespace keyway::ops {

namespace {

// Sizes [rows] -> offsets [rows + 1]
at::Tensor offsets_of(const at::Tensor& size) {
    return at::cat({at::zeros({1}, size.options()), size.cumsum(0)});
}

}  // namespace

void set_geometry(EdgeGraph& graph, const at::Tensor& position) {
    const at::Tensor x = position.detach();
    const at::Tensor d = x.index_select(0, graph.sender) - x.index_select(0, graph.receivers.row);  // [E, 3]
    graph.length = d.square().sum(1).sqrt();                                                        // [E]
    graph.direction = d / graph.length.unsqueeze(1);                                                // [E, 3]
}

EdgeGraph towards(const EdgeGraph& graph, const at::Tensor& atom) {
    const at::Tensor &ptr = graph.receivers.ptr, first = ptr.index_select(0, atom);
    const at::Tensor size = ptr.index_select(0, atom + 1) - first, kept_ptr = offsets_of(size);
    const at::Tensor row = at::repeat_interleave(size), number = at::arange(row.size(0), row.options());
    const at::Tensor skipped = first - kept_ptr.narrow(0, 0, atom.size(0));  // [R]
    const at::Tensor edge = number + skipped.index_select(0, row);           // [kept] in the whole graph

    const at::Tensor number_of = at::full_like(graph.sender, -1).index_copy(0, edge, number);  // [E]
    const at::Tensor sent = number_of.index_select(0, graph.sent_edge);
    const at::Tensor sender = graph.sender.index_select(0, edge);
    return {.receivers = {kept_ptr, row},
            .sender = sender,
            .sent_ptr = offsets_of(at::bincount(sender, {}, graph.sent_ptr.size(0) - 1)),
            .sent_edge = sent.masked_select(sent.ge(0)),
            .edge_class = graph.edge_class.index_select(0, edge),
            .length = graph.length.index_select(0, edge),
            .direction = graph.direction.index_select(0, edge)};
}

}  // namespace keyway::ops

/// Reference of edge_graph.hpp.
#include "keyway/ops/edge_graph.hpp"

#include <ATen/ATen.h>

namespace keyway::ops {

void set_geometry(EdgeGraph& graph, const at::Tensor& position) {
    const at::Tensor x = position.detach();
    const at::Tensor d = x.index_select(0, graph.sender) - x.index_select(0, graph.receivers.row);  // [E, 3]
    graph.length = d.square().sum(1).sqrt();                                                        // [E]
    graph.direction = d / graph.length.unsqueeze(1);                                                // [E, 3]
}

}  // namespace keyway::ops

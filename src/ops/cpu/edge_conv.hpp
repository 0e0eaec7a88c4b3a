/// Declarations of the edge kernels of one instruction set; equations in include/keyway/ops/edge_conv.hpp and
/// edge_weights.hpp.
#pragma once

#include "ops/cpu/kernels.hpp"
#include "ops/cpu/lanes.hpp"

namespace keyway::ops::cpu::KEYWAY_ISA {

void edge_weights(const EdgeList& graph, Channels size, const EdgeGate& gate, const RadialTable& radial,
                  float* weights);
void edge_weights_backward(const EdgeList& graph, Channels size, const EdgeGate& gate,
                           const RadialTable& radial, const float* weights_gradient,
                           const EdgeGateGradient& gradient);
void edge_conv(const EdgeList& graph, Channels size, const CartesianView& x, const float* weights,
               const CartesianOut& m);
void edge_conv_backward(const EdgeList& graph, Channels size, const CartesianView& x, const float* weights,
                        const CartesianView& m_gradient, const CartesianOut& x_gradient,
                        float* weights_gradient);

}  // namespace keyway::ops::cpu::KEYWAY_ISA

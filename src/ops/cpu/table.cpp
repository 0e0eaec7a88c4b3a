/// The table of one instruction set.
#include "ops/cpu/edge_conv.hpp"

namespace keyway::ops::cpu::KEYWAY_ISA {

#define KEYWAY_TEXT_OF(name) #name
#define KEYWAY_TEXT(name) KEYWAY_TEXT_OF(name)

extern const Kernels kernels;
const Kernels kernels = {KEYWAY_TEXT(KEYWAY_ISA), edge_weights, edge_weights_backward, edge_conv,
                         edge_conv_backward};

}  // namespace keyway::ops::cpu::KEYWAY_ISA

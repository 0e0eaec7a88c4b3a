/// The tables of one instruction set.
#include "ops/cpu/atom_rows.hpp"
#include "ops/cpu/edge_batch.hpp"
#include "ops/cpu/ligand_kernels.hpp"
#include "ops/cpu/training.hpp"

namespace keyway::ops::cpu::KEYWAY_ISA {

#define KEYWAY_TEXT_OF(name) #name
#define KEYWAY_TEXT(name) KEYWAY_TEXT_OF(name)

extern const Kernels kernels;
const Kernels kernels = {KEYWAY_TEXT(KEYWAY_ISA),
                         edge_message,
                         edge_message_backward,
                         linear,
                         linear_backward_input,
                         linear_backward_weight,
                         node_product,
                         node_product_backward,
                         equivariant_norm,
                         equivariant_norm_backward,
                         invariants,
                         invariants_backward,
                         gated_update,
                         gated_update_backward};

extern const LigandKernels ligand_kernels;
const LigandKernels ligand_kernels = {
    KEYWAY_TEXT(KEYWAY_ISA), dense,  layer_norm, embed,    gine_input,  sum_rows, add_row,
    stereo_volumes,          attend, answer,     pair_sum, anchor_bias, math_of};

extern const TrainingKernels training_kernels;
const TrainingKernels training_kernels = {KEYWAY_TEXT(KEYWAY_ISA),
                                          attend_pairs,
                                          attend_pairs_backward,
                                          answer_pairs,
                                          answer_pairs_backward,
                                          sum_pairs,
                                          sum_pairs_backward,
                                          distance_bias,
                                          distance_bias_backward,
                                          gine,
                                          gine_backward,
                                          segment_sum,
                                          segment_spread,
                                          segment_softmax,
                                          segment_softmax_backward,
                                          signed_volume,
                                          signed_volume_backward,
                                          feature_sum,
                                          feature_sum_backward,
                                          dropout,
                                          square_sum,
                                          adamw};

}  // namespace keyway::ops::cpu::KEYWAY_ISA

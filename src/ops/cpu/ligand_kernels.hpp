/// Declarations of the ligand kernels of one instruction set; meaning in
/// include/keyway/ops/ligand_kernels.hpp.
#pragma once

#include "keyway/ops/ligand_kernels.hpp"

namespace keyway::ops::cpu::KEYWAY_ISA {

void dense(std::int64_t rows, Rows x, const Dense& layer, Activation activation, Rows residual, Rows y);
void layer_norm(std::int64_t rows, Rows x, const std::int32_t* chosen, const Norm& norm, Rows y);
void embed(std::int64_t rows, const std::int32_t* feature, std::int64_t features, Rows table, Rows y);
void gine_input(const Bonds& bonds, Rows h, const Norm& norm, Rows y);
void sum_rows(std::int64_t rows, Rows x, float scale, float* y);
void add_row(const float* x, float* y, std::int64_t n);
void stereo_volumes(const Stereo& stereo, Rows y);
void attend(const Heads& size, Rows query, const KeyValue& pocket, Rows y);
void answer(const Heads& size, const Answer& work);
float pair_sum(const Heads& size, const PairTerms& terms);
void anchor_bias(const Heads& size, const Places& places, float* y);
void math_of(std::int64_t n, const float* x, float* exp, float* sigmoid, float* tanh);

}  // namespace keyway::ops::cpu::KEYWAY_ISA

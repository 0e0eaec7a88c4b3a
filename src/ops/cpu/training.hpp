/// Declarations of the training kernels of one instruction set; meaning in training_kernels.hpp.
#pragma once

#include "ops/cpu/training_kernels.hpp"

namespace keyway::ops::cpu::KEYWAY_ISA {

void attend_pairs(const PairShape& shape, const AttendInput& x, float* y, SoftmaxNorm norm);
void attend_pairs_backward(const PairShape& shape, const AttendInput& x, const float* y, const float* norm,
                           const float* y_gradient, const AttendGradient& gradient);
void answer_pairs(const PairShape& shape, const AnswerInput& x, const TokenChange<float>& change,
                  SoftmaxNorm norm);
void answer_pairs_backward(const PairShape& shape, const AnswerInput& x, const float* norm,
                           const TokenChange<const float>& change_gradient, const AnswerGradient& gradient);
void sum_pairs(const PairShape& shape, const PairSumInput& x, float* y);
void sum_pairs_backward(const PairShape& shape, const PairSumInput& x, const float* y_gradient,
                        const PairSumGradient& gradient);
void distance_bias(std::int64_t n, const float* distance, const DistanceTable& table, float* y);
void distance_bias_backward(std::int64_t n, const float* distance, const DistanceTable& table,
                            const float* y_gradient, const DistanceGradient& gradient);
void gine(const BondList& bonds, const GineInput& x, float* y);
void gine_backward(const BondList& bonds, const GineInput& x, const float* y_gradient,
                   const GineGradient& gradient);
void segment_sum(std::int64_t rows, const std::int64_t* ptr, std::int64_t width, const float* x, float* y);
void segment_spread(std::int64_t rows, const std::int64_t* ptr, std::int64_t width, const float* y, float* x);
void segment_softmax(std::int64_t rows, const std::int64_t* ptr, std::int64_t width, const float* x,
                     float* y);
void segment_softmax_backward(std::int64_t rows, const std::int64_t* ptr, std::int64_t width, const float* y,
                              const float* y_gradient, float* x_gradient);
void signed_volume(const StereoList& stereo, const StereoPoints& points, float* y);
void signed_volume_backward(const StereoList& stereo, const StereoPoints& points, const float* y_gradient,
                            const StereoGradient& gradient);
void feature_sum(const FeatureRows& rows, const float* table, float* y);
void feature_sum_backward(const FeatureRows& rows, const float* y_gradient, float* table_gradient);
void dropout(const DropoutMask& mask, const float* x, float* y);
double square_sum(std::int64_t n, const float* x);
void adamw(const AdamwArrays& arrays, const AdamwFactors& factors);

}  // namespace keyway::ops::cpu::KEYWAY_ISA

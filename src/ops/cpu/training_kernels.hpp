/// Kernels of the ligand's side of training, one table per instruction set: values and closed-form adjoints.
///
/// No LibTorch, no allocation, no atomics; every sum runs in one fixed order. Arrays are contiguous,
/// row-major, fp32; d channels = H heads of `width`, a multiple of 4.
#pragma once

#include "keyway/ops/distance_table.hpp"

#include <cstdint>
#include <span>

namespace keyway::ops::cpu {

/// Some atoms before all tokens of one pocket. `change` is the first row of the ligand's changes.
struct PairBlock {
    std::int64_t atom = 0, atoms = 0;
    std::int64_t token = 0, tokens = 0;
    std::int64_t change = 0;
};

struct PairShape {
    std::span<const PairBlock> blocks;
    std::int64_t tokens = 0;  ///< T, of all pockets
    std::int64_t heads = 0, width = 0;
    float* scratch = nullptr;  ///< pair_scratch(...) numbers
};

/// Numbers of scratch with which every pair kernel is content.
inline std::int64_t pair_scratch(const PairShape& shape, std::int64_t most_atoms, std::int64_t most_tokens) {
    const std::int64_t step = (most_atoms + 15) / 16 * 16;  // the widest register
    return step * (3 * shape.width + 2 * most_tokens + 3) + 2 * most_tokens * shape.heads * shape.width;
}

/// The largest logit of a softmax and one over its sum, per row and head: [rows, H, 2].
using SoftmaxNorm = float*;

/// Added to the logits of pairs, [heads, A, most]: of an atom and the tokens of its pocket in order. May be
/// null.
template <class Number>
struct PairBias {
    Number* data = nullptr;
    std::int64_t head_step = 0, atom_step = 0;
    Number* row(std::int64_t head, std::int64_t atom) const {
        return data + head * head_step + atom * atom_step;
    }
};

/// Atoms ask, tokens answer. query [A, d], key and value [T, d], changes [rows, d] or null.
struct AttendInput {
    const float *query = nullptr, *key = nullptr, *value = nullptr;
    const float *key_change = nullptr, *value_change = nullptr;
    PairBias<const float> bias;
};
struct AttendGradient {
    float *query = nullptr, *key = nullptr, *value = nullptr;  ///< overwritten
    float *key_change = nullptr, *value_change = nullptr;      ///< overwritten inside blocks; or null
    PairBias<float> bias;                                      ///< overwritten inside blocks; or null
};

/// Tokens ask, atoms answer. query [T, d], key [A, d], value [A, H, 2, width] -> both changes [rows, d].
struct AnswerInput {
    const float *query = nullptr, *key = nullptr, *value = nullptr;
};
struct AnswerGradient {
    float *query = nullptr, *key = nullptr, *value = nullptr;  ///< overwritten
};
template <class Number>
struct TokenChange {
    Number *key = nullptr, *value = nullptr;
};

/// y_a = sum over tokens of sigmoid(scale <gate_a, gate_t> + bias) * energy_scale <energy_a, energy_t>;
/// atoms [A, width], tokens [T, width]; one head.
struct PairSumInput {
    const float *atom_gate = nullptr, *atom_energy = nullptr, *token_gate = nullptr, *token_energy = nullptr;
    const float* bias = nullptr;  ///< [1]
    float gate_scale = 1, energy_scale = 1;
    PairBias<const float> pair_bias;  ///< of the gate
};
struct PairSumGradient {
    float *atom_gate = nullptr, *atom_energy = nullptr, *token_gate = nullptr, *token_energy = nullptr;
    float* bias = nullptr;
    PairBias<float> pair_bias;  ///< overwritten inside blocks; or null
};

/// distance_bias.hpp
struct DistanceGradient {
    float* distance = nullptr;     ///< [n], overwritten
    float* coefficient = nullptr;  ///< [knots, outputs], overwritten
    float* scratch = nullptr;      ///< distance_scratch(...) numbers
};
inline std::int64_t distance_scratch(std::int64_t knots, std::int64_t outputs) {
    return 16 * (knots + 1) * outputs;  // the widest register
}

/// Directed bonds sorted by receiver (ops/gine.hpp).
struct BondList {
    std::int64_t atoms = 0, types = 0, channels = 0;
    const std::int64_t *ptr = nullptr, *sender = nullptr, *type = nullptr;
};
struct GineInput {
    const float *h = nullptr, *embedding = nullptr;
    const float* gate = nullptr;  ///< [types, d], before its sigmoid
    float* scratch = nullptr;     ///< [types, d]
};
struct GineGradient {
    float *h = nullptr, *embedding = nullptr, *gate = nullptr;  ///< overwritten
};

/// Stereocentres and the points of their neighbours (ops/signed_volume.hpp): A atoms, G coordinate systems.
struct StereoList {
    std::int64_t centres = 0, atoms = 0, systems = 0;
    const std::int64_t* neighbour = nullptr;  ///< [S, 4]; negative: the hydrogen
    const float* sign = nullptr;              ///< [S]
};
struct StereoPoints {
    const float *atom = nullptr, *hydrogen = nullptr;  ///< [A, G, 3], [G, 3]
};
struct StereoGradient {
    float *atom = nullptr, *hydrogen = nullptr;  ///< overwritten
};

/// Feature rows: row i sums the table rows index[i, 0 .. columns).
struct FeatureRows {
    std::int64_t rows = 0, columns = 0, channels = 0, table_rows = 0;
    const std::int64_t* index = nullptr;
};

/// One part of the arena (ops/adamw.hpp).
struct AdamwArrays {
    std::int64_t count = 0;
    float *weight = nullptr, *gradient = nullptr, *first_moment = nullptr, *second_moment = nullptr;
    float* average = nullptr;
    const float* decay = nullptr;
};
struct AdamwFactors {
    float gradient = 1;  ///< the gradient is scaled by this first, in place
    float beta1 = 0, one_less_beta1 = 1, beta2 = 0, one_less_beta2 = 1;
    float rate = 0, step = 0;  ///< of the decay and of the moment
    float root_correction = 1, epsilon = 0, average = 0;
};

/// ops/dropout.hpp: a number stays, times `scale`, where the hash of its place reaches the threshold.
struct DropoutMask {
    std::int64_t count = 0;
    std::uint32_t threshold = 0;
    float scale = 1;
    std::uint64_t seed = 0;
};

struct TrainingKernels {
    const char* isa;
    void (*attend)(const PairShape&, const AttendInput&, float* y, SoftmaxNorm);
    void (*attend_backward)(const PairShape&, const AttendInput&, const float* y, const float* norm,
                            const float* y_gradient, const AttendGradient&);
    void (*answer)(const PairShape&, const AnswerInput&, const TokenChange<float>&, SoftmaxNorm);
    void (*answer_backward)(const PairShape&, const AnswerInput&, const float* norm,
                            const TokenChange<const float>& gradient, const AnswerGradient&);
    void (*pair_sum)(const PairShape&, const PairSumInput&, float* y);
    void (*pair_sum_backward)(const PairShape&, const PairSumInput&, const float* y_gradient,
                              const PairSumGradient&);
    /// distance [n] -> y [outputs, n]
    void (*distance_bias)(std::int64_t n, const float* distance, const DistanceTable&, float* y);
    void (*distance_bias_backward)(std::int64_t n, const float* distance, const DistanceTable&,
                                   const float* y_gradient, const DistanceGradient&);
    void (*gine)(const BondList&, const GineInput&, float* y);
    void (*gine_backward)(const BondList&, const GineInput&, const float* y_gradient, const GineGradient&);
    /// y [rows, width] = sums over ptr[r] .. ptr[r + 1] of x
    void (*segment_sum)(std::int64_t rows, const std::int64_t* ptr, std::int64_t width, const float* x,
                        float* y);
    void (*segment_spread)(std::int64_t rows, const std::int64_t* ptr, std::int64_t width, const float* y,
                           float* x);
    /// x and y [ptr[rows], width]: softmax over the entries of each row, for each column
    void (*segment_softmax)(std::int64_t rows, const std::int64_t* ptr, std::int64_t width, const float* x,
                            float* y);
    void (*segment_softmax_backward)(std::int64_t rows, const std::int64_t* ptr, std::int64_t width,
                                     const float* y, const float* y_gradient, float* x_gradient);
    /// y [S, G]
    void (*signed_volume)(const StereoList&, const StereoPoints&, float* y);
    void (*signed_volume_backward)(const StereoList&, const StereoPoints&, const float* y_gradient,
                                   const StereoGradient&);
    void (*feature_sum)(const FeatureRows&, const float* table, float* y);
    void (*feature_sum_backward)(const FeatureRows&, const float* y_gradient, float* table_gradient);
    /// x and y [mask.count]; its own adjoint
    void (*dropout)(const DropoutMask& mask, const float* x, float* y);
    double (*square_sum)(std::int64_t n, const float* x);
    void (*adamw)(const AdamwArrays&, const AdamwFactors&);
};

/// The table in use; null where the reference runs instead. At the start the fastest one, as in kernels.hpp.
const TrainingKernels* training_kernels();
/// For tests and benchmarks: the table, or null, that every operation uses from now on.
void use_training_kernels(const TrainingKernels* table);
std::span<const TrainingKernels* const> runnable_training_kernels();

}  // namespace keyway::ops::cpu

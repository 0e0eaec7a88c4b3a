/// The ligand side's weights and one pocket's projections, laid out for the CPU kernels.
#pragma once

#include "model/affinity_model.hpp"

#include "keyway/model/network.hpp"
#include "keyway/ops/ligand_kernels.hpp"

#include <cstdint>
#include <new>
#include <optional>
#include <vector>

namespace keyway::model {

/// Memory that starts on a cache line, so that no vector load straddles two.
template <class T>
struct CacheLines {
    using value_type = T;
    CacheLines() = default;
    template <class U>
    CacheLines(const CacheLines<U>&) {}
    T* allocate(std::size_t n) {
        return static_cast<T*>(::operator new(n * sizeof(T), std::align_val_t(64)));
    }
    void deallocate(T* p, std::size_t) { ::operator delete(p, std::align_val_t(64)); }
    bool operator==(const CacheLines&) const { return true; }
};
using Floats = std::vector<float, CacheLines<float>>;

using Halves = std::vector<std::uint16_t, CacheLines<std::uint16_t>>;

/// In one of the two precisions; the other weight is empty.
struct DenseWeights {
    Floats weight, bias;
    Halves half;  ///< bf16
    std::int64_t in = 0, out = 0;
    const float* bias_or_null() const { return bias.empty() ? nullptr : bias.data(); }
    ops::cpu::Dense view() const { return {weight.data(), bias_or_null(), in, out}; }
    ops::cpu::DenseBf16 view(std::uint16_t* scratch) const {
        return {half.data(), bias_or_null(), in, out, scratch};
    }
};

struct NormWeights {
    Floats gain, bias;
    ops::cpu::Norm view() const { return {gain.data(), bias.data(), static_cast<std::int64_t>(gain.size())}; }
};

struct MlpWeights {
    DenseWeights first, second;
};

struct GineWeights {
    Floats embedding, gate;  ///< [bond types, channels]; the gate after its sigmoid
    NormWeights norm;
    MlpWeights mlp;
    NormWeights stereo_norm;
    DenseWeights stereo_point, stereo_out;
    Floats stereo_hydrogen;  ///< [G, 3]
};

struct FusionWeights {
    struct Reverse {
        NormWeights norm;
        DenseWeights key, value;
    };
    NormWeights norm;
    DenseWeights query, out;
    GineWeights gine;
    std::optional<Reverse> reverse;
};

struct GroundingWeights {
    NormWeights norm;
    DenseWeights query, mix, offset;
    Floats radial_table;       ///< [knots, H + 1]
    std::int64_t vectors = 0;  ///< of a head
};

/// Constant factors of queries, keys and pair terms are inside the weights. bf16 goes to the layers over
/// atoms (GINE, queries, answers), where the work is; stereo, pairs and read-out stay fp32.
struct EngineWeights {
    EngineWeights(const AffinityModel& model, Precision precision);

    ModelConfig config;
    Floats embedding;      ///< [feature rows, round_up(channels)]
    Floats virtual_start;  ///< [channels]
    std::vector<GineWeights> ligand;
    std::vector<MlpWeights> virtual_node;
    std::vector<FusionWeights> fusion;
    std::optional<GroundingWeights> grounding;
    NormWeights pair_norm;
    DenseWeights atom_gate, atom_energy;
    float gate_bias = 0;
    NormWeights pooled_norm;
    MlpWeights pooled, log_variance;
    float pk_bias = 0;
    Floats fingerprint;  ///< [bits], scaled; empty: the model has no such sum
    NormWeights retrieval_norm;
    DenseWeights retrieval_weight, retrieval_out;
};

/// T tokens padded to `token_step`; layouts as in ops/ligand_kernels.hpp.
struct EnginePocket {
    struct Layer {
        Floats key, value;
        Floats query;  ///< empty without reverse update
    };
    EnginePocket() = default;
    EnginePocket(const ModelConfig& config, const EncodedPockets& pocket);

    std::int64_t tokens = 0, token_step = 0;
    std::vector<Layer> layers;
    Floats gate, energy;
    Floats recalled_bit;  ///< [bits] nn::PocketMemory::Recalled; empty: nothing is remembered
    float recalled_pk = 0, recalled_log_variance = 0;
    Floats anchor_key, anchor_value;  ///< as those of a layer; empty if blanked or not grounded
    Floats position;                  ///< [3, token_step] [A]; empty with them
};

}  // namespace keyway::model

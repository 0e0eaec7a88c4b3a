/// The ligand's side of the network as CPU kernels on raw pointers, inference only, fp32 (dense layers also
/// bf16), one table per instruction set. No allocation, no LibTorch.
///
/// Rows are atoms (or ligands). A row of n channels has a `step` >= n that is a multiple of kPanel; columns
/// beyond n are zero on input to a kernel that reads them and zero after `dense`. Buffers end with
/// kSpareRows rows that a kernel may overwrite. No result depends on rows of another ligand.
#pragma once

#include "keyway/ops/distance_table.hpp"

#include <cstdint>
#include <span>

namespace keyway::ops::cpu {

inline constexpr std::int64_t kPanel = 32, kSpareRows = 8;
/// As many rows fill the tiles of every dense kernel: no spare ones are written.
inline constexpr std::int64_t kWholeTiles = 24;

inline constexpr std::int64_t round_up(std::int64_t n, std::int64_t to) { return (n + to - 1) / to * to; }

/// A matrix of rows.
struct Rows {
    float* data = nullptr;
    std::int64_t step = 0;
    float* operator[](std::int64_t row) const { return data + row * step; }
};

/// y = act(x W' + b) (+ residual). Weight: panels of kPanel outputs, [ceil(out / kPanel), in, kPanel].
enum class Activation { none, silu };
struct Dense {
    const float* weight = nullptr;
    const float* bias = nullptr;  ///< [round_up(out, kPanel)] or null
    std::int64_t in = 0, out = 0;
};

/// The same with rows and weights rounded to bf16 (nearest even) and sums in fp32.
struct DenseBf16 {
    const std::uint16_t* weight =
        nullptr;                  ///< inputs in pairs: [ceil(out / kPanel), ceil(in / 2), kPanel, 2]
    const float* bias = nullptr;  ///< as in Dense
    std::int64_t in = 0, out = 0;
    std::uint16_t* scratch = nullptr;  ///< [rows and spare ones, step of x]
};

struct Norm {
    const float *gain = nullptr, *bias = nullptr;
    std::int64_t channels = 0;
};

/// Bonds in both directions, grouped by receiver, and the context row of each atom's ligand.
struct Bonds {
    std::int64_t atoms = 0;
    const std::int32_t *ptr = nullptr, *sender = nullptr, *type = nullptr;
    const float *embedding = nullptr, *gate = nullptr;  ///< [types, channels]; the gate after its sigmoid
    std::int64_t table_step = 0;
    const std::int32_t* ligand_of_atom = nullptr;
    Rows context;  ///< [ligands, channels]; data null: none
};

/// Four points a centre (ops/signed_volume.hpp): rows 4 s .. 4 s + 3 of `point`, or the hydrogen's.
struct Stereo {
    std::int64_t centres = 0, coordinates = 0;
    Rows point;                               ///< [4 S, 3 G]
    const float* hydrogen = nullptr;          ///< [3 G]
    const std::int32_t* neighbour = nullptr;  ///< [4 S]; negative: the hydrogen
    const float* sign = nullptr;              ///< [S]
};

/// Tokens stand in panels, so that kernels read one stream: keys and queries of a head are
/// [token_step / kTokenPanel, e, kTokenPanel], values [token_step, e].
inline constexpr std::int64_t kTokenPanel = 16;

/// One ligand before one pocket. H heads of width e; tokens padded to `token_step`, a multiple of
/// kTokenPanel.
struct Heads {
    std::int64_t atoms = 0, heads = 0, width = 0;
    std::int64_t tokens = 0, token_step = 0;
    float* scratch = nullptr;     ///< [scratch_floats(atoms, width, token_step)]
    const float* bias = nullptr;  ///< [H, atoms, token_step] added to the logits of `attend`; null: none
};
/// Weights of all pairs, or of few tokens and the atoms' keys and values beside them.
inline constexpr std::int64_t scratch_floats(std::int64_t atoms, std::int64_t width,
                                             std::int64_t token_step) {
    return (atoms + kSpareRows) * (2 * token_step + 3 * width + 2 * kTokenPanel);
}
/// Of H heads.
struct KeyValue {
    float *key = nullptr, *value = nullptr;
};

/// The reverse update: tokens ask, atoms answer; the changes add up over layers.
struct Answer {
    const float* query = nullptr;  ///< of the pocket's H heads, laid out as keys
    Rows key, value;               ///< of the atoms: [A, H e] (scaled by 1 / sqrt(e)), [A, H, 2, e]
    KeyValue base;                 ///< of the next layer
    KeyValue earlier;              ///< changes so far; null: none
    KeyValue change;               ///< changes with this one; null: not kept. May be `earlier`
    KeyValue result;               ///< base + change
};

/// sum over pairs of sigmoid(<gate_a, gate_p> + bias) * <energy_a, energy_p>
struct PairTerms {
    Rows atom_gate, atom_energy;                                 ///< [A, width]
    const float *token_gate = nullptr, *token_energy = nullptr;  ///< [width, token_step]; energy 0 in padding
    std::int64_t width = 0;
    float gate_bias = 0;
    float* scratch = nullptr;          ///< [2 atoms, token_step]
    const float* pair_bias = nullptr;  ///< [atoms, token_step] of the gate; null: none
};

/// Atoms' anchors and the tokens around them [A]. A distance is sqrt(d^2 + kSoftSquaredAngstrom): smooth
/// where an anchor meets a token.
inline constexpr float kSoftSquaredAngstrom = 1e-6f;
struct Places {
    const float* anchor = nullptr;  ///< [atoms, 3]
    const float* token = nullptr;   ///< [3, token_step]
    DistanceTable table;
};

struct LigandKernels {
    const char* isa;
    /// Spare rows after the last are overwritten. `residual.data` may be null or y.
    void (*dense)(std::int64_t rows, Rows x, const Dense&, Activation, Rows residual, Rows y);
    /// y_i = LN(x of chosen[i]); `chosen` may be null: all rows in order.
    void (*layer_norm)(std::int64_t rows, Rows x, const std::int32_t* chosen, const Norm&, Rows y);
    /// y = sum over features of one table row each. feature [rows, features]
    void (*embed)(std::int64_t rows, const std::int32_t* feature, std::int64_t features, Rows table, Rows y);
    /// y = LN(h + context + sum over bonds of gate * SiLU(h_sender + embedding)) (ops/gine.hpp)
    void (*gine_input)(const Bonds&, Rows h, const Norm&, Rows y);
    /// y [x.step] = scale * sum of all rows
    void (*sum_rows)(std::int64_t rows, Rows x, float scale, float* y);
    /// y += x; n is a multiple of 16.
    void (*add_row)(const float* x, float* y, std::int64_t n);
    /// y [S, G] = tanh of the signed volumes (ops/signed_volume.hpp)
    void (*stereo_volumes)(const Stereo&, Rows y);
    /// y = softmax over tokens of <query, key>, times value (ops/cross_attention.hpp); query comes scaled.
    void (*attend)(const Heads&, Rows query, const KeyValue& pocket, Rows y);
    void (*answer)(const Heads&, const Answer&);
    float (*pair_sum)(const Heads&, const PairTerms&);
    /// y [outputs, atoms, token_step]: radial functions of the distances (ops/distance_bias.hpp)
    void (*anchor_bias)(const Heads&, const Places&, float* y);
    /// exp, sigmoid and tanh of n numbers, a multiple of 16: what the kernels compute with, for tests.
    void (*math_of)(std::int64_t n, const float* x, float* exp, float* sigmoid, float* tanh);
};

/// The fastest table that this CPU can run; `KEYWAY_ISA=portable|avx2|avx512` in the environment limits it.
const LigandKernels& ligand_kernels();
/// All tables that this CPU can run, portable first; for tests and benchmarks.
std::span<const LigandKernels* const> runnable_ligand_kernels();

/// Null where the CPU has no bf16 products (AVX512-BF16) or `KEYWAY_ISA` rules them out. Denormals count as
/// zero there.
using DenseBf16Kernel = void (*)(std::int64_t rows, Rows x, const DenseBf16&, Activation, Rows residual,
                                 Rows y);
DenseBf16Kernel dense_bf16();

}  // namespace keyway::ops::cpu

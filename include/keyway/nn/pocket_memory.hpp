/// What training has seen of pockets like this one: which fragments bound them, and how well ligands bind.
#pragma once

#include "keyway/nn/layers.hpp"

namespace keyway::nn {

/// Attention of a pocket to remembered ones and to nothing: weight of slot m is
///
///   a_m = f(s_m) / (1 + sum f(s)),  f(s) = exp(k (s - s_0)) - exp(-k s_0),
///
/// with s_m the Tanimoto similarity of the compositions (`batch::PocketBatch::composition`). Its code c =
/// sum a_m v_m gives every bit b of the fingerprint a value <u_b, c> / 4 and the pocket a level <l, c>. A
/// pocket like none of the remembered ones has the code 0: nothing is claimed of it. s_0 lies where other
/// structures of a protein begin (95 % of 207 pockets: above 0.57) and other homolog clusters end (95 % of
/// 327: below 0.50).
/// How much is recalled, sum a_m, also says how much surer a prediction is.
class PocketMemory {
public:
    static constexpr double kSharpness = 60, kThreshold = 0.57;
    /// A slot as alike as this is the pocket itself.
    static constexpr double kItself = 0.98;
    static constexpr double kScale = 0.25;

    struct Shape {
        std::int64_t slots, composition, channels, bits;
    };
    PocketMemory(const Scope& scope, Shape shape);

    /// Of P pockets.
    struct Recalled {
        at::Tensor bit_pk;        ///< [P, bits] what each bit of a ligand's fingerprint adds to its pK
        at::Tensor pk;            ///< [P] what every ligand gets
        at::Tensor log_variance;  ///< [P] added to that of every ligand's pK
    };
    /// `composition` [P, composition]. `without_itself`: as if the pocket itself had not been remembered,
    /// which is how training learns to trust other structures and relatives.
    Recalled recall(const at::Tensor& composition, bool without_itself = false) const;

private:
    Parameter key_;    ///< [slots, composition] of remembered pockets, zero where a slot is free; not learnt
    Parameter value_;  ///< [slots, channels]; starts at zero: a network that has not learnt to remember is as
                       ///< without
    Parameter fragment_;      ///< [bits, channels]
    Parameter level_;         ///< [channels]
    Parameter log_variance_;  ///< [1] where everything is recalled
};

}  // namespace keyway::nn

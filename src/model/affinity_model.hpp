/// The network: encode the pocket, encode the ligand, fuse, predict. Private to `model` (it needs LibTorch).
#pragma once

#include "keyway/batch/batch.hpp"
#include "keyway/model/config.hpp"
#include "keyway/nn/fusion.hpp"
#include "keyway/nn/grounding.hpp"
#include "keyway/nn/ligand_distances.hpp"
#include "keyway/nn/ligand_encoder.hpp"
#include "keyway/nn/parameters.hpp"
#include "keyway/nn/pocket_encoder.hpp"
#include "keyway/nn/pocket_memory.hpp"
#include "keyway/nn/readout.hpp"

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace keyway::model {

/// Everything about pockets that does not depend on the ligand. T tokens in all, d ligand channels.
struct EncodedPockets {
    std::vector<std::int64_t> token_ptr;  ///< [pockets + 1] on the host
    at::Tensor token;                     ///< [T, C]
    at::Tensor token_atom;                ///< [T] atom of the batch; undefined if blanked
    at::Tensor token_position;            ///< [T, 3] in the pocket's frame [A]; undefined if blanked
    std::vector<nn::PocketKeys> fusion;   ///< a layer each: keys, values, reverse queries [T, d]
    nn::AnchorKeys anchor;                ///< undefined if blanked or not grounded
    nn::PairKeys pair;                    ///< projections for the read-out [T, pair channels]
    at::Tensor retrieval;                 ///< [pockets, R], unit length
    /// From remembered pockets; undefined if blanked.
    std::optional<nn::PocketMemory::Recalled> recalled;

    std::int64_t pockets() const { return static_cast<std::int64_t>(token_ptr.size()) - 1; }
};

struct ForwardOptions {
    bool pairs = false;          ///< give gate and energy of every pair
    bool distance_bins = false;  ///< give logits of the distance bins of every pair
    /// Give those of these ligands only, one after the other.
    std::span<const std::int64_t> distance_ligands = {};
    /// Training mode: dropout with a mask that depends on this number and on nothing else.
    std::optional<std::uint64_t> dropout_seed;
};

/// Pairs are (ligand, its atoms, its pocket's tokens), row-major; `pair_ptr[l]` is the first pair of ligand
/// l.
struct Output {
    at::Tensor pk;                       ///< [L] = pair_pk + pooled + recalled
    at::Tensor pair_pk;                  ///< [L] sum over pairs of gate * energy
    at::Tensor pooled;                   ///< [L] small pooled term + bias + sum over fingerprint bits
    at::Tensor recalled;                 ///< [L] from remembered pockets; undefined without or if blanked
    at::Tensor log_variance;             ///< [L] of pk; its gradient reaches the variance head only
    at::Tensor retrieval_ligand;         ///< [L, R], unit length; independent of the pocket
    at::Tensor retrieval_pocket;         ///< [pockets, R], unit length
    std::vector<std::int64_t> pair_ptr;  ///< [L + 1] on the host; empty unless pairs or bins are asked for
    at::Tensor pair_gate;                ///< [pairs] in (0, 1), if `pairs`
    at::Tensor pair_energy;              ///< [pairs] pk units: pair_pk = sum of gate * energy, if `pairs`
    at::Tensor distance_logits;          ///< [pairs, bins], if asked for
    at::Tensor anchor;                   ///< [A, 3] in the pocket's frame [A]; grounded models, full pockets
    at::Tensor ligand_atom;              ///< [A, d] of the ligand encoder
    at::Tensor fused_atom;               ///< [A, d] the same after fusion
};

/// without_itself: as if a pocket that was remembered had not been; for training.
enum class Recall { all, without_itself };

/// Const members are safe from many threads (under at::NoGradGuard). Not copyable: parameters are one arena.
class AffinityModel {
public:
    AffinityModel(const ModelConfig& config, const nn::Parameters::Layout& layout);

    const ModelConfig& config() const { return config_; }
    const nn::Parameters& parameters() const { return parameters_; }

    EncodedPockets encode_pockets(const batch::PocketBatch& pockets, Recall recall = Recall::all) const;
    /// Throws Error(failure) if `pocket_of_ligand` names a pocket that is not there.
    Output forward(const EncodedPockets& pockets, const batch::LigandBatch& ligands,
                   const ForwardOptions& options = {}) const;
    Output forward(const batch::Batch& batch, const ForwardOptions& options = {}) const {
        return forward(encode_pockets(batch.pockets), batch.ligands, options);
    }
    /// Logits of the distance bins of pairs of atoms inside ligands. `ligand_atom` as in Output, pairs [n].
    /// Throws Error(usage) for a model without that head.
    at::Tensor intra_distance_logits(const at::Tensor& ligand_atom, const at::Tensor& first,
                                     const at::Tensor& second) const;
    /// [L, R], unit length: the ligand encoder alone.
    at::Tensor retrieval_vectors(const batch::LigandBatch& ligands) const;

private:
    ModelConfig config_;
    nn::Parameters parameters_;
    nn::PocketEncoder pocket_encoder_;
    nn::LigandEncoder ligand_encoder_;
    nn::Fusion fusion_;
    std::optional<nn::Grounding> grounding_;
    nn::PairReadout pair_readout_;
    nn::PooledReadout pooled_readout_;
    std::optional<nn::FingerprintSum> fingerprint_sum_;
    std::optional<nn::PocketMemory> memory_;
    nn::RetrievalHead pocket_retrieval_, ligand_retrieval_;
    std::optional<nn::LigandDistances> ligand_distances_;
};

/// Name of the additive constant of pk. A trainer sets it to the mean of its labels before the first step.
inline constexpr const char* kBiasName = "readout.bias";
/// Compositions of remembered pockets. A trainer sets them before the first step; they are not learnt.
inline constexpr const char* kMemoryKeyName = "memory.key";

}  // namespace keyway::model

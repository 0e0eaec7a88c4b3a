/// Masked pretraining beside a trainer's own losses: what is hidden in a step, the heads, their optimiser.
#pragma once

#include "model/affinity_model.hpp"
#include "model/masked_heads.hpp"
#include "model/masking.hpp"
#include "model/optimiser.hpp"

#include "keyway/batch/batch.hpp"
#include "keyway/core/random.hpp"

#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace keyway::model {

/// The heads have an arena and an optimiser of their own: the network's arena, its checkpoints' layout and
/// its weights files are the same with and without pretraining.
class MaskedTraining {
public:
    struct Pairs {
        const std::vector<const PocketGraph*>& pockets;
        const std::vector<const LigandGraph*>& ligands;  ///< one for each pair
        const std::vector<int>& pocket_of_ligand;
    };

    MaskedTraining(const ModelConfig& config, const nn::Parameters& like, std::uint64_t seed,
                   const OptimiserOptions& options);

    /// Takes one number from `random`.
    MaskedInput hide(const Pairs& pairs, Random& random, const batch::CollateOptions& collating) const;
    /// Named terms of the loss, only of what is hidden.
    std::vector<std::pair<const char*, at::Tensor>> losses(const EncodedPockets& pockets,
                                                           const batch::LigandBatch& ligands,
                                                           const Output& output,
                                                           const MaskedInput& hidden) const;
    void zero_gradients() const { heads_->parameters().zero_gradients(); }
    at::Tensor gradients() const { return heads_->parameters().gradients(); }
    /// `steps`: of the network's optimiser, this step included.
    void step(double learning_rate, std::int64_t steps);

    MaskedResult guess(const AffinityModel& model, const Pairs& pairs, const MaskingOptions& options,
                       batch::CollateOptions collating) const;
    /// For checkpoints.
    std::vector<std::pair<const char*, at::Tensor>> arrays() const;

private:
    OptimiserOptions options_;
    std::unique_ptr<MaskedHeads> heads_, average_;
    std::unique_ptr<Optimiser> optimiser_;
};

}  // namespace keyway::model

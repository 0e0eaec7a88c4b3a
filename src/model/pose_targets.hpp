/// The known poses of a training batch as tensors, in the frame that the collated pockets are in.
#pragma once

#include "model/affinity_model.hpp"

#include "keyway/model/network.hpp"

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

namespace keyway::model {

/// P atoms of all poses, end to end.
struct PoseTargets {
    std::vector<std::int64_t> ligand;       ///< [poses] of the collated batch
    std::vector<std::int64_t> pocket;       ///< [poses]
    std::vector<std::int64_t> atom_ptr{0};  ///< [poses + 1]
    at::Tensor atom;                        ///< [P] atoms of the collated batch
    at::Tensor position;                    ///< [P, 3] [A]

    bool empty() const { return ligand.empty(); }
};

/// Throws Error(failure) for a pose or a list of distances that points outside the batch, does not fit its
/// ligand's number of atoms, or is not finite.
void check_geometry(const TrainBatch& batch);

/// `pair_of_pose[k]` is the ligand of `ligands` that pose k shows. Mirrored batches have mirrored poses. The
/// coordinate noise of pockets is not repeated: it is noise on what the network sees, not on what is true.
PoseTargets pose_targets(const TrainBatch& batch, const std::vector<std::int64_t>& pair_of_pose,
                         const batch::LigandBatch& ligands, batch::Handedness handedness);

/// Distances of every pose's atoms to its pocket's tokens, in the order of the model's pairs. -> [pairs]
at::Tensor token_distances(const PoseTargets& poses, const EncodedPockets& pockets);

/// Pairs of atoms of one ligand, and their distances.
struct AtomPairs {
    at::Tensor first, second;  ///< [n] atoms of the collated batch
    at::Tensor distance;       ///< [n] [A]
};
/// Every pair once for each pose and for each ligand whose distances are given by a conformer.
/// `pair_of_ligand[k]`: a ligand of the collated batch that is ligand k of the batch, or -1.
AtomPairs atom_pairs(const PoseTargets& poses, const TrainBatch& batch,
                     const std::vector<std::int64_t>& pair_of_ligand, const batch::LigandBatch& ligands);

}  // namespace keyway::model

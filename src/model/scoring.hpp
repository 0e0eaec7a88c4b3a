/// Inference with an AffinityModel: graphs in, predictions out.
#pragma once

#include "model/affinity_model.hpp"

#include "keyway/model/network.hpp"

#include <span>
#include <vector>

namespace keyway::model {

/// One pocket, encoded on the model's device. Call under any grad mode; no graph is kept.
EncodedPockets encode_pocket(const AffinityModel& model, const PocketGraph& pocket, PocketUse use);

/// All ligands in the one encoded pocket. On the CPU each ligand is a forward pass of its own: matrix kernels
/// choose their summation order by the number of rows, so this is what makes a score independent of its
/// neighbours bit for bit. On other devices ligands go in batches and scores agree to about 1e-5 pK.
std::vector<Prediction> score_ligands(const AffinityModel& model, const EncodedPockets& pocket,
                                      std::span<const LigandGraph> ligands);

/// Host copies of a batch's outputs. pk_sd = exp(log_variance / 2).
std::vector<Prediction> predictions_of(const Output& output);

/// [ligands, R], one ligand at a time.
std::vector<float> retrieval_vectors_of(const AffinityModel& model, std::span<const LigandGraph> ligands);

/// Contributions of all atom-token pairs. In a blanked pocket there are no contacts; everything is pooled.
Explanation explain_ligand(const AffinityModel& model, const EncodedPockets& pocket,
                           const LigandGraph& ligand);

}  // namespace keyway::model

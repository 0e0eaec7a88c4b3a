/// Training losses where it is known how a ligand lies in a pocket.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace keyway::model {

/// `count` bins: one below `first`, one from `last` on, equal ones between [A].
struct DistanceBins {
    std::int64_t count = 0;
    double first_angstrom = 2, last_angstrom = 12;
    double far_weight = 1;  ///< of the last bin in the loss
};
/// Between ligand atoms and pocket tokens: with 16 bins < 2, 14 of 0.71 A each, >= 12 A. About half of all
/// pairs are far; a tenth of the weight keeps them from drowning the contacts.
inline DistanceBins pocket_distance_bins(std::int64_t count) { return {count, 2, 12, 0.1}; }
/// Between atoms of one ligand: with 16 bins < 2, 14 of 1 A each, >= 16 A.
inline DistanceBins ligand_distance_bins(std::int64_t count) { return {count, 2, 16, 1}; }

/// Index of the bin of each distance [A]. [n] -> [n] int64
at::Tensor bin_of(const at::Tensor& distance, const DistanceBins& bins);

/// Weighted mean of -log softmax(logits)[bin of the distance]. logits [n, bins], distance [n]; 0 for n = 0.
at::Tensor distance_bin_loss(const at::Tensor& logits, const at::Tensor& distance, const DistanceBins& bins);

/// Mean Huber of the distance between anchors and true positions, quadratic up to 1.5 A. [n, 3] each
at::Tensor anchor_loss(const at::Tensor& anchor, const at::Tensor& position);

}  // namespace keyway::model

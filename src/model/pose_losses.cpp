/// Equations: pose_losses.hpp.
#include "model/pose_losses.hpp"

#include <ATen/ATen.h>

#include <algorithm>

namespace keyway::model {

at::Tensor bin_of(const at::Tensor& distance, const DistanceBins& bins) {
    const double width = (bins.last_angstrom - bins.first_angstrom) /
                         static_cast<double>(std::max<std::int64_t>(1, bins.count - 2));
    const auto last = static_cast<double>(bins.count - 1);
    return ((distance - bins.first_angstrom) / width + 1).floor().clamp(0, last).to(at::kLong);
}

at::Tensor distance_bin_loss(const at::Tensor& logits, const at::Tensor& distance, const DistanceBins& bins) {
    const at::Tensor bin = bin_of(distance, bins);
    const at::Tensor cost = -at::log_softmax(logits, 1).gather(1, bin.unsqueeze(1)).squeeze(1);  // [n]
    const at::Tensor weight = at::ones_like(cost).masked_fill(bin == bins.count - 1, bins.far_weight);
    return (cost * weight).sum() / weight.sum().clamp_min(1e-12);
}

at::Tensor anchor_loss(const at::Tensor& anchor, const at::Tensor& position) {
    constexpr double kDeltaAngstrom = 1.5, kSoftSquared = 1e-6;
    const at::Tensor error = ((anchor - position).square().sum(1) + kSoftSquared).sqrt();  // [n]
    const auto count = static_cast<double>(std::max<std::int64_t>(1, error.size(0)));
    return at::huber_loss(error, at::zeros_like(error), at::Reduction::Sum, kDeltaAngstrom) / count;
}

}  // namespace keyway::model

/// Sensible ranges of the training options.
#include "keyway/core/error.hpp"
#include "keyway/model/network.hpp"

#include <string>

namespace keyway::model {
namespace {

void check_range(const std::string& name, double value, double low, double high) {
    const auto text = [](double number) {
        std::string digits = std::to_string(number);
        digits.erase(digits.find_last_not_of('0') + 1);
        if (digits.back() == '.') digits.pop_back();
        return digits;
    };
    if (value >= low && value <= high) return;  // NaN is in no range
    throw Error(ErrorKind::usage,
                name + " must be " + text(low) + " to " + text(high) + ", got " + text(value));
}

}  // namespace

void OptimiserOptions::check() const {
    constexpr double kLargeWeight = 1e6;
    check_range("learning_rate", learning_rate, 0, 10);
    check_range("weight_decay", weight_decay, 0, 10);
    check_range("beta1", beta1, 0, 0.99999);
    check_range("beta2", beta2, 0, 0.99999);
    check_range("clip_norm", clip_norm, 1e-6, kLargeWeight);
    check_range("ema_decay", ema_decay, 0, 0.99999);
    check_range("initial_pk", initial_pk, kMinPk, kMaxPk);
    check_range("huber_delta", huber_delta, 1e-3, 100);
    check_range("absolute_weight", absolute_weight, 0, kLargeWeight);
    check_range("pairwise_weight", pairwise_weight, 0, kLargeWeight);
    check_range("listwise_weight", listwise_weight, 0, kLargeWeight);
    check_range("selectivity_weight", selectivity_weight, 0, kLargeWeight);
    check_range("contrast_weight", contrast_weight, 0, kLargeWeight);
    check_range("memory_weight", memory_weight, 0, kLargeWeight);
    check_range("own_memory_dropout", own_memory_dropout, 0, 1);
    check_range("retrieval_weight", retrieval_weight, 0, kLargeWeight);
    check_range("anchor_weight", anchor_weight, 0, kLargeWeight);
    check_range("distance_weight", distance_weight, 0, kLargeWeight);
    check_range("intra_distance_weight", intra_distance_weight, 0, kLargeWeight);
    check_range("variance_weight", variance_weight, 0, kLargeWeight);
    check_range("pocket_dropout", pocket_dropout, 0, 1);
    check_range("coordinate_noise_angstrom", coordinate_noise_angstrom, 0, 5);
    check_range("mirror_probability", mirror_probability, 0, 1);
    check_range("mask_weight", mask_weight, 0, kLargeWeight);
    check_range("mask_share", mask_share, 0, 1);
    check_range("pull_weight", pull_weight, 0, kLargeWeight);
}

}  // namespace keyway::model

/// Reference of dropout.hpp: 32-bit arithmetic in 64-bit integers, whose low half is exact.
#include "keyway/ops/dropout.hpp"

#include <ATen/ATen.h>

namespace keyway::ops {
namespace {

constexpr std::int64_t kLow = 0xffffffff;

at::Tensor mixed(at::Tensor h) {
    const auto folded = [](const at::Tensor& x, int bits) { return x ^ at::bitwise_right_shift(x, bits); };
    h = folded(h, 16) * 0x7feb352d & kLow;
    h = folded(h, 15) * 0x846ca68b & kLow;
    return folded(h, 16);
}

}  // namespace

at::Tensor dropout_reference(const at::Tensor& x, double probability, std::uint64_t seed) {
    const at::Tensor place = at::arange(x.numel(), x.options().dtype(at::kLong)).view(x.sizes());
    const auto half = [](std::uint64_t bits) { return static_cast<std::int64_t>(bits & 0xffffffff); };
    const at::Tensor hash = mixed(mixed((place + half(seed)) & kLow) ^ half(seed >> 32));
    const auto threshold = static_cast<std::int64_t>(probability * 4294967296.0);
    return x * (hash >= threshold).to(x.scalar_type()) * (1 / (1 - probability));
}

}  // namespace keyway::ops

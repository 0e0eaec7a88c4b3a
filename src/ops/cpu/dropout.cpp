/// Dropout by a hash of seed and place (ops/dropout.hpp). The compiler makes vectors of the loop.
#include "ops/cpu/training.hpp"

namespace keyway::ops::cpu::KEYWAY_ISA {
namespace {

inline std::uint32_t mixed(std::uint32_t h) {
    h = (h ^ (h >> 16)) * 0x7feb352du;
    h = (h ^ (h >> 15)) * 0x846ca68bu;
    return h ^ (h >> 16);
}

}  // namespace

void dropout(const DropoutMask& mask, const float* x, float* y) {
    const auto low = static_cast<std::uint32_t>(mask.seed),
               high = static_cast<std::uint32_t>(mask.seed >> 32);
    const std::uint32_t threshold = mask.threshold;
    const float scale = mask.scale;
    for (std::int64_t k = 0; k < mask.count; ++k) {
        const std::uint32_t hash = mixed(mixed(static_cast<std::uint32_t>(k) + low) ^ high);
        y[k] = x[k] * (hash >= threshold ? scale : 0.0f);
    }
}

}  // namespace keyway::ops::cpu::KEYWAY_ISA

/// Dropout whose mask is a function of a seed and a place, so that nothing is kept for the backward pass.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace keyway::ops {

/// y_k = x_k / (1 - p) where mix(mix(k + low half of the seed) xor high half) >= 2^32 p, else 0, with
/// mix(h): h ^= h >> 16, h *= 0x7feb352d, h ^= h >> 15, h *= 0x846ca68b, h ^= h >> 16 in 32 bits, a hash of
/// good avalanche (C. Wellons, "hash-prospector", lowbias32). k counts in row-major order; 0 <= p < 1.
at::Tensor dropout(const at::Tensor& x, double probability, std::uint64_t seed);
/// The same by stock operations, whatever the device and type.
at::Tensor dropout_reference(const at::Tensor& x, double probability, std::uint64_t seed);

}  // namespace keyway::ops

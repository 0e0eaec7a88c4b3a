/// The nearest of many fingerprints, exactly, in some ten microseconds.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace keyway::workflows {

/// Holds the fingerprints as columns: for each bit, which of them have it. A query adds up the columns of its
/// own set bits for 512 fingerprints at once in bit-sliced counters (Harley and Seal, in Warren, Hacker's
/// Delight, 2nd edition, 5-1), which gives the common bits of all of them without looking at one alone.
class FingerprintIndex {
public:
    using Bits = std::vector<std::uint16_t>;  ///< sorted, below `kFingerprintBits`

    explicit FingerprintIndex(std::span<const Bits> fingerprints);

    struct Match {
        std::size_t index = 0;  ///< of the fingerprints as given
        double similarity = 0;  ///< Tanimoto
    };
    /// Equal similarity: the smallest index. Empty if no bit is shared with any. Thread-safe.
    std::optional<Match> nearest(const Bits& fingerprint) const;

private:
    std::size_t words_ = 0;                     ///< of 64 fingerprints; a multiple of 8
    std::vector<std::uint64_t> columns_;        ///< [kFingerprintBits + 1, words]; the last one is all zero
    std::vector<std::uint32_t> index_of_lane_;  ///< [words * 64]
    std::vector<std::uint64_t> is_used_;        ///< [words]; lanes that hold a fingerprint
    std::vector<int> set_bits_;                 ///< [words]; of every fingerprint of a word
};

}  // namespace keyway::workflows

/// The nearest of many fingerprints, exactly, in some ten microseconds.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace keyway::workflows {

/// Holds blocks of 512 fingerprints as columns: for each bit, which of them have it. A query adds up the
/// columns of its own set bits in bit-sliced counters (Harley and Seal, in Warren, Hacker's Delight, 2nd
/// edition, 5-1), which gives the common bits of all of them without looking at one alone. Queries that come
/// together share what a block brings into the cache.
class FingerprintIndex {
public:
    using Bits = std::vector<std::uint16_t>;  ///< sorted, below `kFingerprintBits`

    explicit FingerprintIndex(std::span<const Bits> fingerprints);

    struct Match {
        std::size_t index = 0;  ///< of the fingerprints as given
        double similarity = 0;  ///< Tanimoto
    };
    /// For each query; equal similarity: the smallest index; empty if no bit is shared with any. Thread-safe.
    std::vector<std::optional<Match>> nearest(std::span<const Bits* const> queries) const;
    std::optional<Match> nearest(const Bits& query) const;

private:
    struct Query;
    void look_at(std::size_t block, Query& query) const;

    std::size_t blocks_ = 0;
    std::vector<std::uint64_t> columns_;  ///< [blocks, kFingerprintBits + 1, 8]; the last column is zero
    std::vector<std::uint32_t> index_of_lane_;  ///< [blocks, 8, 64]
    std::vector<std::uint64_t> is_used_;        ///< [blocks, 8]; lanes that hold a fingerprint
    std::vector<int> set_bits_;                 ///< [blocks, 8]; of every fingerprint of a word, ascending
};

}  // namespace keyway::workflows

/// Offset tables: which rows of the flat arrays belong to an item.
#pragma once

#include "store/hdf5.hpp"

#include "keyway/core/error.hpp"
#include "keyway/store/schema.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <unordered_map>
#include <vector>

namespace keyway::store {

struct Range {
    std::uint64_t first = 0, count = 0;
};

/// An offset table, read in blocks and kept while it is small: 8 MB at most.
class Offsets {
public:
    Offsets(const hdf5::ArrayReader& table, std::uint64_t rows) : table_(&table), rows_(rows) {}

    Range of(std::uint64_t item) {
        const std::int64_t first = at(item), last = at(item + 1);
        if (first < 0 || last < first || static_cast<std::uint64_t>(last) > rows_)
            throw Error(ErrorKind::incompatible,
                        fmt::format("array '{}' is not a rising table: entry {} is {}, then {}",
                                    table_->spec().path, item, first, last));
        const auto count = static_cast<std::uint64_t>(last - first);
        if (count > kMaxRowsPerItem)
            throw Error(ErrorKind::incompatible,
                        fmt::format("array '{}' gives item {} an absurd size of {} rows", table_->spec().path,
                                    item, count));
        return {static_cast<std::uint64_t>(first), count};
    }

private:
    static constexpr std::uint64_t kBlock = 4096, kMaxBlocks = 256;

    std::int64_t at(std::uint64_t entry) {
        const std::uint64_t block = entry / kBlock;
        auto found = blocks_.find(block);
        if (found == blocks_.end()) {
            if (blocks_.size() >= kMaxBlocks) blocks_.clear();
            const std::uint64_t first = block * kBlock;
            found = blocks_
                        .emplace(block, table_->read_as<std::int64_t>(
                                            first, std::min(kBlock, table_->rows() - first)))
                        .first;
        }
        return found->second[entry % kBlock];
    }

    const hdf5::ArrayReader* table_;
    std::uint64_t rows_;
    std::unordered_map<std::uint64_t, std::vector<std::int64_t>> blocks_;
};

}  // namespace keyway::store

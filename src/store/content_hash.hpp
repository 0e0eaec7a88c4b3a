/// The hash that identifies a file's data: see `schema.hpp`.
#pragma once

#include "keyway/core/sha256.hpp"
#include "keyway/store/schema.hpp"

#include <string>

namespace keyway::store {

class ContentHash {
public:
    void add(const ArraySpec& spec, std::uint64_t rows, const std::string& array_sha256) {
        hash_.update(std::string(spec.path) + ' ' + std::to_string(rows) + ' ' + array_sha256 + '\n');
    }
    std::string finish() { return hash_.finish(); }

private:
    Sha256 hash_;
};

}  // namespace keyway::store

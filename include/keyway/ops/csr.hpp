/// A ragged array: entries sorted by the row they belong to.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace keyway::ops {

struct Csr {
    at::Tensor ptr;  ///< [rows + 1] int64; entries of row r are ptr[r] .. ptr[r + 1]
    at::Tensor row;  ///< [entries] int64, ascending

    std::int64_t rows() const { return ptr.size(0) - 1; }
    std::int64_t entries() const { return row.size(0); }
};

}  // namespace keyway::ops

/// Host vectors to device tensors.
#pragma once

#include "keyway/batch/batch.hpp"

#include <ATen/ATen.h>

#include <cstdint>
#include <vector>

namespace keyway::batch {

inline at::Tensor index_tensor(const std::vector<std::int64_t>& values, const CollateOptions& options) {
    return at::tensor(values, at::kLong).to(options.device);
}

inline at::Tensor real_tensor(const std::vector<double>& values, const CollateOptions& options) {
    return at::tensor(values, at::kDouble).to(at::TensorOptions(options.device).dtype(options.dtype));
}

/// Rows of the concatenated embedding table: class of column k plus the number of classes of the columns
/// before it.
template <std::size_t columns>
void append_feature_rows(std::vector<std::int64_t>& out, const std::vector<std::uint8_t>& classes,
                         const std::array<Column, columns>& table) {
    for (std::size_t row = 0; row * columns < classes.size(); ++row) {
        std::int64_t offset = 0;
        for (std::size_t k = 0; k < columns; ++k) {
            out.push_back(offset + classes[row * columns + k]);
            offset += table[k].classes;
        }
    }
}

template <std::size_t columns>
std::int64_t total_classes(const std::array<Column, columns>& table) {
    std::int64_t total = 0;
    for (const Column& column : table) total += column.classes;
    return total;
}

}  // namespace keyway::batch

/// Target and label tables as a source of records.
#pragma once

#include "keyway/datasets/registry.hpp"

#include <memory>

namespace keyway::datasets {

/// Reads `options.targets` at once and `options.labels` row by row, in the order given.
std::unique_ptr<RecordSource> open_tables(const SourceOptions& options);

}  // namespace keyway::datasets

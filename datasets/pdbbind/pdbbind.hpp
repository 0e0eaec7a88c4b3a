/// PDBbind-style folders as a source of records.
#pragma once

#include "keyway/datasets/registry.hpp"

#include <memory>

namespace keyway::datasets {

/// Every line of the index gives a record or a refusal; the bound pose comes with the ligand's files.
std::unique_ptr<RecordSource> open_pdbbind(const SourceOptions& options);

}  // namespace keyway::datasets

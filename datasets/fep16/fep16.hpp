/// The free-energy benchmark (JACS-8 and Merck-8): `systems.csv`, and a folder for each system.
#pragma once

#include "keyway/datasets/registry.hpp"

#include <memory>

namespace keyway::datasets {

/// Every ligand of every system, split "test", one assay per system. Throws Error(input) if a file is
/// missing.
std::unique_ptr<RecordSource> open_fep16(const SourceOptions& options);

}  // namespace keyway::datasets

/// The training domain of loaded data.
#pragma once

#include "workflows/labelled_data.hpp"

#include "keyway/store/domain_file.hpp"

namespace keyway::workflows {

/// Ligands with equal fingerprints become one, named after the first; see `write_training_domain`. Throws
/// Error(input) without rows of split `train`.
store::DomainFile training_domain_of(LabelledData& data);

}  // namespace keyway::workflows

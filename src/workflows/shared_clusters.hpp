/// Homologs on both sides of a split make a validation look better than it is.
#pragma once

#include "workflows/labelled_data.hpp"

#include "keyway/core/context.hpp"

namespace keyway::workflows {

/// Warns of homolog clusters with rows or poses in both train and valid: a pose teaches a pocket as a row
/// does. Rows and poses of unknown cluster say nothing.
void warn_about_shared_clusters(const LabelledData& data, LogSink& log);

}  // namespace keyway::workflows

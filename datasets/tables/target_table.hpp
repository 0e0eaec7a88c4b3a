/// Tables of targets: which structure, where its pocket is, which protein, cluster and split it belongs to.
#pragma once

#include "datasets/label_row.hpp"

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace keyway::datasets {

/// By target id, with the place in its table. File names are relative to their table. Throws Error(input) for
/// a missing column, a repeated id, a row without a site, or an unknown split.
std::map<std::string, Target, std::less<>> read_targets(const std::vector<std::filesystem::path>& tables);

}  // namespace keyway::datasets

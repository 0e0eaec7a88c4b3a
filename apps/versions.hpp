/// Versions of keyway and of what it is built on; none of these loads LibTorch.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace keyway::apps {

/// {"keyway", "0.1.0 (abc123)"}, {"RDKit", ...}, ... in fixed order.
std::vector<std::pair<std::string, std::string>> library_versions();
/// The same as lines of text (`keyway --version -v`).
std::string all_versions();

}  // namespace keyway::apps

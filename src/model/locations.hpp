/// Where the program finds its named models and its network library: environment, install tree, build tree.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace keyway::model {

/// `models` folders in order of preference; only those that exist.
std::vector<std::filesystem::path> model_folders();

/// A name ("fast") gives `<models>/fast/<file>`, a folder gives `<folder>/<file>`, a file stays itself.
/// Throws Error(usage) that lists the names which have such a file.
std::filesystem::path find_model_file(const std::string& name_or_path, const std::string& file);

/// Places where libkeyway_network.so may be, in order of preference, whether or not they exist.
/// `$KEYWAY_NETWORK_LIBRARY`, if set, is the only one.
std::vector<std::filesystem::path> network_library_candidates();

}  // namespace keyway::model

/// Verbs that make and describe HDF5 files, for the list in `verbs.cpp`.
#pragma once

#include <span>
#include <string>

namespace keyway::apps {

int run_dataset_build(std::span<const std::string> arguments);
int run_dataset_audit(std::span<const std::string> arguments);
int run_dataset_inspect(std::span<const std::string> arguments);
int run_dataset_split(std::span<const std::string> arguments);
int run_library_build(std::span<const std::string> arguments);
int run_library_encode(std::span<const std::string> arguments);
int run_library_inspect(std::span<const std::string> arguments);

}  // namespace keyway::apps

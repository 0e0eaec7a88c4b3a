/// The verbs around a screen that is spread over processes, for the list in `verbs.cpp`.
#pragma once

#include <span>
#include <string>

namespace keyway::apps {

int run_merge(std::span<const std::string> arguments);
int run_status(std::span<const std::string> arguments);
int run_launch(std::span<const std::string> arguments);

}  // namespace keyway::apps

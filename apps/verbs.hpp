/// The verbs that this folder's files define, for the list in `verbs.cpp`.
#pragma once

#include <span>
#include <string>

namespace keyway::apps {

int run_screen(std::span<const std::string> arguments);
int run_score(std::span<const std::string> arguments);
int run_check(std::span<const std::string> arguments);
int run_inspect(std::span<const std::string> arguments);
int run_doctor(std::span<const std::string> arguments);

}  // namespace keyway::apps

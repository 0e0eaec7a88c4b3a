/// The verbs that learn and measure, for the list in `verbs.cpp`.
#pragma once

#include <span>
#include <string>

namespace keyway::apps {

int run_train(std::span<const std::string> arguments);
int run_pretrain(std::span<const std::string> arguments);
int run_finetune(std::span<const std::string> arguments);
int run_evaluate(std::span<const std::string> arguments);

}  // namespace keyway::apps

/// The program around the verbs: finds the verb, runs it, turns every error into a message and an exit code.
#pragma once

#include <span>
#include <string>

namespace keyway::apps {

/// `arguments` without the program's name. Never throws; returns the exit code (`design/cli.md`).
int run_program(std::span<const std::string> arguments);

}  // namespace keyway::apps

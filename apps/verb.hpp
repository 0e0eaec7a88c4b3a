/// A sub-command of `keyway`: its name, its group in the help, and the function that runs it.
/// `apps/verbs.cpp` holds the one visible list.
#pragma once

#include "keyway/core/context.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace keyway::apps {

struct Verb {
    std::string_view name;     ///< "screen", "dataset build"
    std::string_view group;    ///< heading in `keyway --help`
    std::string_view summary;  ///< one line
    /// Parses, checks, calls one workflow, prints the summary to stderr and data to stdout.
    /// Returns the exit code; throws keyway::Error.
    int (*run)(std::span<const std::string> arguments);
};

std::span<const Verb> verbs();

}  // namespace keyway::apps

/// `keyway evaluate --actives --decoys`: a retrospective screen of one target.
#pragma once

#include "command_line.hpp"
#include "input_options.hpp"

#include "keyway/workflows/evaluate.hpp"

#include <span>
#include <string>
#include <vector>

namespace keyway::apps {

struct ActivesFlags {
    ReceptorFlags receptor;
    LigandFlags ligand;
    std::vector<std::string> actives, decoys;
    std::string swap_receptor;
};
void add_actives_options(CommandLine& line, ActivesFlags& flags);

/// What both kinds of evaluation share comes from `shared`.
struct ActivesRun {
    ActivesFlags flags;
    workflows::EvaluateOptions shared;
    std::string json, html;
};
/// Returns the exit code.
int run_actives(const ActivesRun& run, std::span<const std::string> arguments, CommandLine& line);

}  // namespace keyway::apps

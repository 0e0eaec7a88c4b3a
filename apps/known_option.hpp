/// `--known FILE` of `score` and `screen`: measured compounds of the target.
#pragma once

#include "command_line.hpp"

#include "keyway/workflows/known_compounds.hpp"

#include <string>
#include <vector>

namespace keyway::apps {

void add_known_option(CommandLine& line, std::string& path);

#ifdef KEYWAY_WITH_CHEMISTRY
/// Reads the file and says what was read and what was left out. Throws like `read_known`.
std::vector<workflows::KnownCompound> read_known_compounds(const std::string& path,
                                                           const chem::LigandOptions& options, LogSink& log);
#endif

}  // namespace keyway::apps

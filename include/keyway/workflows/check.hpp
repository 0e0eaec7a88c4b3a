/// What would be read, dropped and changed: inputs checked without a model.
#pragma once

#include "keyway/core/context.hpp"
#include "keyway/workflows/screen.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

namespace keyway::workflows {

struct LigandCheck {
    std::uint64_t read = 0, ok = 0, rejected = 0;
    std::uint64_t repeated = 0;  ///< the same molecule as an earlier record, after standardisation
    int fewest_heavy_atoms = 0, most_heavy_atoms = 0;
    std::map<std::string, std::uint64_t> rejected_by_reason;
    std::map<std::string, std::uint64_t> changed_by_note;  ///< "neutralised" -> records
    /// The first record of each reason and note, "id (line 12): message", for people.
    std::map<std::string, std::string> first_example;
    bool interrupted = false;
};

/// Reads, standardises and featurises one ligand file with the options of `screen`, and only counts.
LigandCheck check_ligands(const std::filesystem::path& path, const ScreenOptions& options,
                          const Context& context);

}  // namespace keyway::workflows

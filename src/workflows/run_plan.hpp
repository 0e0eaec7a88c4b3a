/// What a run folder belongs to: everything that decides the rows of a screen, and nothing else.
#pragma once

#include "keyway/sample/pocket_graph.hpp"
#include "keyway/workflows/screen.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace keyway::workflows {

struct RunPlan {
    struct Source {
        std::string name;  ///< file, model or receptor, for people
        std::uint64_t bytes = 0;
        std::string sha256;  ///< empty: standard input
    };
    std::string version;  ///< program and commit
    std::vector<Source> models, receptors, ligands;
    /// Options that change rows: how ligands are read and standardised, the device type, the shape of a row.
    std::map<std::string, std::string> settings;
    std::uint64_t chunk_records = 0;
    /// The command line that began it, without program name and --shard; not compared.
    std::vector<std::string> arguments;

    /// False where standard input is read: it cannot be read a second time.
    bool can_resume() const;
    /// 16 hexadecimal digits over all that is compared; stands in every chunk file.
    std::string id() const;
};

/// Hashes the ligand files. `models` and `receptors` come hashed.
RunPlan make_plan(const ScreenOptions& options, std::vector<RunPlan::Source> models,
                  std::vector<RunPlan::Source> receptors, const std::string& device);

std::string to_json(const RunPlan& plan);
/// Throws Error(incompatible) for anything that is not a plan.
RunPlan plan_from_json(const std::string& text, const std::filesystem::path& file);

/// One line for each thing that differs ("model: fast (ab12...) here, base (cd34...) there"); empty: the
/// same.
std::vector<std::string> differences(const RunPlan& here, const RunPlan& there);

/// Over every number and name of the pocket.
std::string sha256_of(const PocketGraph& pocket);

}  // namespace keyway::workflows

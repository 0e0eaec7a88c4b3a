/// Walks a PDBbind folder.
#include "datasets/pdbbind/complex_files.hpp"

#include "keyway/core/error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>

namespace keyway::datasets {
namespace {

constexpr int kMaxDepth = 6;

std::string lower(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
    return text;
}

/// Removes `ending` from `name` if it is there.
bool strip(std::string& name, std::string_view ending) {
    if (!name.ends_with(ending)) return false;
    name.resize(name.size() - ending.size());
    return true;
}

/// Keeps the path nearer to the root; between equals the alphabetically first.
void keep_nearer(std::filesystem::path& slot, const std::filesystem::path& path) {
    const auto depth = [](const std::filesystem::path& p) { return std::distance(p.begin(), p.end()); };
    if (slot.empty() || std::pair(depth(path), path) < std::pair(depth(slot), slot)) slot = path;
}

void take(PdbbindFolder& found, const std::filesystem::path& path) {
    std::string name = lower(path.filename().string());
    if (name.starts_with("index") || name == "coreset.dat") {
        found.indexes.push_back(path);
        return;
    }
    strip(name, ".gz");
    if (strip(name, "_protein.pdb") || strip(name, "_protein.cif"))
        keep_nearer(found.complexes[name].protein, path);
    else if (strip(name, "_ligand.sdf"))
        keep_nearer(found.complexes[name].ligand_sdf, path);
    else if (strip(name, "_ligand.mol2"))
        keep_nearer(found.complexes[name].ligand_mol2, path);
}

}  // namespace

PdbbindFolder scan_pdbbind(const std::filesystem::path& root) {
    namespace fs = std::filesystem;
    if (!fs::is_directory(root))
        throw Error(ErrorKind::input,
                    fmt::format("'{}' is not a folder, expected a copy of PDBbind", root.string()));
    PdbbindFolder found;
    const auto options =
        fs::directory_options::follow_directory_symlink | fs::directory_options::skip_permission_denied;
    std::error_code failed, ignored;
    for (fs::recursive_directory_iterator at(root, options, failed), end; at != end; at.increment(failed)) {
        if (at.depth() >= kMaxDepth) at.disable_recursion_pending();
        if (at->is_regular_file(ignored)) take(found, at->path());
    }
    if (failed)  // half a folder would look like missing complexes
        throw Error(ErrorKind::input, fmt::format("cannot list '{}': {}", root.string(), failed.message()));
    std::sort(found.indexes.begin(), found.indexes.end());
    return found;
}

std::filesystem::path choose_index(const std::vector<std::filesystem::path>& indexes,
                                   const std::filesystem::path& root) {
    // From the most to the least complete list; names, nucleic acids and protein-protein lists match none.
    constexpr std::array<std::string_view, 7> kPreferred{"general_pl_data", "general_pl.", "pl_data",
                                                         "refined_data",    "refined_set", "core_data",
                                                         "coreset.dat"};
    for (const auto wanted : kPreferred) {
        std::vector<std::filesystem::path> fitting;
        for (const auto& path : indexes)
            if (lower(path.filename().string()).find(wanted) != std::string::npos) fitting.push_back(path);
        if (fitting.size() > 1)
            throw Error(ErrorKind::input,
                        fmt::format("'{}' has {} index files: '{}', '{}' ...", root.string(), fitting.size(),
                                    fitting[0].string(), fitting[1].string()),
                        "choose one with --index FILE");
        if (!fitting.empty()) return fitting[0];
    }
    throw Error(
        ErrorKind::input,
        fmt::format("'{}' holds no index of protein-ligand complexes (INDEX_general_PL_data.2020 or similar)",
                    root.string()),
        "name it with --index FILE");
}

}  // namespace keyway::datasets

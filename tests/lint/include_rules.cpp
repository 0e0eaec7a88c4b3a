/// Who may include whom: the two tables of design, and the walk over all includes that holds them.
#include "lint/rules.hpp"

#include <algorithm>
#include <map>
#include <regex>
#include <set>

namespace keyway::lint {
namespace {

using Modules = std::set<std::string>;

/// Arrows besides the ones to the module itself and to core. Change on purpose or not at all (README.md shows
/// it).
const std::map<std::string, Modules>& allowed_arrows() {
    static const Modules everything_public = {"records",  "sample",    "chem",    "features", "store",
                                              "ops",      "nn",        "batch",   "model",    "report",
                                              "datasets", "workflows", "parallel"};
    static const std::map<std::string, Modules> arrows = {
        {"core", {}},
        {"records", {}},
        {"sample", {}},
        {"chem", {}},
        {"features", {"chem", "sample"}},
        {"store", {"sample"}},
        {"ops", {}},
        {"nn", {"ops"}},
        {"batch", {"sample"}},
        {"model", {"sample", "batch", "nn", "ops"}},
        {"parallel", {}},
        {"report", {"records"}},
        {"datasets", {"records"}},
        {"workflows",
         {"records", "sample", "chem", "features", "store", "model", "report", "datasets", "parallel"}},
        {"apps", everything_public},
    };
    return arrows;
}

struct Home {
    std::string library;
    std::regex include;
    Modules modules;    ///< where its headers may be seen; empty: everywhere
    Modules privately;  ///< further modules, but not in their public headers
};

const std::vector<Home>& homes() {
    static const Modules anywhere = {"core",   "records",  "sample",    "chem",  "features",
                                     "store",  "ops",      "nn",        "batch", "model",
                                     "report", "datasets", "workflows", "apps",  "parallel"};
    static const std::vector<Home> list = {
        {"RDKit",
         std::regex("^(GraphMol|RDGeneral|DataStructs|Geometry|ForceField)/.*"),
         {"chem"},
         {"features"}},
        {"gemmi", std::regex("^gemmi/.*"), {"chem"}, {}},
        {"HDF5", std::regex("^(hdf5|hdf5_hl|H5[A-Za-z]*)\\.h$"), {"store"}, {}},
        {"LibTorch", std::regex("^(torch|ATen|c10)/.*"), {"ops", "nn", "batch", "model"}, {}},
        {"Boost.Program_options", std::regex("^boost/program_options.*"), {"apps"}, {}},
        {"OpenSSL", std::regex("^openssl/.*"), {"core"}, {}},
        {"zlib", std::regex("^zlib\\.h$"), {"core"}, {}},
        {"MPI", std::regex("^mpi\\.h$"), {}, {"parallel"}},
        {"nlohmann-json", std::regex("^nlohmann/.*"), {}, anywhere},
        {"Eigen", std::regex("^Eigen/.*"), {}, {"workflows"}},
        {"fmt", std::regex("^fmt/.*"), {}, anywhere},
        {"spdlog", std::regex("^spdlog/.*"), {}, {"core", "apps"}},
        {"GoogleTest", std::regex("^(gtest|gmock)/.*"), {}, {}},
    };
    return list;
}

std::string at(const SourceFile& file, const Include& include) {
    return file.path + ":" + std::to_string(include.line) + ": ";
}

/// Module that an include of ours belongs to: "keyway/chem/pocket.hpp" or the private "chem/text.hpp".
std::string target_module(const SourceFile& file, const Include& include, bool& is_private) {
    static const std::regex public_header("^keyway/([a-z_]+)/.*");
    static const std::regex private_header("^([a-z_]+)/.*");
    std::smatch match;
    is_private = false;
    if (std::regex_match(include.path, match, public_header)) return match[1];
    is_private = true;
    if (std::regex_match(include.path, match, private_header)) return match[1];
    return file.module;
}

/// Files that an include can mean, by the include folders of the build.
const SourceFile* resolve(const std::map<std::string, const SourceFile*>& by_path, const SourceFile& from,
                          const Include& include) {
    const std::string folder = from.path.substr(0, from.path.rfind('/') + 1);
    for (const std::string& candidate : {"include/" + include.path, "src/" + include.path,
                                         folder + include.path, "apps/" + include.path, include.path})
        if (const auto found = by_path.find(candidate); found != by_path.end()) return found->second;
    return nullptr;
}

bool includes_any(const SourceFile& file, const std::regex& pattern) {
    return std::any_of(file.includes.begin(), file.includes.end(),
                       [&](const Include& include) { return std::regex_match(include.path, pattern); });
}

/// True if the file or anything of ours that it includes matches.
bool sees(const std::map<std::string, const SourceFile*>& by_path, const SourceFile& file,
          const std::regex& pattern, std::set<std::string>& visited) {
    if (!visited.insert(file.path).second) return false;
    if (includes_any(file, pattern)) return true;
    return std::any_of(file.includes.begin(), file.includes.end(), [&](const Include& include) {
        const SourceFile* next = resolve(by_path, file, include);
        return next && sees(by_path, *next, pattern, visited);
    });
}

}  // namespace

Findings check_arrows(const std::vector<SourceFile>& files) {
    Findings findings;
    for (const SourceFile& file : files) {
        if (file.module.empty() || file.module == "tests") continue;
        const auto allowed = allowed_arrows().find(file.module);
        if (allowed == allowed_arrows().end()) {
            findings.push_back(file.path + ":1: module " + file.module + " is not in the table of arrows");
            continue;
        }
        for (const Include& include : file.includes) {
            if (!include.quoted) continue;
            bool is_private = false;
            const std::string target = target_module(file, include, is_private);
            if (target == file.module) continue;
            if (is_private)
                findings.push_back(at(file, include) + include.path + " is private to " + target);
            else if (target != "core" && !allowed->second.contains(target))
                findings.push_back(at(file, include) + file.module + " may not include " + target);
        }
    }
    return findings;
}

Findings check_third_party_homes(const std::vector<SourceFile>& files) {
    std::map<std::string, const SourceFile*> by_path;
    for (const SourceFile& file : files) by_path[file.path] = &file;

    Findings findings;
    for (const SourceFile& file : files) {
        if (file.module.empty() || file.module == "tests") continue;
        const bool is_public = file.path.starts_with("include/");
        for (const Include& include : file.includes)
            for (const Home& home : homes()) {
                if (!std::regex_match(include.path, home.include)) continue;
                const bool at_home = home.modules.contains(file.module) ||
                                     (!is_public && home.privately.contains(file.module));
                if (!at_home)
                    findings.push_back(at(file, include) + home.library + " has no home in " +
                                       (is_public ? "public headers of " : "") + file.module);
            }
    }

    static const std::regex torch("^(torch|ATen|c10)/.*"), formatters("^(fmt|spdlog)/.*"),
        tensor(R"(\b(at|torch|c10)::)");
    for (const SourceFile& file : files) {
        std::set<std::string> visited;
        const bool sees_torch = sees(by_path, file, torch, visited);
        visited.clear();
        if (file.path.starts_with("include/keyway/model/") && sees_torch)
            findings.push_back(file.path + ":1: the model's public headers are free of LibTorch");
        if (file.is_header() && !sees_torch && std::regex_search(file.code, tensor))
            findings.push_back(file.path + ":1: uses LibTorch without including it");
        if (sees_torch && sees(by_path, file, formatters, visited))
            findings.push_back(file.path + ":1: fmt or spdlog beside LibTorch, which ships its own fmt");
    }
    return findings;
}

}  // namespace keyway::lint

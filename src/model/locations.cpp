/// Folders relative to the running program first, so that an installed tree can be moved.
#include "model/locations.hpp"

#include "keyway/core/error.hpp"
#include "keyway/model/network.hpp"

#include <algorithm>
#include <cstdlib>
#include <set>

namespace keyway::model {
namespace {

namespace fs = std::filesystem;

std::string environment(const char* name) {
    const char* value = std::getenv(name);
    return value ? value : "";
}

fs::path program_folder() {
    std::error_code error;
    const fs::path program = fs::read_symlink("/proc/self/exe", error);
    return error ? fs::path() : program.parent_path();
}

/// A name has no slash and is no existing file, so that `./fast` is always the path.
bool is_path(const std::string& text) {
    std::error_code error;
    return text.find('/') != std::string::npos || fs::exists(text, error);
}

std::string names_with(const std::string& file) {
    std::set<std::string> names;
    std::error_code error;
    for (const fs::path& folder : model_folders())
        for (const auto& entry : fs::directory_iterator(folder, error))
            if (fs::exists(entry.path() / file, error)) names.insert(entry.path().filename().string());
    std::string list;
    for (const std::string& name : names) list += (list.empty() ? "" : ", ") + name;
    return list;
}

}  // namespace

std::vector<fs::path> model_folders() {
    std::vector<fs::path> wanted;
    if (const std::string own = environment("KEYWAY_MODELS"); !own.empty()) wanted.emplace_back(own);
    const fs::path program = program_folder();
    if (!program.empty()) wanted.push_back(program / ".." / KEYWAY_DATA_FOLDER / "models");
    wanted.emplace_back(fs::path(KEYWAY_INSTALL_PREFIX) / KEYWAY_DATA_FOLDER / "models");
    wanted.emplace_back(KEYWAY_SOURCE_MODELS);
    std::vector<fs::path> found;
    std::error_code error;
    for (const fs::path& folder : wanted)
        if (fs::is_directory(folder, error)) found.push_back(folder.lexically_normal());
    return found;
}

fs::path find_model_file(const std::string& name_or_path, const std::string& file) {
    std::error_code error;
    if (is_path(name_or_path)) {
        const fs::path path(name_or_path);
        if (!fs::is_directory(path, error)) return path;
        if (fs::exists(path / file, error)) return path / file;
        throw Error(ErrorKind::usage, "the folder " + name_or_path + " holds no " + file);
    }
    if (!name_or_path.empty())
        for (const fs::path& folder : model_folders())
            if (fs::exists(folder / name_or_path / file, error)) return folder / name_or_path / file;
    const std::string names = names_with(file);
    throw Error(ErrorKind::usage, "there is no model \"" + name_or_path + "\" with a " + file,
                names.empty()
                    ? "no named model has one; give a path, or set KEYWAY_MODELS to the models folder"
                    : "known names: " + names + "; a path works too");
}

std::vector<fs::path> network_library_candidates() {
    if (const std::string own = environment("KEYWAY_NETWORK_LIBRARY"); !own.empty()) return {own};
    const fs::path program = program_folder(), name = "libkeyway_network.so";
    std::vector<fs::path> candidates;
    if (!program.empty()) {
        candidates.push_back(program / ".." / "lib" / name);
        candidates.push_back(program / name);
        candidates.push_back(program / ".." / KEYWAY_LIBRARY_FOLDER / name);
    }
    candidates.push_back(fs::path(KEYWAY_INSTALL_PREFIX) / KEYWAY_LIBRARY_FOLDER / name);
    for (fs::path& candidate : candidates) candidate = candidate.lexically_normal();
    // The same place twice would be listed twice in the error.
    std::vector<fs::path> unique;
    for (const fs::path& candidate : candidates)
        if (std::find(unique.begin(), unique.end(), candidate) == unique.end()) unique.push_back(candidate);
    return unique;
}

fs::path resolve_model(const std::string& name_or_path) {
    return find_model_file(name_or_path, "weights.safetensors");
}

}  // namespace keyway::model

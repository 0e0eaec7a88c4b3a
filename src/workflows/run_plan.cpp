/// The plan as JSON, and the comparison of two plans.
#include "run_plan.hpp"

#include "row_writer.hpp"

#include "keyway/core/error.hpp"
#include "keyway/core/sha256.hpp"
#include "keyway/core/version.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <utility>

namespace keyway::workflows {
namespace {

using Json = nlohmann::ordered_json;
using Source = RunPlan::Source;
constexpr std::string_view kFormat = "keyway screen plan 2";

Json json_of(const std::vector<Source>& sources) {
    Json list = Json::array();
    for (const auto& source : sources)
        list.push_back({{"name", source.name}, {"bytes", source.bytes}, {"sha256", source.sha256}});
    return list;
}

std::vector<Source> sources_of(const Json& list) {
    std::vector<Source> sources;
    for (const auto& entry : list)
        sources.push_back({entry.at("name"), entry.at("bytes"), entry.at("sha256")});
    return sources;
}

/// What is compared, as lines for people. A file is known by its last name (ids are made of it) and its
/// content, so that machines may mount a folder in different places.
std::vector<std::pair<std::string, std::string>> compared(const RunPlan& plan) {
    std::vector<std::pair<std::string, std::string>> lines = {{"keyway", plan.version}};
    const auto add = [&](const std::string& what, const std::vector<Source>& sources) {
        for (std::size_t i = 0; i < sources.size(); ++i) {
            const auto& source = sources[i];
            std::string text = std::filesystem::path(source.name).filename().string();
            if (source.bytes > 0) text += fmt::format(", {} bytes", source.bytes);
            if (!source.sha256.empty()) text += fmt::format(", SHA-256 {}", source.sha256.substr(0, 16));
            lines.emplace_back(sources.size() == 1 ? what : fmt::format("{} {}", what, i + 1), text);
        }
    };
    add("model", plan.models);
    add("receptor", plan.receptors);
    add("ligands", plan.ligands);
    for (const auto& [name, value] : plan.settings) lines.emplace_back(name, value);
    lines.emplace_back("chunk size", std::to_string(plan.chunk_records));
    return lines;
}

template <class T>
void hash_array(Sha256& hash, const std::vector<T>& values) {
    const std::uint64_t size = values.size();
    hash.update(&size, sizeof size);
    hash.update(values.data(), size * sizeof(T));
}

void hash_names(Sha256& hash, const std::vector<std::string>& names) {
    for (const auto& name : names) hash.update(name + '\n');
}

}  // namespace

bool RunPlan::can_resume() const {
    return std::none_of(ligands.begin(), ligands.end(), [](const Source& file) { return file.name == "-"; });
}

std::string RunPlan::id() const {
    Sha256 hash;
    for (const auto& [name, value] : compared(*this)) hash.update(fmt::format("{}={}\n", name, value));
    return hash.finish().substr(0, 16);
}

RunPlan make_plan(const ScreenOptions& options, std::vector<Source> models, std::vector<Source> receptors,
                  const std::string& device) {
    RunPlan plan;
    plan.version = fmt::format("{} {}", version(), git_commit());
    plan.models = std::move(models);
    plan.receptors = std::move(receptors);
    for (const auto& path : options.ligands) {
        Source source{path.string(), 0, ""};
        std::error_code ignored;
        if (std::filesystem::is_regular_file(path, ignored)) {
            source.bytes = std::filesystem::file_size(path, ignored);
            source.sha256 = sha256_of_file(path);
        } else {
            source.name = "-";  // a pipe is as good as standard input: it cannot be read twice
        }
        plan.ligands.push_back(std::move(source));
    }
    auto& settings = plan.settings;
    settings["device"] = device;
    settings["precision"] = std::to_string(static_cast<int>(options.precision));
    settings["structure drawings"] = row_format(options) == RowFormat::sdf ? "yes" : "no";
    settings["--matrix"] = options.shape == RowShape::matrix ? "yes" : "no";
    if (!options.known.empty()) settings["--known"] = "SHA-256 " + options.known_sha256.substr(0, 16);
#ifdef KEYWAY_WITH_CHEMISTRY
    const auto yes_or_no = [](bool value) { return std::string(value ? "yes" : "no"); };
    settings["--max-record-seconds"] = fmt::format("{}", options.guard.max_seconds);
    settings["--max-record-memory"] = std::to_string(options.guard.max_memory_mb);
    settings["--keep-fragments"] = yes_or_no(!options.ligand.largest_fragment);
    settings["--keep-charges"] = yes_or_no(!options.ligand.neutralise);
    settings["--canonical-smiles"] = yes_or_no(options.ligand.canonical_smiles);
    settings["--max-heavy-atoms"] = std::to_string(options.ligand.max_heavy_atoms);
    const auto& file = options.ligand_file;
    settings["--ligand-format"] = file.format ? std::string(chem::to_string(*file.format)) : "told";
    settings["--smiles-column"] = file.smiles_column;
    settings["--id-column"] = file.id_column;
    settings["--id-tag"] = file.id_tag;
    settings["--no-header"] = file.header ? yes_or_no(!*file.header) : "told";
#endif
    plan.chunk_records = options.chunk_records;
    plan.arguments = options.arguments;
    return plan;
}

std::string to_json(const RunPlan& plan) {
    Json json = {{"format", kFormat},
                 {"version", plan.version},
                 {"models", json_of(plan.models)},
                 {"receptors", json_of(plan.receptors)},
                 {"ligands", json_of(plan.ligands)},
                 {"settings", plan.settings},
                 {"chunk_records", plan.chunk_records},
                 {"arguments", plan.arguments}};
    return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

RunPlan plan_from_json(const std::string& text, const std::filesystem::path& file) {
    try {
        const Json json = Json::parse(text);
        if (json.at("format") != kFormat) throw std::runtime_error("another format");
        RunPlan plan{json.at("version"),
                     sources_of(json.at("models")),
                     sources_of(json.at("receptors")),
                     sources_of(json.at("ligands")),
                     json.at("settings"),
                     json.at("chunk_records"),
                     json.at("arguments")};
        if (plan.chunk_records == 0 || plan.models.empty() || plan.receptors.empty() || plan.ligands.empty())
            throw std::runtime_error("an empty field");
        return plan;
    } catch (const std::exception& error) {
        throw Error(ErrorKind::incompatible,
                    fmt::format("'{}' is not a plan of this keyway: {}", file.string(), error.what()),
                    "start anew with --overwrite, or name another folder with --work-dir");
    }
}

std::vector<std::string> differences(const RunPlan& here, const RunPlan& there) {
    const auto mine = compared(here), other = compared(there);
    std::map<std::string, std::pair<std::string, std::string>> both;
    for (const auto& [name, value] : mine) both[name].first = value;
    for (const auto& [name, value] : other) both[name].second = value;
    std::vector<std::string> lines;
    const auto shown = [](const std::string& value) { return value.empty() ? std::string("none") : value; };
    for (const auto& [name, values] : both)
        if (values.first != values.second)
            lines.push_back(
                fmt::format("{}: now {}, then {}", name, shown(values.first), shown(values.second)));
    return lines;
}

std::string sha256_of(const PocketGraph& pocket) {
    Sha256 hash;
    hash.update(pocket.origin_angstrom.data(), sizeof pocket.origin_angstrom);
    hash_array(hash, pocket.position_in_pocket);
    hash_array(hash, pocket.columns);
    hash_array(hash, pocket.is_token);
    hash_array(hash, pocket.residue);
    hash_array(hash, pocket.bonds);
    hash_names(hash, pocket.residue_labels);
    hash_names(hash, pocket.atom_names);
    return hash.finish();
}

}  // namespace keyway::workflows

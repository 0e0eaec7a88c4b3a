/// The plan's text, its comparison, and the folder's state.
#include "workflows/training_plan.hpp"

#include "keyway/core/error.hpp"
#include "keyway/core/sha256.hpp"
#include "keyway/core/text_input.hpp"
#include "keyway/core/version.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <array>
#include <map>
#include <sstream>
#include <system_error>

namespace keyway::workflows {
namespace {

/// Lines of `to_text` that do not decide the weights or are replaced by a content hash.
bool decides_the_weights(const std::string& line) {
    for (const char* name :
         {"data = ", "split-file = ", "model-config = ", "init = ", "threads = ", "checkpoint-every = "})
        if (line.starts_with(name)) return false;
    return true;
}

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);) lines.push_back(line);
    return lines;
}

/// "steps = 200, expected 100": the lines by which `now` differs from `then`.
std::string differences(const std::string& now, const std::string& then) {
    std::map<std::string, std::array<std::string, 2>> values;
    for (const auto& [text, side] : {std::pair(&now, 0), std::pair(&then, 1)})
        for (const auto& line : lines_of(*text)) {
            const auto equals = line.find(" = ");
            values[line.substr(0, equals)][static_cast<std::size_t>(side)] =
                line.substr(std::min(line.size(), equals + 3));
        }
    std::string list;
    for (const auto& [name, pair] : values)
        if (pair[0] != pair[1])
            list += fmt::format("{}{} is '{}', was '{}'", list.empty() ? "" : "; ", name, pair[0], pair[1]);
    return list;
}

bool has_foreign_content(const TrainingFiles& files) {
    return std::filesystem::exists(files.folder) && !std::filesystem::is_empty(files.folder) &&
           !std::filesystem::exists(files.plan);
}

}  // namespace

TrainingFiles::TrainingFiles(const std::filesystem::path& folder_path)
    : folder(folder_path),
      weights(folder / "weights.safetensors"),
      last_weights(folder / "last.safetensors"),
      metrics(folder / "metrics.jsonl"),
      options(folder / "config.cfg"),
      config(folder / "model.cfg"),
      plan(folder / "plan.json"),
      run(folder / "run.json"),
      checkpoint(folder / "checkpoint.safetensors"),
      previous_checkpoint(folder / "checkpoint.prev.safetensors") {}

TrainingPlan make_training_plan(const TrainOptions& options, const model::ModelConfig& config,
                                const std::string& data_sha256) {
    TrainingPlan plan;
    plan.text = fmt::format("keyway = {}\ndata-content = {}\n", version(), data_sha256);
    if (!options.split_file.empty())
        plan.text += fmt::format("split-file-content = {}\n", sha256_of_file(options.split_file));
    if (!options.init.empty())
        plan.text += fmt::format("init-weights = {}\n",
                                 model::read_passport(model::resolve_model(options.init)).weights_sha256);
    for (const auto& line : lines_of(options.to_text()))
        if (decides_the_weights(line)) plan.text += line + "\n";
    for (const auto& line : lines_of(config.to_text())) plan.text += "model." + line + "\n";
    plan.sha256 = sha256_of(plan.text);
    return plan;
}

FolderState open_training_folder(const TrainingFiles& files, const TrainingPlan& plan, IfExists if_exists) {
    const std::string folder = files.folder.string();
    if (std::filesystem::exists(files.folder) && !std::filesystem::is_directory(files.folder))
        throw Error(ErrorKind::usage, folder + ": is a file, expected a folder");
    if (has_foreign_content(files))
        throw Error(ErrorKind::usage, folder + ": is not empty and has no plan.json of a training run",
                    "choose a new folder with --out");

    if (std::filesystem::exists(files.plan) && if_exists == IfExists::refuse) {
        const auto before = nlohmann::json::parse(read_text_file(files.plan), nullptr, false);
        if (before.is_discarded() || !before.contains("sha256") || !before.contains("plan"))
            throw Error(ErrorKind::incompatible, files.plan.string() + ": cannot be understood",
                        "start anew with --overwrite");
        if (before["sha256"] != plan.sha256)
            throw Error(
                ErrorKind::incompatible,
                folder + ": holds a run of another plan: " + differences(plan.text, before.value("plan", "")),
                "choose another --out, give the old options, or start anew with --overwrite");
        return std::filesystem::exists(files.run) ? FolderState::finished : FolderState::unfinished;
    }

    std::error_code failed;
    std::filesystem::create_directories(files.folder, failed);
    if (failed) throw Error(ErrorKind::output, folder + ": cannot make the folder: " + failed.message());
    // run.json first and plan.json last: after a crash in between the folder still says whose it is.
    for (const auto& path : {files.run, files.checkpoint, files.previous_checkpoint, files.metrics,
                             files.weights, files.last_weights, files.options, files.config, files.plan}) {
        std::filesystem::remove(path, failed);
        if (failed)
            throw Error(ErrorKind::output, path.string() + ": cannot be removed: " + failed.message());
    }
    const nlohmann::ordered_json content = {{"sha256", plan.sha256}, {"plan", plan.text}};
    write_file(files.plan, content.dump(2) + "\n", IfExists::overwrite);
    return FolderState::fresh;
}

}  // namespace keyway::workflows

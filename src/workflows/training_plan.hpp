/// What a training folder belongs to, and whether a run may start, continue or must stop there.
#pragma once

#include "keyway/model/config.hpp"
#include "keyway/workflows/train.hpp"

#include <filesystem>
#include <string>

namespace keyway::workflows {

/// The names inside a training folder.
struct TrainingFiles {
    explicit TrainingFiles(const std::filesystem::path& folder);
    std::filesystem::path folder, weights, last_weights, metrics, options, config, plan, run, checkpoint,
        previous_checkpoint;
};

/// Everything that decides the weights, as `name = value` lines: program version, options, model
/// configuration, content of the data and the split file. Paths, threads and checkpoint interval are not part
/// of it.
struct TrainingPlan {
    std::string text;
    std::string sha256;
};
TrainingPlan make_training_plan(const TrainOptions& options, const model::ModelConfig& config,
                                const std::string& data_sha256);

enum class FolderState { fresh, unfinished, finished };

/// Makes the folder, or looks at what is there. Throws Error(usage) for a folder that is not ours,
/// Error(incompatible), naming the lines that differ, for a run of another plan.
/// With IfExists::overwrite the files of an earlier run are removed. A fresh folder gets its plan.json.
FolderState open_training_folder(const TrainingFiles& files, const TrainingPlan& plan, IfExists if_exists);

}  // namespace keyway::workflows

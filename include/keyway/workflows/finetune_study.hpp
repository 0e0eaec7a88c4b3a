/// Whether finetuning helps on average: simulated on the assays of a labelled dataset.
#pragma once

#include "keyway/core/context.hpp"
#include "keyway/sample/measurement.hpp"
#include "keyway/workflows/finetune.hpp"

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace keyway::workflows {

struct FinetuneStudyOptions {
    FinetuneOptions finetune;
    std::filesystem::path dataset;
    Split split = Split::valid;
    std::vector<int> known_counts{5, 10, 20, 50};
    int draws = 20;
    int fewest_held_out = 10;  ///< an assay takes part with this many compounds beyond the known ones
    int most_held_out = 50;    ///< more are left out by chance: they cost time and add little
    bool with_check = false;   ///< also what the whole procedure gives, its own check and verdict included
};

/// Random compounds of an assay are known, others of it are predicted, without an inner check: means over
/// draws inside an assay, then over assays with a bootstrap interval. A row for each number of known
/// compounds and of steps (0: the model as it is), with Spearman and RMSE of the model and of the model with
/// the process on the residual. With `with_check` another row: held-out results when the verdict of
/// `finetune` on the known compounds chooses between zero-shot and finetuned. TSV, handed to `write` as it
/// comes.
void study_finetuning(const FinetuneStudyOptions& options, const model::Network& network,
                      const Context& context, const std::function<void(const std::string&)>& write);

}  // namespace keyway::workflows

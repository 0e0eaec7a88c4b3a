/// The summary of a run that needs no more steps.
#include "workflows/training_summary.hpp"

#include "keyway/core/error.hpp"
#include "keyway/core/text_input.hpp"

#include <nlohmann/json.hpp>

#include <limits>

namespace keyway::workflows {

const char* best_validation_key(const TrainOptions& options) {
    return options.pretrains() ? "best_valid_masked_accuracy" : "best_valid_mean_assay_spearman";
}

TrainSummary summary_of_finished_run(const TrainingFiles& files, const TrainOptions& options) {
    const auto run = nlohmann::json::parse(read_text_file(files.run), nullptr, false);
    if (run.is_discarded() || !run.contains("best_step"))
        throw Error(ErrorKind::incompatible, files.run.string() + ": cannot be understood",
                    "start anew with --overwrite");
    const auto best = run.find(best_validation_key(options));  // null where there was nothing to rank
    TrainSummary summary;
    summary.steps_done = run.value("steps", 0);
    summary.stopped_early = run.value("stopped_early", false);
    summary.best_validation =
        best == run.end() || best->is_null() ? std::numeric_limits<double>::quiet_NaN() : best->get<double>();
    summary.best_step = run.value("best_step", 0);
    summary.train_rows = run.value("train_rows", std::uint64_t{0});
    summary.valid_rows = run.value("valid_rows", std::uint64_t{0});
    summary.skipped_steps = run.value("skipped_steps", std::uint64_t{0});
    summary.weights = files.weights;
    return summary;
}

}  // namespace keyway::workflows

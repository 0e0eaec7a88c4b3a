/// Training options: checks, text, schedule.
#include "keyway/core/error.hpp"
#include "keyway/workflows/train.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

namespace keyway::workflows {
namespace {

template <class T>
void require(bool fine, std::string_view option, std::string_view expected, const T& got,
             std::string hint = {}) {
    if (!fine)
        throw Error(ErrorKind::usage, fmt::format("--{}: expected {}, got {}", option, expected, got),
                    std::move(hint));
}

}  // namespace

void TrainOptions::check() const {
    require(!datasets.empty(), "data", "at least one HDF5 dataset", "none");
    require(!out.empty(), "out", "a folder", "none");
    require(steps >= 1, "steps", "at least 1", steps);
    require(warmup_steps >= 0 && warmup_steps <= steps, "warmup-steps",
            fmt::format("0 to --steps ({})", steps), warmup_steps,
            fmt::format("a short run needs a short warm-up: --warmup-steps {}", steps / 10));
    require(max_ligands_per_assay >= 2, "max-ligands-per-assay", "at least 2", max_ligands_per_assay);
    require(assays_per_batch >= 1, "assays-per-batch", "at least 1", assays_per_batch);
    require(batches_per_step >= 1 && batches_per_step <= 100000, "batches-per-step", "1 to 100000",
            batches_per_step);
    require(core_share >= 0 && core_share <= 1, "core-share", "0 to 1", core_share);
    require(selectivity_share >= 0 && selectivity_share <= 1, "selectivity-share", "0 to 1",
            selectivity_share);
    require(series_similarity >= 0 && series_similarity <= 1, "series-similarity", "0 (off) to 1",
            series_similarity);
    require(atoms_per_batch >= 0, "atoms-per-batch", "0 (no limit) or more", atoms_per_batch);
    require(pose_share >= 0 && pose_share < 1, "pose-share", "0 to below 1", pose_share);
    require(poses_per_batch >= 1, "poses-per-batch", "at least 1", poses_per_batch);
    for (const auto& [name, weight] : source_weights)
        require(!name.empty() && std::isfinite(weight) && weight >= 0, "source-weight",
                "NAME=W with W of at least 0", fmt::format("{}={}", name, weight));
    require(validate_every >= 1, "validate-every", "at least 1", validate_every);
    require(checkpoint_every >= 1, "checkpoint-every", "at least 1", checkpoint_every);
    require(patience >= 0, "patience", "0 (never) or more", patience);
    require(threads >= 0 && threads <= 4096, "threads", "0 (all cores) to 4096", threads);
    optimiser.check();
}

bool TrainOptions::pretrains() const {
    const auto& o = optimiser;
    return o.mask_weight > 0 && o.absolute_weight + o.memory_weight + o.pairwise_weight + o.listwise_weight +
                                        o.selectivity_weight + o.contrast_weight + o.retrieval_weight +
                                        o.variance_weight ==
                                    0;
}

std::string TrainOptions::to_text() const {
    std::string text;
    const auto line = [&](std::string_view name, const auto& value) {
        text += fmt::format("{} = {}\n", name, value);
    };
    for (const auto& path : datasets) line("data", path.string());
    if (!split_file.empty()) line("split-file", split_file.string());
    line("model-config", config);
    if (!init.empty()) line("init", init);
    line("seed", seed);
    line("steps", steps);
    line("warmup-steps", warmup_steps);
    line("max-ligands-per-assay", max_ligands_per_assay);
    line("assays-per-batch", assays_per_batch);
    line("batches-per-step", batches_per_step);
    line("core-share", core_share);
    line("selectivity-share", selectivity_share);
    line("series-similarity", series_similarity);
    line("atoms-per-batch", atoms_per_batch);
    line("pose-share", pose_share);
    line("poses-per-batch", poses_per_batch);
    line("assay-offset", assay_offset == AssayOffset::ic50 ? "ic50" : "off");
    for (const auto& [name, weight] : source_weights)
        line("source-weight", fmt::format("{}={}", name, weight));
    line("validate-every", validate_every);
    line("checkpoint-every", checkpoint_every);
    line("patience", patience);
    line("device", device);
    line("threads", threads);
    if (!optimiser.trainable.empty()) line("trainable", optimiser.trainable);
    line("learning-rate", optimiser.learning_rate);
    line("weight-decay", optimiser.weight_decay);
    line("beta1", optimiser.beta1);
    line("beta2", optimiser.beta2);
    line("clip-norm", optimiser.clip_norm);
    line("ema-decay", optimiser.ema_decay);
    line("huber-delta", optimiser.huber_delta);
    line("absolute-weight", optimiser.absolute_weight);
    line("memory-weight", optimiser.memory_weight);
    line("own-memory-dropout", optimiser.own_memory_dropout);
    line("pairwise-weight", optimiser.pairwise_weight);
    line("listwise-weight", optimiser.listwise_weight);
    line("selectivity-weight", optimiser.selectivity_weight);
    line("contrast-weight", optimiser.contrast_weight);
    line("retrieval-weight", optimiser.retrieval_weight);
    line("anchor-weight", optimiser.anchor_weight);
    line("distance-weight", optimiser.distance_weight);
    line("intra-distance-weight", optimiser.intra_distance_weight);
    line("variance-weight", optimiser.variance_weight);
    line("mask-weight", optimiser.mask_weight);
    line("mask-share", optimiser.mask_share);
    line("pocket-dropout", optimiser.pocket_dropout);
    line("coordinate-noise", optimiser.coordinate_noise_angstrom);
    line("mirror-probability", optimiser.mirror_probability);
    return text;
}

double learning_rate_at(const TrainOptions& options, int step) {
    constexpr double kFloor = 0.05;
    const double peak = options.optimiser.learning_rate;
    if (step < options.warmup_steps) return peak * (step + 1) / options.warmup_steps;
    const int span = std::max(1, options.steps - 1 - options.warmup_steps);
    const double progress = std::min(1.0, static_cast<double>(step - options.warmup_steps) / span);
    return peak * (kFloor + (1 - kFloor) * 0.5 * (1 + std::cos(std::numbers::pi * progress)));
}

}  // namespace keyway::workflows

/// Train a model on a dataset; resumable to bit-identical weights on CPU.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "keyway/core/context.hpp"
#include "keyway/core/output_file.hpp"
#include "keyway/model/network.hpp"

namespace keyway::workflows {

struct TrainOptions {
    std::vector<std::filesystem::path> datasets;
    /// Optional CSV `id,split` or `pocket,split` or `cluster,split` that overrides the dataset's column.
    std::filesystem::path split_file;
    std::string config = "fast";               ///< named or a file
    std::filesystem::path out;                 ///< folder: weights.safetensors, metrics.jsonl, config.cfg, checkpoints
    IfExists if_exists = IfExists::refuse;     ///< refuse still resumes an unfinished run of the same plan
    std::uint64_t seed = 1;
    int steps = 1000;
    int warmup_steps = 50;
    int max_ligands_per_assay = 48;            ///< ligands of one assay in a batch
    int assays_per_batch = 1;
    double core_share = 0.5;                   ///< share of batches from the first source when there are several
    int validate_every = 100;
    int checkpoint_every = 100;
    int patience = 0;                          ///< validations without improvement before stopping; 0: never
    std::string device = "auto";
    int threads = 0;                           ///< intra-op threads; 0: all cores
    model::OptimiserOptions optimiser;

    void check() const;
    std::string to_text() const;               ///< resolved options, `name = value` lines
};

struct TrainSummary {
    int steps_done = 0;
    bool stopped_early = false, interrupted = false, resumed = false;
    double best_validation = 0;                ///< mean within-assay Spearman
    int best_step = 0;
    std::filesystem::path weights;
};

TrainSummary train(const TrainOptions& options, const model::Network& network, const Context& context);

}  // namespace keyway::workflows

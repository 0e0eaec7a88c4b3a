/// Train a model on labelled datasets; resumable to bit-identical weights on CPU.
#pragma once

#include "keyway/core/context.hpp"
#include "keyway/core/output_file.hpp"
#include "keyway/model/network.hpp"
#include "keyway/parallel/ranks.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace keyway::workflows {

/// A finished run of the same plan: Error(usage), or its summary without doing anything.
enum class IfFinished { refuse, keep };

/// Rows whose level is free inside their assay (`model::TrainBatch::Row::free_offset`). ic50: those of IC50
/// and EC50, which depend on the assay's conditions (substrate, enzyme, cells).
enum class AssayOffset { off, ic50 };

/// Rows of split `train` are learnt from, rows of `valid` choose the weights. With several sources the first
/// is the core set: it gives `core_share` of the batches and, if it has any valid rows, all of the
/// validation. A source is a dataset file where several are given, else a label file inside the one dataset.
/// Bounds (`<`, `>`) are learnt from one-sidedly and left out of every metric.
struct TrainOptions {
    std::vector<std::filesystem::path> datasets;
    /// Optional CSV `id,split` or `pocket,split` or `cluster,split` that replaces the dataset's column.
    std::filesystem::path split_file;
    std::string config = "fast";  ///< model configuration: named or a file
    std::string init;             ///< weights to start from: a model's name or a file; empty: random numbers
    std::filesystem::path out;    ///< folder, see `train`
    IfFinished if_finished = IfFinished::refuse;
    IfExists if_exists = IfExists::refuse;  ///< refuse still resumes an unfinished run of the same plan
    std::uint64_t seed = 1;
    int steps = 1000;
    int warmup_steps = 50;
    int max_ligands_per_assay = 48;  ///< ligands of one assay in a batch
    int assays_per_batch = 1;
    /// A step takes the mean gradient of so many batches, each with its own augmentation and loss. Ranks
    /// share them out, so the result does not depend on the number of ranks but for the order of float sums.
    int batches_per_step = 1;
    double core_share = 0.5;  ///< share of batches from the first source when there are several
    double selectivity_share =
        0;  ///< share of batches of two assays that share compounds (`selectivity_weight`)
    /// Tanimoto similarity (0: off) by which training assays of all sources but the first are cut into
    /// analogue series, `cut_into_series`: a table of a target's compounds mixes many.
    double series_similarity = 0;
    int atoms_per_batch = 0;  ///< ligand heavy atoms of a batch; 0: no limit
    double pose_share = 0;    ///< share of batches of complexes with a known pose
    int poses_per_batch = 8;  ///< complexes in such a batch
    AssayOffset assay_offset = AssayOffset::off;
    /// Source name -> factor of its loss; 0 leaves its training rows out. Others have 1.
    std::vector<std::pair<std::string, double>> source_weights;
    int validate_every = 100;    ///< steps; the last step is always validated
    int checkpoint_every = 100;  ///< steps
    int patience = 0;            ///< validations without improvement before stopping; 0: never
    std::string device = "auto";
    int threads = 0;  ///< intra-op threads; 0: all cores. Bit-identity holds for one number of threads
    model::OptimiserOptions optimiser;

    /// Hidden parts are guessed and no label is learnt: then they are what validation measures.
    bool pretrains() const;
    /// Throws Error(usage) and names the option.
    void check() const;
    /// Resolved options, `name = value` lines named like the flags of `keyway train` (which reads them back
    /// with `--config`). The output folder is left out: it does not decide the result.
    std::string to_text() const;
};

struct TrainSummary {
    int steps_done = 0;
    bool stopped_early = false, interrupted = false, resumed = false;
    double best_validation = 0;  ///< mean within-assay Spearman, of a pretraining the share of hidden parts
                                 ///< guessed right; NaN without validation rows
    int best_step = 0;
    std::uint64_t train_rows = 0, valid_rows = 0, skipped_steps = 0;
    std::filesystem::path weights;
};

/// Writes into the folder `out`:
///
///     weights.safetensors     EMA weights of the best validation (of the last step where no assay of split
///                             `valid` is large enough to rank)
///     last.safetensors        EMA weights of the last step
///     domain.h5               what they have learned from, for the applicability domain
///     metrics.jsonl           one line per ten steps ("train") and per validation ("valid")
///     config.cfg, model.cfg   resolved options and model configuration
///     plan.json               what the folder belongs to: options, data and program version, hashed
///     run.json                appears at the end: all of it, result, times
///     checkpoint.safetensors, checkpoint.prev.safetensors
///
/// Called again on an unfinished folder of the same plan it continues, to the same bytes on CPU. Another plan
/// throws Error(incompatible) and touches nothing; a finished folder throws Error(usage). When `context.stop`
/// is set, a checkpoint is written and the summary says `interrupted`. Ten steps in a row without a finite
/// loss throw Error(failure); single ones are skipped and counted.
///
/// On several ranks all call this alike, in sight of the same folder. Rank 0 alone writes and validates,
/// while the others wait; a stop on one stops all after the same step. A run may be continued by any number
/// of ranks. Throws Error(usage) where the ranks have no batches to share out, Error(interrupted) where one
/// was lost.
TrainSummary train(const TrainOptions& options, const model::Network& network, const Context& context,
                   parallel::Ranks& ranks = parallel::one_rank());

/// `members` trainings in `out`/member-1, member-2, ... with the seeds `seed`, `seed` + 1, ...: give all
/// their weights to -m. Called again it keeps finished members and continues the rest. Stops after an
/// interrupted one.
std::vector<TrainSummary> train_ensemble(const TrainOptions& options, int members,
                                         const model::Network& network, const Context& context,
                                         parallel::Ranks& ranks = parallel::one_rank());

/// Linear warm-up to the peak, then half a cosine down to 5 % of it at the last step. `step` counts from 0.
double learning_rate_at(const TrainOptions& options, int step);

}  // namespace keyway::workflows

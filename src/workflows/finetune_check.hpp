/// Folds of known compounds, what each way predicts for the held-out ones, and the verdict.
#pragma once

#include "workflows/finetune_course.hpp"

#include "keyway/core/context.hpp"

#include <vector>

namespace keyway::workflows {

/// Which compounds are held out together: [folds] of indices, each compound once. Measurements of one SMILES,
/// or with FoldsBy::scaffold of one framework, are never parted. Folds are as equal as that allows. Throws
/// Error(usage) if there are not two of them.
std::vector<std::vector<std::size_t>> make_folds(const std::vector<KnownCompound>& known,
                                                 const FinetuneOptions& options, std::uint64_t seed);

/// Trains the folds on `options.threads` threads and moves `context.progress` by one for each, up to folds
/// times repeats. Throws Error(interrupted) on `context.stop`.
HeldOutCheck check_on_held_out(const FinetuneTarget& target, const FinetuneOptions& options,
                               const model::Network& network, const Context& context);

/// Mean and interval over folds, see `FoldMean`. `held_out_share`: held-out over training compounds.
FoldMean fold_mean(const std::vector<double>& per_fold, double held_out_share);

}  // namespace keyway::workflows

/// A model learns from measured compounds of one target, and says on held-out ones whether that helped.
#pragma once

#include "keyway/core/context.hpp"
#include "keyway/core/output_file.hpp"
#include "keyway/model/network.hpp"
#include "keyway/sample/pocket_graph.hpp"
#include "keyway/workflows/known_compounds.hpp"

#include <array>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace keyway::workflows {

/// How compounds are held out. Measurements of one compound always stay together.
enum class FoldsBy { compound, scaffold };
enum class Write { if_it_helps, always };

/// The defaults were chosen on validation assays with `study_finetuning`, not on any benchmark.
struct FinetuneOptions {
    static constexpr std::size_t kFewestCompounds = 4, kManyCompounds = 200, kMostCompounds = 2000;

    std::filesystem::path model;  ///< weights file
    double learning_rate = 1e-3;  ///< reached after five steps, then constant
    int steps = 40;               ///< at most; how many are taken is learnt from the held-out compounds
    int check_every = 5;          ///< steps between looks at the held-out compounds
    double pull_weight = 1;       ///< pull to the model's own weights, see `OptimiserOptions`
    /// See `OptimiserOptions`; empty: all. All parameters give the same predictions to 0.02 pK or so, at
    /// twice the cost (models/README.md).
    std::string trainable = "readout";
    double absolute_weight = 1, pairwise_weight = 1;
    int max_compounds_per_step = 48;
    int folds = 5;  ///< at most; fewer where a fold would hold fewer than three compounds
    int repeats = 3;
    FoldsBy folds_by = FoldsBy::compound;
    std::uint64_t seed = 1;
    int threads = 0;  ///< folds trained at once; 0: all cores. The result does not depend on it
    std::string device = "cpu";
    Write write = Write::if_it_helps;

    /// Throws Error(usage) and names the option.
    void check() const;
    /// `name = value` lines, named like the flags of `keyway finetune`.
    std::string to_text() const;
};

/// The four ways to predict a held-out compound; `known` is the Gaussian process of `KnownCorrection`.
enum class Way { zero_shot, known, finetuned, finetuned_known };
inline constexpr std::array kWays{Way::zero_shot, Way::known, Way::finetuned, Way::finetuned_known};
std::string_view to_string(Way way);  ///< "zero-shot", "known", "finetuned", "finetuned + known"

/// Mean over the folds of all repeats with a 95 % interval for repeated cross-validation, which knows that
/// the folds share training compounds (Nadeau and Bengio 2003, doi:10.1023/A:1024068626366). NaN: undefined.
struct FoldMean {
    double value = 0, low = 0, high = 0;
};

struct WayResult {
    Way way = Way::zero_shot;
    FoldMean spearman, rmse;                 ///< inside a fold, mean over folds
    FoldMean spearman_gain, rmse_reduction;  ///< over zero-shot, fold by fold
};

/// What happened to the compounds that were held out.
struct HeldOutCheck {
    std::array<WayResult, 4> ways;  ///< in the order of `kWays`
    int folds = 0, repeats = 0, compounds = 0;
    /// Where the squared error of all held-out compounds is smallest; 0: the model as it was.
    int steps = 0;
    /// Finetuned: smaller error and no worse order than zero-shot on held-out compounds, on average.
    bool helps = false;
    Way best = Way::zero_shot;  ///< highest Spearman; of equals the smaller error

    const WayResult& of(Way way) const { return ways[static_cast<std::size_t>(way)]; }
};

struct FinetuneResult {
    HeldOutCheck check;
    std::filesystem::path weights;  ///< empty: not written
};

/// Checks on held-out compounds, then trains on all of them. Each fold has a training of its own. When to
/// stop is decided for a fold by the other folds of its repeat, so no held-out compound chooses its own
/// weights; step 0 is a candidate.
///
/// Writes `out`/weights.safetensors (the passport names the parent, the target, the compounds and the check)
/// if finetuning helps or `Write::always` asks for it, with its domain.h5, and `out`/check.json in any case.
/// Throws Error(usage) for fewer than `kFewestCompounds` or more than `kMostCompounds`, or scaffolds that
/// cannot make two folds; Error(interrupted) on `context.stop`.
struct FinetuneTarget {
    const PocketGraph& pocket;
    std::string name;  ///< for the passport: receptor and site
    std::vector<KnownCompound> known;
};
FinetuneResult finetune(const FinetuneTarget& target, const FinetuneOptions& options,
                        const std::filesystem::path& out, IfExists if_exists, const model::Network& network,
                        const Context& context);

/// The check as a table for people, with the verdict below.
std::string check_text(const HeldOutCheck& check);
/// The same for programs.
std::string check_json(const HeldOutCheck& check);

}  // namespace keyway::workflows

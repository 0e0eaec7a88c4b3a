/// Measure a model on labelled datasets, always beside its baselines.
#pragma once

#include "keyway/core/context.hpp"
#include "keyway/core/output_file.hpp"
#include "keyway/model/network.hpp"
#include "keyway/report/calibration.hpp"
#include "keyway/report/metrics.hpp"
#include "keyway/workflows/enrichment.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace keyway::workflows {

struct EvaluateOptions {
    std::string model;                  ///< name or path
    std::vector<std::string> ensemble;  ///< further models: their mean is measured
    std::vector<std::filesystem::path> datasets;
    std::string split = "test";  ///< train, valid, test, all
    /// Optional CSV that replaces the split column of `datasets` and `training_data`, as for training.
    std::filesystem::path split_file;
    /// For target_mean, nearest_neighbour and the pK scale of heavy_atoms: rows of split `train`. Empty: the
    /// first two are left out, and said.
    std::vector<std::filesystem::path> training_data;
    std::string group_by = "assay";  ///< assay or pocket
    /// Above 0: assays of all sources but the first are cut into analogue series, as in training
    /// (`TrainOptions::series_similarity`), and a series is a group.
    double series_similarity = 0;
    int min_group = 5;       ///< smaller groups have no rank correlation of their own
    std::uint64_t seed = 1;  ///< of the bootstrap and the swapped pockets
    int bootstrap_samples = 2000;
    /// Also rank the rest of every group with so many of its rows known (`known_compounds.hpp`).
    std::vector<int> known_counts;
    /// Afterwards writes the scale of pk_sd that these rows ask for into the weights file and, where
    /// `training_data` is given, the training domain beside it (`write_training_domain`). One model only:
    /// the spread of an ensemble is no model's own.
    bool calibrate = false;
    /// Also: actives of the split's proteins among property-matched compounds of other proteins.
    bool enrichment = false;
    std::string decoys_from = "data";  ///< all splits (most are training compounds), or only the "split"
    int known_draws = 20;              ///< random choices of known compounds, averaged
    std::string device = "auto";
    int threads = 0;                    ///< 0: all cores; the result does not depend on it
    std::filesystem::path predictions;  ///< table with one line per row; empty: none
    IfExists if_exists = IfExists::refuse;

    /// Throws Error(usage) and names the option.
    void check() const;
};

/// Metrics of one method (the model or a baseline). A correlation is NaN where it is undefined: fewer than
/// two rows, or all predictions or all measurements of the group are equal. Undefined groups are left out of
/// means.
struct MethodResult {
    struct Group {
        int n = 0;
        double pearson = 0, spearman = 0, kendall = 0, rmse = 0, mae = 0;
    };
    Group overall;                        ///< all rows, also those of small groups
    std::map<std::string, Group> groups;  ///< those with at least `min_group` rows
    report::Interval mean_group_spearman, mean_group_pearson, mean_group_kendall, mean_group_rmse;
    /// Model minus this baseline (RMSE: baseline minus model, so that more is better), paired over groups;
    /// unused for the model itself.
    report::Interval spearman_advantage, rmse_advantage;
};

/// Groups ranked with some of their compounds known: means over the draws, then over the groups that leave
/// at least `min_group` rows to rank.
struct KnownStudy {
    int known = 0, draws = 0, groups = 0;
    struct Method {
        report::Interval spearman, rmse;
    };
    Method zero_shot;      ///< the model as it is, on the same rest
    Method process_alone;  ///< the Gaussian process without a model
    Method corrected;      ///< the model with the process on its residual: what `--known` gives
    report::Interval gain,
        gain_over_process;         ///< Spearman of `corrected` minus the other, paired over groups
    report::Interval coverage_90;  ///< share inside the corrected 90 % interval
};

/// One compound on several proteins: model, pocket_blanked, pocket_swapped, target_mean (where there is
/// training data) and oracle_protein_means, which knows each protein's measured mean. Pairs of proteins of
/// all compounds; resampled by compound.
struct Selectivity {
    int compounds = 0, pairs = 0;
    int clear_pairs = 0;  ///< measured difference of at least 1 pK: only these count for the sign
    struct Method {
        report::Interval sign_accuracy;   ///< equal predictions count half, so a blind model has 0.5
        report::Interval correlation;     ///< of all differences, through the origin
        report::Interval model_minus_it;  ///< sign accuracy, paired
        report::Interval correlation_minus_it;
    };
    std::map<std::string, Method> methods;
    struct Point {
        std::string compound, proteins;  ///< SMILES; "A - B"
        double measured = 0, predicted = 0;
    };
    std::vector<Point> points;  ///< one for each pair: the model's difference
};

/// One row with every prediction that was made for it.
struct EvaluatedRow {
    std::string id, pocket, assay;
    float pk_measured = 0;
    Relation relation = Relation::equal;
    double pk_pred = 0, pk_sd = 0;
    std::map<std::string, double> baselines;
    double nearest_train_similarity = 0;  ///< Tanimoto, ECFP4; NaN without training data
};

struct EvaluateResult {
    std::string model, dataset, split, group_by;
    std::string weights_sha256;
    int min_group = 0;
    std::uint64_t rows = 0;  ///< in the metrics
    std::uint64_t censored_left_out = 0, nonfinite_left_out = 0;
    MethodResult model_result;
    /// heavy_atoms, pocket_blanked, pocket_swapped, nearest_neighbour, target_mean
    std::map<std::string, MethodResult> baselines;
    /// Share of rows whose measured pK lies within 1 and 1.96 `pk_sd` (0.68 and 0.95 if the spread is right).
    double within_1_sd = 0, within_2_sd = 0;
    /// Share of rows inside pk_pred +- 1.645 pk_sd; and what would make it 90 % (empty: too few clusters).
    double coverage_90 = 0;
    std::optional<report::Calibration> calibration;
    /// Of `calibration.left_out`, in its order: name of each homolog cluster, or of the pocket without one.
    std::vector<std::string> calibration_clusters;
    std::optional<Selectivity> selectivity;  ///< empty: no compound has values on two proteins
    std::optional<Enrichment> enrichment;    ///< empty: not asked for, or no protein with enough actives
    std::vector<KnownStudy> known;           ///< one for each of `known_counts`
    std::vector<std::string> notes;          ///< what was left out and why
    std::vector<EvaluatedRow> table;  ///< all rows of the split, censored ones too, in the datasets' order
};

/// Throws Error(incompatible) when the model's pocket definition or feature version is not that of the data,
/// Error(input) when the split has no rows, Error(interrupted) when `context.stop` is set.
EvaluateResult evaluate(const EvaluateOptions& options, const model::Network& network,
                        const Context& context);

/// `evaluate --json` (the shape is a promise, `design/cli.md`; NaN is null), and a table for people.
std::string to_json(const EvaluateResult& result);
std::string to_text(const EvaluateResult& result);
/// One self-contained page: no network, no third-party script.
std::string to_html(const EvaluateResult& result);
/// CSV: id, pocket, assay, pk_measured, relation, pk_pred, pk_sd, one column per baseline,
/// nearest_train_similarity.
std::string to_csv(const EvaluateResult& result);

}  // namespace keyway::workflows

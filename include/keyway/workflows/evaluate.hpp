/// Measure a model on a dataset, always beside its baselines.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "keyway/core/context.hpp"
#include "keyway/model/network.hpp"
#include "keyway/report/metrics.hpp"

namespace keyway::workflows {

struct EvaluateOptions {
    std::string model;
    std::vector<std::filesystem::path> datasets;
    std::string split = "test";                ///< train, valid, test, all
    std::filesystem::path training_data;       ///< for target_mean and nearest_neighbour; empty: those are left out, and said
    std::string group_by = "assay";            ///< assay or pocket
    int min_group = 5;
    std::uint64_t seed = 1;
    std::string device = "auto";
    int threads = 0;
};

/// Metrics of one method (the model or a baseline).
struct MethodResult {
    struct Group {
        int n = 0;
        double pearson = 0, spearman = 0, kendall = 0, rmse = 0;
    };
    Group overall;
    std::map<std::string, Group> groups;
    report::Interval mean_group_spearman, mean_group_pearson, mean_group_kendall, mean_group_rmse;
    /// Model minus this baseline, paired over groups; unused for the model itself.
    report::Interval spearman_advantage;
};

struct EvaluateResult {
    std::string model, dataset, split;
    std::uint64_t rows = 0, censored_left_out = 0;
    MethodResult model_result;
    std::map<std::string, MethodResult> baselines;  ///< heavy_atoms, pocket_blanked, pocket_swapped, nearest_neighbour, target_mean
    std::vector<std::string> notes;                 ///< what was left out and why
};

EvaluateResult evaluate(const EvaluateOptions& options, const model::Network& network, const Context& context);

/// `evaluate --json` (the shape is a promise, `design/cli.md`), and a table for people.
std::string to_json(const EvaluateResult& result);
std::string to_text(const EvaluateResult& result);

}  // namespace keyway::workflows

/// Predict, group, measure, compare: the whole of `evaluate` but its baselines and its reports.
#include "keyway/workflows/evaluate.hpp"

#include "workflows/analogue_series.hpp"
#include "workflows/baselines.hpp"
#include "workflows/evaluate_enrichment.hpp"
#include "workflows/evaluate_known.hpp"
#include "workflows/evaluate_selectivity.hpp"
#include "workflows/evaluation_predictions.hpp"
#include "workflows/labelled_data.hpp"

#include "keyway/core/error.hpp"
#include "keyway/workflows/ensemble.hpp"
#include "keyway/workflows/screen.hpp"
#include "keyway/workflows/training_domain.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <set>
#include <span>

namespace keyway::workflows {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

void keep_split(LabelledData& data, const std::string& split) {
    if (data.rows.empty())
        throw Error(ErrorKind::input, "the data has no measurements: is it a ligand library?",
                    "evaluate on a dataset from `keyway dataset build`");
    if (split == "all") return;
    std::map<std::string, int> present;
    for (const auto& row : data.rows) ++present[std::string(to_string(row.split))];
    const Split wanted = parse_split(split);
    std::erase_if(data.rows, [&](const auto& row) { return row.split != wanted; });
    if (!data.rows.empty()) return;
    std::string list;
    for (const auto& [name, count] : present)
        list += fmt::format("{}{} {}", list.empty() ? "" : ", ", count, name.empty() ? "none" : name);
    throw Error(ErrorKind::input, fmt::format("the data has no rows in split '{}' (it has: {})", split, list),
                "choose another --split, for example --split all");
}

void check_fit(const model::Passport& model, const store::DatasetPassport& data) {
    if (model.feature_version != data.feature_version)
        throw Error(ErrorKind::incompatible,
                    fmt::format("the model reads features of version {}, the data has version {}",
                                model.feature_version, data.feature_version));
    if (!(model.pocket == data.pocket))
        throw Error(ErrorKind::incompatible,
                    fmt::format("the model was trained on pockets cut as '{}', the data has '{}'",
                                model.pocket.to_text(), data.pocket.to_text()),
                    "build the dataset with the model's pocket options");
}

/// Positions in `table`, by group name.
using Groups = std::map<std::string, std::vector<std::size_t>>;

MethodResult::Group metrics_of(std::span<const double> predicted, std::span<const double> on_pk_scale,
                               std::span<const double> measured) {
    return {static_cast<int>(measured.size()),     report::pearson(predicted, measured),
            report::spearman(predicted, measured), report::kendall(predicted, measured),
            report::rmse(on_pk_scale, measured),   report::mae(on_pk_scale, measured)};
}

/// `predicted` ranks, `on_pk_scale` is compared with the measured pK; both per row of the table.
MethodResult measure(const EvaluateOptions& options, const EvaluateResult& result,
                     const std::vector<std::size_t>& used, const Groups& groups,
                     const std::vector<double>& predicted, const std::vector<double>& on_pk_scale) {
    const auto metrics_at = [&](const std::vector<std::size_t>& rows) {
        std::vector<double> x, scaled, y;
        for (std::size_t row : rows) {
            x.push_back(predicted[row]);
            scaled.push_back(on_pk_scale[row]);
            y.push_back(result.table[row].pk_measured);
        }
        return metrics_of(x, scaled, y);
    };
    MethodResult method;
    method.overall = metrics_at(used);
    std::vector<double> pearson, spearman, kendall, rmse;
    for (const auto& [name, rows] : groups) {
        const MethodResult::Group group = metrics_at(rows);
        method.groups.emplace(name, group);
        pearson.push_back(group.pearson);
        spearman.push_back(group.spearman);
        kendall.push_back(group.kendall);
        rmse.push_back(group.rmse);
    }
    const auto mean = [&](const std::vector<double>& values) {
        return report::bootstrap_group_mean(values, options.seed, options.bootstrap_samples);
    };
    method.mean_group_pearson = mean(pearson);
    method.mean_group_spearman = mean(spearman);
    method.mean_group_kendall = mean(kendall);
    method.mean_group_rmse = mean(rmse);
    return method;
}

/// Groups of the two results are the same, in the same order.
void compare(const EvaluateOptions& options, const MethodResult& model, MethodResult& baseline) {
    const auto paired = [&](const MethodResult& a, const MethodResult& b,
                            double MethodResult::Group::*metric) {
        std::vector<double> left, right;
        for (const auto& [name, group] : a.groups) {
            left.push_back(group.*metric);
            right.push_back(b.groups.at(name).*metric);
        }
        return report::bootstrap_group_difference(left, right, options.seed, options.bootstrap_samples);
    };
    baseline.spearman_advantage = paired(model, baseline, &MethodResult::Group::spearman);
    baseline.rmse_advantage = paired(baseline, model, &MethodResult::Group::rmse);
}

Groups make_groups(const EvaluateOptions& options, const LabelledData& data,
                   const std::vector<std::size_t>& used) {
    // By number first: assays of two datasets may share a name.
    std::map<int, std::vector<std::size_t>> numbered;
    for (std::size_t i : used) {
        const int number = options.group_by == "pocket" ? data.rows[i].pocket : data.rows[i].series;
        if (number >= 0) numbered[number].push_back(i);
    }
    Groups groups;
    for (auto& [number, rows] : numbered) {
        if (static_cast<int>(rows.size()) < options.min_group) continue;
        std::string name = options.group_by == "pocket" ? data.pocket_id(number) : data.series_name(number);
        for (int repeat = 2; groups.contains(name); ++repeat)
            name = fmt::format(
                "{} ({})", options.group_by == "pocket" ? data.pocket_id(number) : data.series_name(number),
                repeat);
        groups.emplace(std::move(name), std::move(rows));
    }
    return groups;
}

/// Rows with a value and finite predictions of every method: all methods are compared on the same rows.
std::vector<std::size_t> usable_rows(EvaluateResult& result) {
    std::vector<std::size_t> used;
    for (std::size_t i = 0; i < result.table.size(); ++i) {
        const auto& row = result.table[i];
        const bool finite =
            std::isfinite(row.pk_pred) && std::all_of(row.baselines.begin(), row.baselines.end(),
                                                      [](const auto& b) { return std::isfinite(b.second); });
        if (is_censored(row.relation))
            ++result.censored_left_out;
        else if (!finite)
            ++result.nonfinite_left_out;
        else
            used.push_back(i);
    }
    return used;
}

void measure_all(const EvaluateOptions& options, LabelledData& data, const std::optional<HeavyAtomLine>& line,
                 EvaluateResult& result) {
    const std::vector<std::size_t> used = usable_rows(result);
    result.rows = used.size();
    const Groups groups = make_groups(options, data, used);
    if (groups.empty())
        result.notes.push_back(fmt::format("no {} has {} rows: there are overall numbers only",
                                           options.group_by, options.min_group));
    if (result.censored_left_out > 0)
        result.notes.push_back(
            fmt::format("{} bounds (< or >) are left out of all metrics", result.censored_left_out));
    if (result.nonfinite_left_out > 0)
        result.notes.push_back(
            fmt::format("{} rows are left out: a prediction is not finite", result.nonfinite_left_out));

    const auto column = [&](const auto& value_of) {
        std::vector<double> values;
        for (const auto& row : result.table) values.push_back(value_of(row));
        return values;
    };
    const auto predicted = column([](const auto& row) { return row.pk_pred; });
    result.model_result = measure(options, result, used, groups, predicted, predicted);
    if (result.table.empty()) return;
    for (const auto& [name, unused] : result.table.front().baselines) {
        const auto values = column([&, &key = name](const auto& row) { return row.baselines.at(key); });
        auto on_pk_scale = values;
        if (name == "heavy_atoms")
            for (double& value : on_pk_scale) value = line ? (*line)(value) : kNan;
        MethodResult method = measure(options, result, used, groups, values, on_pk_scale);
        compare(options, result.model_result, method);
        result.baselines.emplace(name, std::move(method));
    }
    if (!options.known_counts.empty()) result.known = study_known(options, data, result, groups);
    const auto undefined =
        std::count_if(result.model_result.groups.begin(), result.model_result.groups.end(),
                      [](const auto& entry) { return !std::isfinite(entry.second.spearman); });
    if (undefined > 0)
        result.notes.push_back(
            fmt::format("{} groups have no rank correlation: all their measured or all their "
                        "predicted values are equal",
                        undefined));

    result.selectivity = measure_selectivity(options, data, result, used);
    double inside_1 = 0, inside_2 = 0, inside_90 = 0;
    std::vector<double> deviations, sds;
    std::vector<int> clusters;
    for (std::size_t i : used) {
        const auto& row = result.table[i];
        const double deviation = std::abs(row.pk_pred - row.pk_measured);
        inside_1 += deviation <= row.pk_sd;
        inside_2 += deviation <= 1.96 * row.pk_sd;
        inside_90 += deviation <= kInterval90 * row.pk_sd;
        deviations.push_back(deviation);
        sds.push_back(row.pk_sd);
        const auto& source = data.rows[i];
        clusters.push_back(source.cluster >= 0 ? source.cluster : -1 - source.pocket);
    }
    result.within_1_sd = inside_1 / static_cast<double>(used.size());
    result.within_2_sd = inside_2 / static_cast<double>(used.size());
    result.coverage_90 = inside_90 / static_cast<double>(used.size());
    try {
        result.calibration = report::conformal_scale(deviations, sds, clusters);
        for (const auto& group : result.calibration->left_out)
            result.calibration_clusters.push_back(group.group >= 0 ? data.name(group.group)
                                                                   : data.pocket_id(-1 - group.group));
    } catch (const Error& error) {
        result.notes.push_back(fmt::format("no calibration: {}", error.what()));
    }
}

std::string joined_names(const std::vector<std::filesystem::path>& paths) {
    std::string names;
    for (const auto& path : paths) names += (names.empty() ? "" : " + ") + path.filename().string();
    return names;
}

}  // namespace

void EvaluateOptions::check() const {
    const auto require = [](bool fine, std::string_view option, std::string_view expected) {
        if (!fine) throw Error(ErrorKind::usage, fmt::format("--{}: expected {}", option, expected));
    };
    require(!model.empty(), "model", "the name or path of a model");
    require(ensemble.empty() || !calibrate, "calibrate", "a single --model, whose spread it sets");
    require(!datasets.empty(), "data", "at least one HDF5 dataset");
    const std::set<std::string> splits{"train", "valid", "test", "all"};
    require(splits.contains(split), "split", "train, valid, test or all");
    require(series_similarity >= 0 && series_similarity <= 1, "series-similarity", "0 (off) to 1");
    require(group_by == "assay" || group_by == "pocket", "group-by", "assay or pocket");
    require(min_group >= 2, "min-group", "at least 2");
    require(bootstrap_samples >= 1, "bootstrap-samples", "at least 1");
    for (const int count : known_counts) require(count >= 1 && count <= 1000, "known", "counts of 1 to 1000");
    require(decoys_from == "data" || decoys_from == "split", "decoys-from", "data or split");
    require(known_draws >= 1, "draws", "at least 1");
    require(!calibrate || split == "valid", "calibrate",
            "to go with --split valid: test rows must stay unseen, training rows are fitted");
    require(threads >= 0 && threads <= 4096, "threads", "0 (all cores) to 4096");
}

EvaluateResult evaluate(const EvaluateOptions& options, const model::Network& network,
                        const Context& context) {
    options.check();
    if (!options.predictions.empty()) check_output_path(options.predictions, options.if_exists);
    LabelledData data(options.datasets, context.log);
    if (!options.split_file.empty()) apply_split_file(data, options.split_file);
    std::vector<LabelledRow> decoy_rows = options.enrichment ? data.rows : std::vector<LabelledRow>();
    keep_split(data, options.split);
    if (options.series_similarity > 0)
        context.log.info(fmt::format("{} analogue series in the other sources",
                                     cut_into_series(data, options.series_similarity, std::nullopt)));
    if (options.enrichment && options.decoys_from == "split") decoy_rows = data.rows;

    network.set_intra_op_threads(1);  // parallel over pockets instead
    const auto names = all_models(options.model, options.ensemble);
    const auto predictor = load_ensemble(names, options.device, model::Precision::fp32, network);
    const model::Passport& passport = predictor->passport();
    check_fit(passport, data.passport());

    EvaluateResult result;
    result.model = fmt::format("{}", fmt::join(names, " + "));
    result.dataset = joined_names(options.datasets);
    result.split = options.split;
    result.group_by = options.group_by;
    result.min_group = options.min_group;
    result.weights_sha256 = passport.weights_sha256;
    const auto was_trained_on_it = [&](std::size_t member) {
        return predictor->member(member).passport().training_data_sha256 == data.content_sha256();
    };
    bool is_known = false;
    for (std::size_t i = 0; i < predictor->size(); ++i) is_known = is_known || was_trained_on_it(i);
    if (is_known && (options.split == "train" || options.split == "all"))
        result.notes.push_back(
            "the model was trained on these very rows: the numbers say nothing about new compounds");
    for (const auto& row : data.rows) {
        const std::string assay = row.series < 0 ? std::string() : data.series_name(row.series);
        result.table.push_back(
            {row.id, data.pocket_id(row.pocket), assay, row.pk, row.relation, 0, 0, {}, 0});
    }
    predict_with_network(options, *predictor, data, context, result);
    const auto reference = read_training_reference(options, data, context);
    predict_without_network(options, reference ? &*reference : nullptr, data, result);
    measure_all(options, data, reference ? std::optional(reference->heavy_atom_line()) : std::nullopt,
                result);
    if (options.enrichment)
        result.enrichment = measure_enrichment(options, *predictor, reference ? &*reference : nullptr, data,
                                               decoy_rows, context, result.notes);
    if (options.calibrate) {
        if (!result.calibration)
            throw Error(ErrorKind::input,
                        "the data cannot calibrate the model: too few rows or homolog clusters",
                        "calibrate on the validation rows: --split valid");
        // The predictions were scaled already by what the passport says.
        const double scale = passport.pk_sd_scale * result.calibration->scale;
        model::set_pk_sd_scale(model::resolve_model(options.model), scale);
        if (!options.training_data.empty()) {
            const auto weights = model::resolve_model(options.model);
            write_training_domain({weights, passport}, options.training_data, options.split_file,
                                  context.log);
            result.notes.push_back(fmt::format("what the model was trained on is now in '{}', for in_domain",
                                               (weights.parent_path() / TrainingDomain::kFileName).string()));
        }
        result.notes.push_back(
            fmt::format("pk_sd_scale of the model is now {:.3f} (was {:.3f})", scale, passport.pk_sd_scale));
    }
    if (!options.predictions.empty()) write_file(options.predictions, to_csv(result), options.if_exists);
    return result;
}

}  // namespace keyway::workflows

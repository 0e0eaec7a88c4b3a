/// An evaluation as JSON for scripts, as CSV for the curious, and as a table with two plain sentences for
/// people.
#include "evaluation_sentences.hpp"

#include "keyway/core/table.hpp"
#include "keyway/report/text_table.hpp"
#include "keyway/workflows/evaluate.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <set>

namespace keyway::workflows {
namespace {

using Json = nlohmann::ordered_json;
using report::Interval;
using report::number;

constexpr std::size_t kMostGroupsInText = 40;

Json json_of(const Interval& interval) {  // NaN becomes null
    return {{"value", interval.value}, {"low", interval.low}, {"high", interval.high}};
}

Json json_of(const MethodResult::Group& group) {
    return {{"n", group.n},
            {"pearson", group.pearson},
            {"spearman", group.spearman},
            {"kendall", group.kendall},
            {"rmse", group.rmse},
            {"mae", group.mae}};
}

Json json_of(const MethodResult& method) {
    Json groups = Json::object();
    for (const auto& [name, group] : method.groups) groups[name] = json_of(group);
    return {{"overall", json_of(method.overall)},
            {"groups", groups},
            {"mean_group_spearman", json_of(method.mean_group_spearman)},
            {"mean_group_pearson", json_of(method.mean_group_pearson)},
            {"mean_group_kendall", json_of(method.mean_group_kendall)},
            {"mean_group_rmse", json_of(method.mean_group_rmse)}};
}

std::string with_interval(const Interval& interval) {
    if (!std::isfinite(interval.value)) return "-";
    if (!std::isfinite(interval.low)) return number(interval.value);
    return fmt::format("{:.3f} [{:.3f}, {:.3f}]", interval.value, interval.low, interval.high);
}

std::string methods_table(const EvaluateResult& result) {
    report::TextTable table({"method", "Spearman [95 %]", "Kendall", "Pearson", "RMSE",
                             "model minus it [95 %]", "all rows: Spearman", "RMSE"});
    const auto add = [&](const std::string& name, const MethodResult& method, const std::string& advantage) {
        table.add_row({name, with_interval(method.mean_group_spearman),
                       number(method.mean_group_kendall.value), number(method.mean_group_pearson.value),
                       number(method.mean_group_rmse.value, 2), advantage, number(method.overall.spearman),
                       number(method.overall.rmse, 2)});
    };
    add("model", result.model_result, "");
    for (const auto& [name, method] : result.baselines)
        add(name, method, with_interval(method.spearman_advantage));
    return table.to_text();
}

std::string groups_table(const EvaluateResult& result) {
    const auto& heavy_atoms = result.baselines.find("heavy_atoms");
    const auto& blanked = result.baselines.find("pocket_blanked");
    report::TextTable table(
        {result.group_by, "n", "Spearman", "Kendall", "RMSE", "heavy atoms", "pocket blanked"});
    const auto spearman_of = [&](const auto& baseline, const std::string& group) {
        return baseline == result.baselines.end() ? "-"
                                                  : number(baseline->second.groups.at(group).spearman, 2);
    };
    for (const auto& [name, group] : result.model_result.groups)
        table.add_row({name, std::to_string(group.n), number(group.spearman, 2), number(group.kendall, 2),
                       number(group.rmse, 2), spearman_of(heavy_atoms, name), spearman_of(blanked, name)});
    return table.to_text();
}

std::string known_table(const EvaluateResult& result) {
    report::TextTable table({"known", "groups", "model as it is", "process alone", "model + process",
                             "gain [95 %]", "RMSE before", "after", "in 90 %"});
    for (const auto& study : result.known)
        table.add_row({std::to_string(study.known), std::to_string(study.groups),
                       number(study.zero_shot.spearman.value), number(study.process_alone.spearman.value),
                       with_interval(study.corrected.spearman), with_interval(study.gain),
                       number(study.zero_shot.rmse.value, 2), number(study.corrected.rmse.value, 2),
                       number(study.coverage_90.value, 2)});
    return table.to_text();
}

Json json_of(const KnownStudy& study) {
    const auto method = [](const KnownStudy::Method& m) {
        return Json{{"spearman", json_of(m.spearman)}, {"rmse", json_of(m.rmse)}};
    };
    return {{"known", study.known},
            {"draws", study.draws},
            {"groups", study.groups},
            {"zero_shot", method(study.zero_shot)},
            {"process_alone", method(study.process_alone)},
            {"corrected", method(study.corrected)},
            {"gain", json_of(study.gain)},
            {"gain_over_process", json_of(study.gain_over_process)},
            {"coverage_90", json_of(study.coverage_90)}};
}

std::string selectivity_table(const Selectivity& selectivity) {
    report::TextTable table(
        {"method", "sign accuracy [95 %]", "correlation [95 %]", "model minus it: sign", "correlation"});
    for (const auto& [name, method] : selectivity.methods)
        table.add_row({name, with_interval(method.sign_accuracy), with_interval(method.correlation),
                       name == "model" ? "" : with_interval(method.model_minus_it),
                       name == "model" ? "" : with_interval(method.correlation_minus_it)});
    return table.to_text();
}

Json json_of(const Selectivity& selectivity) {
    Json json{{"compounds", selectivity.compounds},
              {"pairs", selectivity.pairs},
              {"clear_pairs", selectivity.clear_pairs}};
    for (const auto& [name, method] : selectivity.methods)
        json["methods"][name] = {{"sign_accuracy", json_of(method.sign_accuracy)},
                                 {"correlation", json_of(method.correlation)},
                                 {"model_minus_it", json_of(method.model_minus_it)},
                                 {"correlation_minus_it", json_of(method.correlation_minus_it)}};
    return json;
}

/// "by 0.108 (95 % interval 0.020 to 0.190)"
std::string amount(const Interval& difference) {
    if (!std::isfinite(difference.low))
        return fmt::format("by {:.3f} (one group: no interval)", std::abs(difference.value));
    const double sign = difference.value < 0 ? -1 : 1;
    const double low = sign > 0 ? difference.low : -difference.high,
                 high = sign > 0 ? difference.high : -difference.low;
    return fmt::format("by {:.3f} (95 % interval {:.3f} to {:.3f})", sign * difference.value, low, high);
}

bool is_clear(const Interval& difference) { return difference.low > 0 || difference.high < 0; }

}  // namespace

std::string sentence_on_atom_counting(const EvaluateResult& result) {
    const auto place = result.baselines.find("heavy_atoms");
    if (place == result.baselines.end() || !std::isfinite(place->second.spearman_advantage.value))
        return "Whether the model beats counting heavy atoms cannot be said: no group has a rank "
               "correlation.";
    const Interval& gain = place->second.spearman_advantage;
    if (!is_clear(gain))
        return fmt::format(
            "Within {}s, the model does not clearly rank better than counting heavy atoms: {} {}.",
            result.group_by, gain.value < 0 ? "it is behind" : "it is ahead", amount(gain));
    return fmt::format("Within {}s, the model ranks {} than counting heavy atoms: {}.", result.group_by,
                       gain.value > 0 ? "better" : "worse", amount(gain));
}

std::string sentence_on_the_pocket(const EvaluateResult& result) {
    const auto place = result.baselines.find("pocket_blanked");
    if (place == result.baselines.end() || !std::isfinite(place->second.spearman_advantage.value))
        return "What the pocket adds cannot be said: no group has a rank correlation.";
    const Interval& gain = place->second.spearman_advantage;
    std::string sentence = is_clear(gain)
                               ? fmt::format("The pocket {} the ranking {} over the same model without it",
                                             gain.value > 0 ? "improves" : "worsens", amount(gain))
                               : fmt::format(
                                     "The pocket adds nothing that can be told from zero: the full model is "
                                     "{} the same model without it {}",
                                     gain.value < 0 ? "behind" : "ahead of", amount(gain));
    const auto swapped = result.baselines.find("pocket_swapped");
    if (swapped == result.baselines.end() || !std::isfinite(swapped->second.spearman_advantage.value))
        return sentence + ".";
    const Interval& loss = swapped->second.spearman_advantage;
    sentence += fmt::format("; with another protein's pocket it {} {}", loss.value < 0 ? "gains" : "loses",
                            amount(loss).substr(3));
    // A pocket that helps as well as any other one tells the model nothing about this protein.
    if (is_clear(gain) && gain.value > 0 && !(loss.low > 0))
        sentence += ", so it is not this pocket that helps";
    return sentence + ".";
}

namespace {

/// "Mean over 12 clusters, each with its own rows left out: 90 % [86, 94]; lowest C0031 71 % of 30, ..."
std::string coverage_by_cluster(const EvaluateResult& result) {
    constexpr std::size_t kMostLowest = 3;
    const auto& calibration = *result.calibration;
    const auto& mean = calibration.group_coverage_left_out;
    std::vector<std::size_t> order(std::min(calibration.left_out.size(), result.calibration_clusters.size()));
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
        return calibration.left_out[a].coverage < calibration.left_out[b].coverage;
    });
    std::string text =
        fmt::format("Mean over {} clusters, each left out of its own scale: {:.0f} % [{:.0f}, {:.0f}]",
                    calibration.groups, 100 * mean.value, 100 * mean.low, 100 * mean.high);
    for (std::size_t i = 0; i < std::min(kMostLowest, order.size()); ++i)
        text += fmt::format(
            "{} {} {:.0f} % of {}", i == 0 ? "; lowest" : ",", result.calibration_clusters[order[i]],
            100 * calibration.left_out[order[i]].coverage, calibration.left_out[order[i]].rows);
    return text + ".\n";
}

}  // namespace

std::string to_json(const EvaluateResult& result) {
    Json json = json_of(result.model_result);
    Json baselines = Json::object();
    for (const auto& [name, method] : result.baselines) {
        baselines[name] = json_of(method);
        baselines[name]["spearman_advantage"] = json_of(method.spearman_advantage);
        baselines[name]["rmse_advantage"] = json_of(method.rmse_advantage);
    }
    json["baselines"] = baselines;
    json["calibration"] = {{"within_1_sd", result.within_1_sd},
                           {"within_1.96_sd", result.within_2_sd},
                           {"coverage_90", result.coverage_90}};
    if (result.calibration) {
        json["calibration"]["conformal_scale"] = result.calibration->scale;
        json["calibration"]["coverage_90_left_out"] = result.calibration->coverage_left_out;
        json["calibration"]["clusters"] = result.calibration->groups;
        json["calibration"]["cluster_coverage_90_left_out"] =
            json_of(result.calibration->group_coverage_left_out);
        for (std::size_t i = 0; i < result.calibration_clusters.size(); ++i)
            json["calibration"]["by_cluster"][result.calibration_clusters[i]] = {
                {"n", result.calibration->left_out[i].rows},
                {"coverage_90_left_out", result.calibration->left_out[i].coverage}};
    }
    if (result.selectivity) json["selectivity"] = json_of(*result.selectivity);
    if (result.enrichment) json["enrichment"] = Json::parse(to_json(*result.enrichment));
    if (!result.known.empty()) json["known"] = Json::array();
    for (const auto& study : result.known) json["known"].push_back(json_of(study));
    json["model"] = result.model;
    json["weights_sha256"] = result.weights_sha256;
    json["dataset"] = result.dataset;
    json["split"] = result.split;
    json["group_by"] = result.group_by;
    json["min_group"] = result.min_group;
    json["rows"] = result.rows;
    json["censored_left_out"] = result.censored_left_out;
    json["nonfinite_left_out"] = result.nonfinite_left_out;
    json["notes"] = result.notes;
    return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string to_text(const EvaluateResult& result) {
    const std::size_t groups = result.model_result.groups.size();
    std::string text = fmt::format(
        "{} on {}, split {}: {} rows, {} groups (each one {}, at least {} rows)\n\n", result.model,
        result.dataset, result.split, result.rows, groups, result.group_by, result.min_group);
    text += fmt::format(
        "Means over the groups; on the right over all rows together. Higher correlation and lower RMSE (pK "
        "units) are "
        "better.\n\n{}\n",
        methods_table(result));
    text += sentence_on_atom_counting(result) + "\n" + sentence_on_the_pocket(result) + "\n";
    text += fmt::format(
        "Stated uncertainty: {:.0f} % of the measured values lie within one pk_sd (68 % if it were right), "
        "{:.0f} % within "
        "1.96 (95 %).\n",
        100 * result.within_1_sd, 100 * result.within_2_sd);
    text += fmt::format("90 % intervals hold {:.0f} % of the measured values", 100 * result.coverage_90);
    if (result.calibration)
        text += fmt::format("; with pk_sd times {:.2f}, set on the other homolog clusters, {:.0f} %",
                            result.calibration->scale, 100 * result.calibration->coverage_left_out);
    text += ".\n";
    if (result.calibration) text += coverage_by_cluster(result);
    if (result.selectivity)
        text += fmt::format(
            "\nSelectivity: {} compounds with values on several proteins, {} pairs of proteins, {} of them "
            "at least 1 "
            "pK apart\n(sign accuracy counts these; a model blind to the pocket has 0.5).\n\n{}",
            result.selectivity->compounds, result.selectivity->pairs, result.selectivity->clear_pairs,
            selectivity_table(*result.selectivity));
    if (result.enrichment)
        text += fmt::format(
            "\nEnrichment on {} targets: {} actives among {} matched decoys (mean {:.1f} and {:.1f} heavy "
            "atoms; "
            "{:.0f} %\nof the decoys have training data). Means over the targets.\n\n{}",
            result.enrichment->targets.size(), result.enrichment->actives, result.enrichment->decoys,
            result.enrichment->heavy_atoms_of_actives, result.enrichment->heavy_atoms_of_decoys,
            100.0 * result.enrichment->decoys_in_training / result.enrichment->decoys,
            to_text(*result.enrichment));
    if (!result.known.empty())
        text += fmt::format(
            "\nWith known compounds of each {}: Spearman on the rest, mean over {} random choices. Process: "
            "Gaussian process on\nthe residual, as `--known` of score and screen.\n\n{}\n",
            result.group_by, result.known.front().draws, known_table(result));
    for (const auto& note : result.notes) text += fmt::format("Note: {}.\n", note);
    if (groups > 0 && groups <= kMostGroupsInText)
        text += fmt::format("\n{}", groups_table(result));
    else if (groups > 0)
        text += fmt::format("\n{} groups are not listed here; --json has them.\n", groups);
    return text;
}

std::string to_csv(const EvaluateResult& result) {
    std::set<std::string> baselines;
    for (const auto& row : result.table)
        for (const auto& [name, value] : row.baselines) baselines.insert(name);
    std::string text = "id,pocket,assay,pk_measured,relation,pk_pred,pk_sd";
    for (const auto& name : baselines) text += fmt::format(",{}", name);
    text += ",nearest_train_similarity\n";
    const auto field = [](double value) {
        return fmt::format(",{}", number_field(static_cast<float>(value)));
    };
    for (const auto& row : result.table) {
        for (const auto* name : {&row.id, &row.pocket, &row.assay}) {
            if (name != &row.id) text += ",";
            text += table_field(*name, TableFormat::csv);
        }
        text += field(row.pk_measured);
        // Not through table_field, which guards spreadsheets against a leading "=": a lone one is harmless.
        text += fmt::format(",{}", to_string(row.relation));
        text += field(row.pk_pred) + field(row.pk_sd);
        for (const auto& name : baselines) text += field(row.baselines.at(name));
        text += field(row.nearest_train_similarity) + "\n";
    }
    return text;
}

}  // namespace keyway::workflows

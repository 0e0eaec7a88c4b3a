/// Enrichment: means over targets, JSON and a table.
#include "keyway/report/text_table.hpp"
#include "keyway/workflows/enrichment.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cmath>

namespace keyway::workflows {
namespace {

using Json = nlohmann::ordered_json;
using report::Interval;
using report::ScreeningMetric;

Json json_of(const report::ScreeningIntervals& intervals) {
    Json json = Json::object();
    for (std::size_t k = 0; k < intervals.size(); ++k)
        json[std::string(report::kScreeningMetricNames[k])] = {
            {"value", intervals[k].value}, {"low", intervals[k].low}, {"high", intervals[k].high}};
    return json;
}

std::string with_interval(const Interval& interval, int decimals) {
    if (!std::isfinite(interval.value)) return "-";
    if (!std::isfinite(interval.low)) return report::number(interval.value, decimals);
    return fmt::format("{:.{}f} [{:.{}f}, {:.{}f}]", interval.value, decimals, interval.low, decimals,
                       interval.high, decimals);
}

const Interval& at(const report::ScreeningIntervals& intervals, ScreeningMetric metric) {
    return intervals[static_cast<std::size_t>(metric)];
}

}  // namespace

std::vector<double> roc_grid() {
    std::vector<double> grid{0};
    constexpr int kSteps = 60;
    for (int i = 0; i < kSteps; ++i) grid.push_back(std::pow(10.0, -3 + 3.0 * i / kSteps));
    grid.push_back(1);
    return grid;
}

void add_means(Enrichment& enrichment, const std::vector<std::map<std::string, std::vector<double>>>& curves,
               std::uint64_t seed, int samples) {
    if (enrichment.targets.empty()) return;
    for (const auto& [name, unused] : enrichment.targets.front().methods) {
        EnrichmentMethod& method = enrichment.methods[name];
        for (std::size_t k = 0; k < report::kScreeningMetricCount; ++k) {
            std::vector<double> own, model;
            for (const auto& target : enrichment.targets) {
                own.push_back(target.methods.at(name)[k]);
                model.push_back(target.methods.at("model")[k]);
            }
            method.value[k] = report::bootstrap_group_mean(own, seed, samples);
            method.model_minus_it[k] = report::bootstrap_group_difference(model, own, seed, samples);
        }
        method.curve.assign(roc_grid().size(), 0);
        for (const auto& curve : curves)
            for (std::size_t i = 0; i < method.curve.size(); ++i)
                method.curve[i] += curve.at(name)[i] / static_cast<double>(curves.size());
    }
}

std::string to_json(const Enrichment& enrichment) {
    Json json{{"rule", enrichment.rule},
              {"resampled", enrichment.resampled},
              {"actives", enrichment.actives},
              {"decoys", enrichment.decoys},
              {"decoys_in_training", enrichment.decoys_in_training},
              {"heavy_atoms_of_actives", enrichment.heavy_atoms_of_actives},
              {"heavy_atoms_of_decoys", enrichment.heavy_atoms_of_decoys}};
    Json methods = Json::object();
    for (const auto& [name, method] : enrichment.methods) {
        methods[name] = json_of(method.value);
        if (name != "model") methods[name]["model_minus_it"] = json_of(method.model_minus_it);
        methods[name]["roc"] = method.curve;
    }
    json["methods"] = methods;
    json["roc_decoy_shares"] = roc_grid();
    json["targets"] = Json::array();
    for (const auto& target : enrichment.targets) {
        Json entry{{"name", target.name},
                   {"pocket", target.pocket},
                   {"actives", target.actives},
                   {"decoys", target.decoys}};
        for (const auto& [name, metrics] : target.methods)
            for (std::size_t k = 0; k < metrics.size(); ++k)
                entry["methods"][name][std::string(report::kScreeningMetricNames[k])] = metrics[k];
        json["targets"].push_back(entry);
    }
    return json.dump(2, ' ', false, Json::error_handler_t::replace);
}

std::string to_text(const Enrichment& enrichment) {
    report::TextTable table({"method", "EF 1 % [95 %]", "EF 5 %", "BEDROC 20 [95 %]", "ROC-AUC [95 %]",
                             "model minus it: BEDROC 20", "ROC-AUC"});
    const auto add = [&](const std::string& name, const EnrichmentMethod& method) {
        const bool is_model = name == "model";
        table.add_row(
            {name, with_interval(at(method.value, ScreeningMetric::ef_1), 1),
             report::number(at(method.value, ScreeningMetric::ef_5).value, 1),
             with_interval(at(method.value, ScreeningMetric::bedroc_20), 3),
             with_interval(at(method.value, ScreeningMetric::roc_auc), 3),
             is_model ? "" : with_interval(at(method.model_minus_it, ScreeningMetric::bedroc_20), 3),
             is_model ? "" : with_interval(at(method.model_minus_it, ScreeningMetric::roc_auc), 3)});
    };
    add("model", enrichment.methods.at("model"));
    for (const auto& [name, method] : enrichment.methods)
        if (name != "model") add(name, method);
    return table.to_text();
}

}  // namespace keyway::workflows

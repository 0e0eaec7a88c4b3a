/// `evaluate --html`: one page that a chemist can read, with every number beside its controls.
#include "evaluation_sentences.hpp"
#include "page_frame.hpp"

#include "keyway/report/svg_plot.hpp"
#include "keyway/report/text_table.hpp"
#include "keyway/workflows/evaluate.hpp"
#include "keyway/workflows/evaluate_actives.hpp"
#include "keyway/workflows/screen.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace keyway::workflows {
namespace {

using report::escape_html;

constexpr std::size_t kMostPoints = 4000;  ///< in the plot of all rows
constexpr std::size_t kMostPanels = 12;
constexpr int kMostWhiskers = 150;  ///< more in one panel hide each other

struct Range {
    double low = 1e9, high = -1e9;
    void add(double value) {
        if (!std::isfinite(value)) return;
        low = std::min(low, value);
        high = std::max(high, value);
    }
    report::Axis axis(std::string label) const {
        if (low > high) return {std::move(label), 0, 1};
        return {std::move(label), std::floor(low - 0.2), std::ceil(high + 0.2)};
    }
};

/// Rows with a value and a prediction.
std::vector<const EvaluatedRow*> drawn_rows(const EvaluateResult& result) {
    std::vector<const EvaluatedRow*> rows;
    for (const auto& row : result.table)
        if ((row.relation == Relation::equal || row.relation == Relation::approximate) &&
            std::isfinite(row.pk_pred))
            rows.push_back(&row);
    return rows;
}

report::PlotPoint point_of(const EvaluatedRow& row, bool with_interval) {
    const double half = with_interval ? kInterval90 * row.pk_sd : 0;
    return {row.pk_measured, row.pk_pred, row.pk_pred - half, row.pk_pred + half,
            fmt::format("{}: measured {:.2f}, predicted {:.2f} +- {:.2f} ({})", row.id, row.pk_measured,
                        row.pk_pred, row.pk_sd, row.assay)};
}

std::string scatter_section(const EvaluateResult& result) {
    const auto rows = drawn_rows(result);
    Range range;
    for (const auto* row : rows) {
        range.add(row->pk_measured);
        range.add(row->pk_pred);
    }
    std::string html = "<h2>Predicted against measured</h2>\n<div class=\"row\">";
    std::vector<report::PlotPoint> points;
    const std::size_t step = rows.size() / kMostPoints + 1;
    for (std::size_t i = 0; i < rows.size(); i += step) points.push_back(point_of(*rows[i], false));
    report::SvgPlot all(range.axis("measured pK"), range.axis("predicted pK"),
                        "predicted against measured pK");
    all.identity();
    all.points(points, "model");
    html += figure(all.to_svg(),
                   fmt::format(
                       "All {} rows with a value{}. Point at a dot for its id. Spearman {:.2f}, RMSE {:.2f}.",
                       rows.size(), step > 1 ? fmt::format(" (1 in {} is drawn)", step) : "",
                       result.model_result.overall.spearman, result.model_result.overall.rmse)) +
            "</div>\n";

    std::map<std::string, std::vector<const EvaluatedRow*>> groups;
    for (const auto* row : rows)
        groups[result.group_by == "pocket" ? row->pocket : row->assay].push_back(row);
    std::vector<std::pair<std::string, MethodResult::Group>> largest;
    for (const auto& [name, group] : result.model_result.groups)
        if (groups.contains(name)) largest.emplace_back(name, group);
    std::stable_sort(largest.begin(), largest.end(),
                     [](const auto& a, const auto& b) { return a.second.n > b.second.n; });
    if (largest.size() > kMostPanels) largest.resize(kMostPanels);
    if (largest.empty()) return html;
    html += fmt::format(
        "<p>The {} largest {}s; those of at most {} rows with the stated 90 % interval of each prediction. "
        "Within {}s is "
        "where ranking counts.</p>\n<div class=\"row\">",
        largest.size(), result.group_by, kMostWhiskers, result.group_by);
    for (const auto& [name, group] : largest) {
        Range own;
        std::vector<report::PlotPoint> of_group;
        for (const auto* row : groups.at(name)) {
            of_group.push_back(point_of(*row, group.n <= kMostWhiskers));
            own.add(row->pk_measured);
            own.add(row->pk_pred);
        }
        report::SvgPlot plot(own.axis("measured"), own.axis("predicted"), name, {240, 220});
        plot.identity();
        plot.points(of_group, "model");
        html += "<div style=\"width:240px\">" +
                figure(plot.to_svg(), fmt::format("<b>{}</b><br>{} rows, Spearman {}", escape_html(name),
                                                  group.n, report::number(group.spearman, 2))) +
                "</div>";
    }
    return html + "</div>\n";
}

std::string ranking_section(const EvaluateResult& result) {
    std::vector<report::Bar> bars{{words_for("model"), "model", result.model_result.mean_group_spearman}};
    for (const auto* name :
         {"pocket_blanked", "pocket_swapped", "heavy_atoms", "nearest_neighbour", "target_mean"})
        if (const auto place = result.baselines.find(name);
            place != result.baselines.end() && std::isfinite(place->second.mean_group_spearman.value))
            bars.push_back({words_for(name), css_class_of(name), place->second.mean_group_spearman});
    std::string html = fmt::format(
        "<h2>Ranking within {}s</h2>\n<p>Mean Spearman rank correlation over {} {}s: 1 is the perfect order, "
        "0 is "
        "chance. The black line is the 95 % interval from resampling {}s.</p>\n",
        result.group_by, result.model_result.groups.size(), result.group_by, result.group_by);
    double low = 0;
    for (const auto& bar : bars)
        low = std::min(low, std::isfinite(bar.value.low) ? bar.value.low : bar.value.value);
    html += figure(report::svg_bars(bars, {"mean Spearman", low < 0 ? std::floor(low * 5) / 5 : 0, 1},
                                    "mean Spearman of all methods"),
                   "");
    html +=
        "<div class=\"wide\"><table><thead><tr><th>the model minus</th><th>Spearman, paired</th>"
        "<th>RMSE gained</th></tr></thead><tbody>";
    const auto text = [](const report::Interval& value) {
        return std::isfinite(value.value)
                   ? std::isfinite(value.low)
                         ? fmt::format("{:+.3f} [{:+.3f}, {:+.3f}]", value.value, value.low, value.high)
                         : fmt::format("{:+.3f}", value.value)
                   : std::string("-");
    };
    for (const auto& [name, method] : result.baselines)
        html += fmt::format("<tr><td>{}</td><td>{}</td><td>{}</td></tr>", words_for(name),
                            text(method.spearman_advantage), text(method.rmse_advantage));
    return html + "</tbody></table></div>\n";
}

std::string calibration_section(const EvaluateResult& result) {
    const auto rows = drawn_rows(result);
    if (rows.empty()) return {};
    std::vector<std::pair<double, double>> curve{{0, 0}};
    for (double z = 0.05; z < 3.5; z += 0.05) {
        const auto inside = std::count_if(rows.begin(), rows.end(), [&](const auto* row) {
            return std::abs(row->pk_pred - row->pk_measured) <= z * row->pk_sd;
        });
        curve.emplace_back(std::erf(z / std::sqrt(2.0)),
                           static_cast<double>(inside) / static_cast<double>(rows.size()));
    }
    report::SvgPlot plot({"stated share inside", 0, 1}, {"share inside", 0, 1},
                         "calibration of the intervals");
    plot.identity();
    plot.line(curve, "model", "the model's intervals");
    return "<h2>Are the stated intervals right?</h2>\n" +
           figure(plot.to_svg(), fmt::format("How many measured values lie inside intervals of each stated "
                                             "width. On the dashed line the "
                                             "intervals are right; below it they are too narrow. Of the 90 % "
                                             "intervals {:.0f} % hold the "
                                             "measured value.",
                                             100 * result.coverage_90));
}

std::string selectivity_section(const Selectivity& selectivity) {
    std::string html = fmt::format(
        "<h2>Selectivity: one compound on several proteins</h2>\n<p>Compounds: {}; pairs of proteins: {}; of "
        "these at least "
        "1 pK apart: {}, which the sign accuracy counts. A model that ignores the pocket has 0.5 by "
        "construction.</p>\n",
        selectivity.compounds, selectivity.pairs, selectivity.clear_pairs);
    std::vector<report::Bar> bars;
    for (const auto* name :
         {"model", "pocket_blanked", "pocket_swapped", "target_mean", "oracle_protein_means"})
        if (const auto place = selectivity.methods.find(name); place != selectivity.methods.end())
            bars.push_back({words_for(name), css_class_of(name), place->second.sign_accuracy});
    html += figure(report::svg_bars(bars, {"sign accuracy", 0, 1}, "sign accuracy of all methods"),
                   "Intervals from resampling compounds.");
    Range range;
    std::vector<report::PlotPoint> points;
    const std::size_t step = selectivity.points.size() / kMostPoints + 1;
    for (std::size_t i = 0; i < selectivity.points.size(); i += step) {
        const auto& point = selectivity.points[i];
        range.add(point.measured);
        range.add(-point.measured);
        points.push_back({point.measured, point.predicted, 0, 0,
                          fmt::format("{} ({}): measured {:+.2f}, predicted {:+.2f}", point.compound,
                                      point.proteins, point.measured, point.predicted)});
        range.add(point.predicted);
        range.add(-point.predicted);
    }
    report::SvgPlot plot(range.axis("measured difference [pK]"), range.axis("predicted difference [pK]"),
                         "predicted against measured differences");
    plot.identity();
    plot.horizontal(0);
    plot.vertical(0);
    plot.points(points, "model");
    return html + figure(plot.to_svg(), "Each dot is one compound on two proteins.");
}

std::string groups_section(const EvaluateResult& result) {
    if (result.model_result.groups.empty()) return {};
    std::string html = fmt::format(
        "<h2>All {}s</h2>\n<p class=\"soft\">Click a heading to sort.</p><div class=\"wide\"><table "
        "class=\"sorts\">"
        "<thead><tr>",
        result.group_by);
    const std::vector<std::string> baselines{"pocket_blanked", "pocket_swapped", "heavy_atoms",
                                             "nearest_neighbour"};
    for (const auto& head :
         std::vector<std::string>{result.group_by, "rows", "Spearman", "Kendall", "RMSE", "without pocket",
                                  "foreign pocket", "heavy atoms", "nearest compounds"})
        html += fmt::format("<th><button>{}</button></th>", head);
    html += "</tr></thead><tbody>";
    for (const auto& [name, group] : result.model_result.groups) {
        html += fmt::format("<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td>", escape_html(name),
                            group.n, report::number(group.spearman, 2), report::number(group.kendall, 2),
                            report::number(group.rmse, 2));
        for (const auto& baseline : baselines) {
            const auto place = result.baselines.find(baseline);
            html +=
                fmt::format("<td>{}</td>", place == result.baselines.end()
                                               ? "-"
                                               : report::number(place->second.groups.at(name).spearman, 2));
        }
        html += "</tr>";
    }
    return html + "</tbody></table></div>\n";
}

std::string notes_section(const std::vector<std::string>& notes) {
    if (notes.empty()) return {};
    std::string html = "<h2>Notes</h2><ul>";
    for (const auto& note : notes) html += fmt::format("<li>{}</li>", escape_html(note));
    return html + "</ul>\n";
}

}  // namespace

std::string to_html(const EvaluateResult& result) {
    std::string body = fmt::format(
        "<h1>{} on {}</h1>\n<p class=\"soft\">split {}: {} rows, {} {}s of at least {} rows{}; weights "
        "{}</p>\n",
        escape_html(result.model), escape_html(result.dataset), escape_html(result.split), result.rows,
        result.model_result.groups.size(), result.group_by, result.min_group,
        result.censored_left_out > 0 ? fmt::format(" ({} bounds left out)", result.censored_left_out)
                                     : std::string(),
        escape_html(result.weights_sha256.substr(0, 12)));
    body += fmt::format("<div class=\"lead\"><p>{}</p><p>{}</p></div>\n",
                        escape_html(sentence_on_atom_counting(result)),
                        escape_html(sentence_on_the_pocket(result)));
    body += ranking_section(result) + scatter_section(result) + calibration_section(result);
    if (result.selectivity) body += selectivity_section(*result.selectivity);
    if (result.enrichment) body += enrichment_section(*result.enrichment);
    body += groups_section(result) + notes_section(result.notes);
    return page_of(fmt::format("{} on {}", result.model, result.dataset), body);
}

std::string to_html(const ActivesResult& result) {
    std::string body = fmt::format(
        "<h1>{} on {}</h1>\n<p class=\"soft\">actives: {} records, {} used; decoys: {} records, {} used; "
        "weights {}</p>\n",
        escape_html(result.model), escape_html(result.pocket), result.actives.read, result.actives.used,
        result.decoys.read, result.decoys.used, escape_html(result.weights_sha256.substr(0, 12)));
    return page_of(fmt::format("{} on {}", result.model, result.pocket),
                   body + enrichment_section(result.enrichment) + notes_section(result.notes));
}

}  // namespace keyway::workflows

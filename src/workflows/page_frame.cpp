/// Frame, styles and the twelve lines of script that sort a table.
#include "page_frame.hpp"

#include "keyway/core/version.hpp"
#include "keyway/report/svg_plot.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace keyway::workflows {
namespace {

// Okabe and Ito's colours, which stay apart for every kind of colour vision; curves differ in dashes too.
constexpr std::string_view kStyle = R"(
:root{--bg:#fff;--fg:#1a1d21;--soft:#5b6470;--grid:#e6e9ed;--card:#f6f7f9;--model:#0072b2;--blank:#d55e00;--swap:#cc79a7;
--atoms:#8a8f98;--logp:#b08d00;--near:#009e73;--other:#56b4e9}
@media(prefers-color-scheme:dark){:root{--bg:#14171b;--fg:#e8eaed;--soft:#a2abb6;--grid:#2b3138;--card:#1c2127;--model:#4db2ee;
--blank:#f08c4a;--swap:#e0a3c6;--atoms:#9aa1ab;--logp:#e2c044;--near:#37c99b;--other:#8fd0f5}}
*{box-sizing:border-box}body{margin:0;background:var(--bg);color:var(--fg);font:15px/1.5 system-ui,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}
main{max-width:1080px;margin:0 auto;padding:28px 20px 60px}h1{font-size:26px;margin:0 0 4px}h2{font-size:19px;margin:38px 0 6px}
p{max-width:76ch;margin:6px 0}.soft,figcaption{color:var(--soft)}.lead{background:var(--card);border-left:4px solid var(--model);
padding:12px 16px;margin:16px 0;border-radius:0 6px 6px 0}.lead p{margin:4px 0}
.row{display:flex;flex-wrap:wrap;gap:18px}figure{margin:10px 0;break-inside:avoid}figcaption{font-size:13px;max-width:66ch}
svg{max-width:100%;height:auto;font-size:12px}svg text{fill:var(--fg)}.grid{stroke:var(--grid)}.frame{fill:none;stroke:var(--soft);stroke-width:.8}
.guide{stroke:var(--soft);stroke-dasharray:4 4}.zero{stroke:var(--soft)}.whisker{stroke:currentColor;stroke-width:1;opacity:.25}
.error{stroke:var(--fg);stroke-width:1.6}.curve{fill:none;stroke:currentColor;stroke-width:2}.points circle{fill:currentColor;fill-opacity:.55}
.points circle:hover{fill-opacity:1;stroke:var(--fg)}.bar{fill:currentColor;fill-opacity:.8}
.model{color:var(--model)}.blank{color:var(--blank)}.swap{color:var(--swap)}.atoms{color:var(--atoms)}.logp{color:var(--logp)}.near{color:var(--near)}
.other{color:var(--other)}.curve.blank{stroke-dasharray:7 3}.curve.swap{stroke-dasharray:2 3}.curve.atoms{stroke-dasharray:9 3 2 3}.curve.logp{stroke-dasharray:4 2}
.legend{display:flex;flex-wrap:wrap;gap:4px 18px;font-size:13px;margin:8px 0}.legend svg{vertical-align:middle;margin-right:6px}
.wide{overflow-x:auto;margin:10px 0}table{border-collapse:collapse;font-size:13px;font-variant-numeric:tabular-nums}th,td{padding:4px 8px;text-align:right;white-space:nowrap;
border-bottom:1px solid var(--grid)}th:first-child,td:first-child{text-align:left;white-space:normal;overflow-wrap:anywhere;min-width:9em}
table.methods td:first-child{white-space:nowrap}th{vertical-align:bottom}th button{all:unset;cursor:pointer;font-weight:600}th button:hover,th button:focus-visible{text-decoration:underline}
th[aria-sort=ascending] button:after{content:" \25B2"}th[aria-sort=descending] button:after{content:" \25BC"}
ul{padding-left:20px;max-width:76ch}
@media print{:root{--bg:#fff;--fg:#000;--soft:#444;--grid:#ddd;--card:#f4f4f4;--model:#0072b2;--blank:#d55e00;--swap:#cc79a7;--atoms:#777;--logp:#b08d00;
--near:#009e73;--other:#56b4e9}main{max-width:none;padding:0}h2{break-after:avoid}tr{break-inside:avoid}*{print-color-adjust:exact}}
)";

constexpr std::string_view kScript = R"(
document.querySelectorAll('table.sorts').forEach(function(table){
table.querySelectorAll('th').forEach(function(head,column){var button=head.querySelector('button');if(!button)return;
button.addEventListener('click',function(){var up=head.getAttribute('aria-sort')==='descending';
table.querySelectorAll('th').forEach(function(other){other.removeAttribute('aria-sort')});
head.setAttribute('aria-sort',up?'ascending':'descending');var body=table.tBodies[0];
var key=function(row){return row.cells[column].textContent};
Array.from(body.rows).sort(function(a,b){var x=key(a),y=key(b),p=parseFloat(x),q=parseFloat(y);
if(column>0){if(isNaN(p))return isNaN(q)?0:1;if(isNaN(q))return -1;return up?p-q:q-p}
return up?x.localeCompare(y,undefined,{numeric:true}):y.localeCompare(x,undefined,{numeric:true})
}).forEach(function(row){body.appendChild(row)})})})});
)";

struct Method {
    std::string_view name, words, css_class;
};
constexpr std::array kMethods = {
    Method{"model", "the model", "model"},
    Method{"pocket_blanked", "the model without the pocket", "blank"},
    Method{"pocket_swapped", "the model with a foreign pocket", "swap"},
    Method{"heavy_atoms", "heavy-atom count", "atoms"},
    Method{"log_p_estimate", "log P estimate", "logp"},
    Method{"nearest_neighbour", "nearest training compounds", "near"},
    Method{"target_mean", "training mean of the protein", "other"},
    Method{"oracle_protein_means", "oracle: each protein's true mean", "other"},
    Method{"chance", "chance", "other"},
};

const Method* find_method(std::string_view name) {
    for (const auto& method : kMethods)
        if (method.name == name) return &method;
    return nullptr;
}

std::string interval(const report::Interval& value, int decimals) {
    if (!std::isfinite(value.value)) return "-";
    if (!std::isfinite(value.low)) return fmt::format("{:.{}f}", value.value, decimals);
    return fmt::format("{:.{}f} [{:.{}f}, {:.{}f}]", value.value, decimals, value.low, decimals, value.high,
                       decimals);
}

/// The model, its controls, the baselines, chance: in the order of `kMethods`.
std::vector<std::string> ordered_methods(const Enrichment& enrichment) {
    std::vector<std::string> names;
    for (const auto& method : kMethods)
        if (enrichment.methods.contains(std::string(method.name))) names.emplace_back(method.name);
    return names;
}

std::string roc_plot(const Enrichment& enrichment, report::Scale scale) {
    const std::vector<double> grid = roc_grid();
    const bool is_log = scale == report::Scale::log10;
    report::SvgPlot plot({"share of decoys passed", is_log ? 0.001 : 0, 1, scale},
                         {"share of actives found", 0, 1}, is_log ? "ROC curves, logarithmic" : "ROC curves");
    std::vector<std::pair<double, double>> diagonal;
    for (std::size_t i = is_log ? 1 : 0; i < grid.size(); ++i) diagonal.emplace_back(grid[i], grid[i]);
    auto names = ordered_methods(enrichment);
    std::reverse(names.begin(), names.end());  // the model is drawn last, on top
    for (const auto& name : names) {
        const auto& curve = enrichment.methods.at(name).curve;
        std::vector<std::pair<double, double>> points;
        for (std::size_t i = is_log ? 1 : 0; i < grid.size(); ++i) points.emplace_back(grid[i], curve[i]);
        plot.line(points, css_class_of(name), words_for(name));
    }
    return plot.to_svg();
}

constexpr std::array kWithIntervals = {report::ScreeningMetric::ef_1, report::ScreeningMetric::bedroc_20,
                                       report::ScreeningMetric::roc_auc};

int decimals_of(std::size_t metric) {
    return metric <= static_cast<std::size_t>(report::ScreeningMetric::ef_5) ? 1 : 3;
}

std::string methods_table(const Enrichment& enrichment) {
    std::string html =
        "<div class=\"wide\"><table class=\"methods\"><thead><tr><th>method</th><th>EF 0.5 %</th><th>EF 1 "
        "%</th><th>EF 5 %</th><th>BEDROC (20)</th><th>BEDROC "
        "(80.5)</th><th>ROC-AUC</th><th>logAUC</th></tr></thead>"
        "<tbody>";
    for (const auto& name : ordered_methods(enrichment)) {
        html += fmt::format("<tr><td>{}</td>", words_for(name));
        for (std::size_t k = 0; k < report::kScreeningMetricCount; ++k) {
            // All intervals do not fit on a page; --json has them.
            report::Interval value = enrichment.methods.at(name).value[k];
            if (std::find(kWithIntervals.begin(), kWithIntervals.end(), report::ScreeningMetric{k}) ==
                kWithIntervals.end())
                value.low = value.high = std::nan("");
            html += fmt::format("<td>{}</td>", interval(value, decimals_of(k)));
        }
        html += "</tr>";
    }
    return html + "</tbody></table></div>";
}

std::string differences_table(const Enrichment& enrichment) {
    std::string html =
        "<div class=\"wide\"><table class=\"methods\"><thead><tr><th>the model minus, paired</th><th>EF 1 "
        "%</th>"
        "<th>BEDROC (20)</th><th>ROC-AUC</th></tr></thead><tbody>";
    for (const auto& name : ordered_methods(enrichment)) {
        if (name == "model") continue;
        html += fmt::format("<tr><td>{}</td>", words_for(name));
        for (const auto metric : kWithIntervals) {
            const auto k = static_cast<std::size_t>(metric);
            html += fmt::format("<td>{}</td>",
                                interval(enrichment.methods.at(name).model_minus_it[k], decimals_of(k)));
        }
        html += "</tr>";
    }
    return html + "</tbody></table></div>";
}

std::string targets_table(const Enrichment& enrichment) {
    const auto bedroc = static_cast<std::size_t>(report::ScreeningMetric::bedroc_20);
    const auto auc = static_cast<std::size_t>(report::ScreeningMetric::roc_auc);
    std::string html = "<div class=\"wide\"><table class=\"sorts\"><thead><tr>";
    for (const auto* head : {"target", "actives", "decoys", "BEDROC (20)", "ROC-AUC", "without pocket",
                             "foreign pocket", "heavy atoms"})
        html += fmt::format("<th><button>{}</button></th>", head);
    html += "</tr></thead><tbody>";
    for (const auto& target : enrichment.targets) {
        html += fmt::format("<tr><td>{}</td><td>{}</td><td>{}</td><td>{:.3f}</td>",
                            report::escape_html(target.name), target.actives, target.decoys,
                            target.methods.at("model")[bedroc]);
        for (const auto* name : {"model", "pocket_blanked", "pocket_swapped", "heavy_atoms"}) {
            const auto place = target.methods.find(name);
            html += place == target.methods.end() ? "<td>-</td>"
                                                  : fmt::format("<td>{:.3f}</td>", place->second[auc]);
        }
        html += "</tr>";
    }
    return html + "</tbody></table></div>";
}

}  // namespace

std::string page_of(std::string_view title, const std::string& body) {
    return fmt::format(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
        "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">"
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
        "'unsafe-inline'; "
        "script-src 'unsafe-inline'\">"
        "<meta name=\"color-scheme\" content=\"light dark\"><title>{}</title><style>{}</style></head>\n"
        "<body><main>\n{}\n<p class=\"soft\">keyway {}. pK = -log10(K in mol/L); higher is tighter. Brackets "
        "are 95 % "
        "intervals.</p></main><script>{}</script></body></html>\n",
        report::escape_html(title), kStyle, body, version(), kScript);
}

std::string words_for(std::string_view method) {
    const Method* found = find_method(method);
    return std::string(found ? found->words : method);
}

std::string css_class_of(std::string_view method) {
    const Method* found = find_method(method);
    return std::string(found ? found->css_class : "other");
}

std::string figure(const std::string& svg, std::string_view caption) {
    return fmt::format("<figure>{}<figcaption>{}</figcaption></figure>\n", svg, caption);
}

std::string legend(const std::vector<std::string>& methods) {
    std::string html = "<div class=\"legend\">";
    for (const auto& name : methods)
        html += fmt::format(
            "<span><svg width=\"30\" height=\"8\" viewBox=\"0 0 30 8\" aria-hidden=\"true\"><polyline "
            "class=\"curve {}\" "
            "points=\"0,4 30,4\"/></svg>{}</span>",
            css_class_of(name), words_for(name));
    return html + "</div>\n";
}

std::string enrichment_section(const Enrichment& enrichment) {
    const bool has_many = enrichment.targets.size() > 1;
    std::string html = fmt::format(
        "<h2>Finding actives among decoys</h2>\n<p>{} actives and {} decoys{}; {}. Mean heavy atoms: {:.1f} "
        "and "
        "{:.1f}. {}Intervals come from resampling {}.</p>\n",
        enrichment.actives, enrichment.decoys,
        has_many ? fmt::format(" on {} targets", enrichment.targets.size()) : std::string(),
        report::escape_html(enrichment.rule), enrichment.heavy_atoms_of_actives,
        enrichment.heavy_atoms_of_decoys,
        enrichment.decoys_in_training > 0
            ? fmt::format("{:.0f} % of the decoys have training data on other targets. ",
                          100.0 * enrichment.decoys_in_training / enrichment.decoys)
            : std::string(),
        enrichment.resampled);
    html += legend(ordered_methods(enrichment));
    html +=
        "<div class=\"row\">" +
        figure(roc_plot(enrichment, report::Scale::linear),
               has_many ? "Mean ROC curve over the targets: above the light blue line of chance is better."
                        : "ROC curve: above the light blue line of chance is better.") +
        figure(roc_plot(enrichment, report::Scale::log10),
               "The same with a logarithmic axis: the left part is what a screen would buy.") +
        "</div>";
    html += methods_table(enrichment) + differences_table(enrichment);
    html +=
        "<p class=\"soft\">EF x %: actives among the first x % over what chance puts there. BEDROC weights "
        "the top of the "
        "list (alpha in brackets) and depends on the share of actives, so compare it with chance in the same "
        "table. Equal "
        "scores count as their mean over all orders.</p>";
    if (has_many) html += "<h2>Targets</h2>" + targets_table(enrichment);
    return html;
}

}  // namespace keyway::workflows

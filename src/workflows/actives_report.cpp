/// A retrospective screen as JSON, as text and as a table with every record.
#include "keyway/core/table.hpp"
#include "keyway/workflows/evaluate_actives.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cmath>
#include <set>

namespace keyway::workflows {
namespace {

using Json = nlohmann::ordered_json;

Json json_of(const ActivesResult::Count& count) {
    return {{"read", count.read}, {"used", count.used}, {"left_out", count.left_out}};
}

std::string sentence_of(const char* name, const ActivesResult::Count& count) {
    std::string text = fmt::format("{}: {} records, {} used", name, count.read, count.used);
    for (const auto& [reason, number] : count.left_out) text += fmt::format(", {} {}", number, reason);
    return text + "\n";
}

/// What the pocket does for the ranking, or does not.
std::string sentence_on_the_pocket(const Enrichment& enrichment) {
    const auto auc = static_cast<std::size_t>(report::ScreeningMetric::roc_auc);
    const auto words = [&](const std::string& name, const char* other) {
        const auto place = enrichment.methods.find(name);
        if (place == enrichment.methods.end()) return std::string();
        const auto& gain = place->second.model_minus_it[auc];
        const bool is_clear = gain.low > 0 || gain.high < 0;
        return fmt::format("{} {}: ROC-AUC {:+.3f} (95 % interval {:+.3f} to {:+.3f}).\n",
                           !is_clear        ? "The model cannot be told from"
                           : gain.value > 0 ? "The model is better than"
                                            : "The model is worse than",
                           other, gain.value, gain.low, gain.high);
    };
    return words("heavy_atoms", "counting heavy atoms") +
           words("pocket_blanked", "itself without the pocket") +
           words("pocket_swapped", "itself with foreign pockets");
}

}  // namespace

std::string to_json(const ActivesResult& result) {
    const Json json{{"model", result.model},
                    {"weights_sha256", result.weights_sha256},
                    {"pocket", result.pocket},
                    {"swapped_pockets", result.swapped_pockets},
                    {"actives", json_of(result.actives)},
                    {"decoys", json_of(result.decoys)},
                    {"enrichment", Json::parse(to_json(result.enrichment))},
                    {"notes", result.notes}};
    return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string to_text(const ActivesResult& result) {
    std::string text = fmt::format("{} on {}: actives among decoys\n\n", result.model, result.pocket);
    text += sentence_of("actives", result.actives) + sentence_of("decoys", result.decoys) + "\n";
    text += to_text(result.enrichment) + "\n" + sentence_on_the_pocket(result.enrichment);
    for (const auto& note : result.notes) text += fmt::format("Note: {}.\n", note);
    return text;
}

std::string to_csv(const ActivesResult& result) {
    std::set<std::string> names;
    for (const auto& record : result.table)
        for (const auto& [name, value] : record.baselines) names.insert(name);
    std::vector<std::string> header{"set", "file", "line", "id", "status", "reason", "pk_pred", "pk_sd"};
    header.insert(header.end(), names.begin(), names.end());
    header.push_back("smiles");
    std::string text = table_row(header, TableFormat::csv);
    for (const auto& record : result.table) {
        const bool has_score = !record.baselines.empty();
        const auto field = [&](double value) {
            return has_score ? number_field(static_cast<float>(value)) : std::string();
        };
        std::vector<std::string> row{record.is_active ? "active" : "decoy",
                                     record.file,
                                     std::to_string(record.line),
                                     record.id,
                                     record.reason.empty()                    ? "ok"
                                     : record.reason.starts_with("DUPLICATE") ? "duplicate"
                                                                              : "rejected",
                                     record.reason,
                                     field(record.pk_pred),
                                     field(record.pk_sd)};
        for (const auto& name : names) {
            const auto place = record.baselines.find(name);
            row.push_back(place == record.baselines.end() ? "" : field(place->second));
        }
        row.push_back(record.smiles);
        text += table_row(row, TableFormat::csv);
    }
    return text;
}

}  // namespace keyway::workflows

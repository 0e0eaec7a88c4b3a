/// Compares every held-out row with the training rows in the ways in which a model could cheat.
#include "keyway/workflows/audit_dataset.hpp"

#include "workflows/baselines.hpp"
#include "workflows/labelled_data.hpp"
#include "workflows/pocket_counts.hpp"
#include "workflows/thread_count.hpp"

#include "keyway/core/error.hpp"
#include "keyway/core/ordered_pool.hpp"
#include "keyway/report/metrics.hpp"
#include "keyway/report/text_table.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <optional>
#include <set>

namespace keyway::workflows {
namespace {

constexpr std::size_t kCommonCompounds = 10;
constexpr double kMirrorR2 = 0.6;

/// What one side holds.
struct Contents {
    std::set<std::string> compounds, proteins, clusters;
    std::set<int> pockets;
    std::set<std::pair<std::string, std::string>> pairs;      ///< protein, compound
    std::map<std::string, std::map<std::string, double>> pk;  ///< protein -> compound -> pK (last value)
    std::map<std::string, int> ligand_of;                     ///< compound -> ligand index
    std::uint64_t rows = 0;
};

std::string protein_of(const LabelledData& data, const LabelledRow& row) {
    return row.protein >= 0 ? data.name(row.protein) : data.pocket_id(row.pocket);
}

std::map<Split, Contents> contents_by_split(LabelledData& data) {
    std::map<Split, Contents> contents;
    for (const auto& row : data.rows) {
        auto& side = contents[row.split];
        const std::string& compound = data.ligand(row.ligand).smiles;
        const std::string protein = protein_of(data, row);
        ++side.rows;
        side.compounds.insert(compound);
        side.proteins.insert(protein);
        side.clusters.insert(row.cluster >= 0 ? data.name(row.cluster) : protein);
        side.pockets.insert(row.pocket);
        side.pairs.insert({protein, compound});
        side.ligand_of.emplace(compound, row.ligand);
        if (!is_censored(row.relation)) side.pk[protein][compound] = row.pk;
    }
    return contents;
}

template <class T>
std::uint64_t common(const std::set<T>& a, const std::set<T>& b) {
    return static_cast<std::uint64_t>(
        std::count_if(a.begin(), a.end(), [&](const T& item) { return b.count(item) > 0; }));
}

double median(std::vector<double> values) {
    if (values.empty()) return 0;
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

void compare_ligands(LabelledData& data, const Contents& held_out, const TrainingReference& training,
                     int threads, AuditResult::Comparison& result) {
    std::vector<int> ligands;
    for (const auto& [compound, ligand] : held_out.ligand_of) ligands.push_back(ligand);
    std::vector<double> nearest;
    std::size_t next = 0;
    const auto workers = static_cast<std::size_t>(thread_count(threads));
    ordered_map<const LigandGraph*, double>(
        workers, 8 * workers,
        [&]() -> std::optional<const LigandGraph*> {
            return next < ligands.size() ? std::optional(&data.ligand(ligands[next++])) : std::nullopt;
        },
        [&](const LigandGraph*&& ligand, std::size_t) {
            return training.neighbours(ligand->fingerprint).similarity;
        },
        [&](double&& similarity) {
            nearest.push_back(similarity);
            return true;
        });
    const auto share = [&](double threshold) {
        return static_cast<double>(
                   std::count_if(nearest.begin(), nearest.end(), [&](double s) { return s > threshold; })) /
               static_cast<double>(nearest.size());
    };
    result.median_similarity = median(nearest);
    result.share_above_0_4 = share(0.4);
    result.share_above_0_7 = share(0.7);
}

void compare_pockets(LabelledData& data, const Contents& held_out, const Contents& training,
                     AuditResult::Comparison& result) {
    std::map<int, CircularCounts> training_counts;
    for (const int pocket : training.pockets) training_counts[pocket] = pocket_counts(data.pocket(pocket));
    std::vector<double> nearest;
    for (const int pocket : held_out.pockets) {
        const auto counts = pocket_counts(data.pocket(pocket));
        double best = 0;
        for (const auto& [other, other_counts] : training_counts) {
            const double value = similarity(counts, other_counts);
            best = std::max(best, value);
            if (value <= result.highest_pocket_similarity) continue;
            result.highest_pocket_similarity = value;
            result.nearest_pockets = fmt::format("{} ~ {}", data.pocket_id(pocket), data.pocket_id(other));
        }
        nearest.push_back(best);
    }
    result.median_pocket_similarity = median(nearest);
}

void compare_targets(const Contents& held_out, const Contents& training, AuditResult::Comparison& result) {
    double strongest = 0;
    for (const auto& [protein, values] : held_out.pk)
        for (const auto& [other, other_values] : training.pk) {
            if (protein == other) continue;
            std::vector<double> x, y;
            for (const auto& [compound, pk] : values)
                if (const auto found = other_values.find(compound); found != other_values.end()) {
                    x.push_back(pk);
                    y.push_back(found->second);
                }
            if (x.size() < kCommonCompounds) continue;
            ++result.protein_pairs;
            const double r = report::pearson(x, y);
            if (!(r > 0 && r * r >= kMirrorR2)) continue;
            ++result.mirrored_pairs;
            if (r * r <= strongest) continue;
            strongest = r * r;
            result.strongest_mirror =
                fmt::format("{} ~ {}: R2 {:.2f} on {} compounds", protein, other, r * r, x.size());
        }
}

void judge(const std::string& split, const AuditResult::Comparison& c, AuditResult& result) {
    const auto leak = [&](std::uint64_t count, std::string_view what) {
        if (count > 0) result.leaks.push_back(fmt::format("{}: {} {}", split, count, what));
    };
    leak(c.clusters_shared, "homolog clusters are in training too");
    leak(c.pairs_shared, "pairs of protein and compound are in training too");
    const auto warn = [&](bool is_true, std::string text) {
        if (is_true) result.warnings.push_back(fmt::format("{}: {}", split, std::move(text)));
    };
    warn(c.share_above_0_7 > 0.1,
         fmt::format("{:.0f} % of the compounds have a close relative (> 0.7) in training",
                     100 * c.share_above_0_7));
    warn(c.compounds_shared > 0,
         fmt::format("{} compounds are in training too, on other proteins", c.compounds_shared));
    warn(c.mirrored_pairs > 0,
         fmt::format("{} of {} pairs of proteins with common compounds mirror each other ({})",
                     c.mirrored_pairs, c.protein_pairs, c.strongest_mirror));
    warn(c.highest_pocket_similarity > 0.7,
         fmt::format("pockets as similar as {:.2f} ({})", c.highest_pocket_similarity, c.nearest_pockets));
}

}  // namespace

AuditResult audit_dataset(const AuditOptions& options, const Context& context) {
    LabelledData data(options.datasets, context.log);
    if (!options.split_file.empty()) apply_split_file(data, options.split_file);
    const auto contents = contents_by_split(data);
    AuditResult result;
    for (const auto& [split, side] : contents)
        result.sides[split == Split::none ? "none" : std::string(to_string(split))] = {
            side.rows, side.compounds.size(), side.pockets.size(), side.proteins.size(),
            side.clusters.size()};
    const auto training = contents.find(Split::train);
    if (training == contents.end())
        throw Error(ErrorKind::input, "no row is in split 'train'", "give a --split-file");
    const TrainingReference reference(data);
    for (const Split split : {Split::valid, Split::test}) {
        const auto place = contents.find(split);
        if (place == contents.end()) continue;
        auto& comparison = result.held_out[std::string(to_string(split))];
        comparison.clusters_shared = common(place->second.clusters, training->second.clusters);
        comparison.proteins_shared = common(place->second.proteins, training->second.proteins);
        comparison.pairs_shared = common(place->second.pairs, training->second.pairs);
        comparison.compounds_shared = common(place->second.compounds, training->second.compounds);
        compare_ligands(data, place->second, reference, options.threads, comparison);
        compare_pockets(data, place->second, training->second, comparison);
        compare_targets(place->second, training->second, comparison);
        judge(std::string(to_string(split)), comparison, result);
    }
    if (result.held_out.empty())
        throw Error(ErrorKind::input, "no row is held out: split 'valid' and 'test' are empty",
                    "give a --split-file");
    return result;
}

std::string to_text(const AuditResult& result) {
    report::TextTable sides({"split", "rows", "compounds", "pockets", "proteins", "clusters"});
    for (const auto& [name, side] : result.sides)
        sides.add_row({name, std::to_string(side.rows), std::to_string(side.compounds),
                       std::to_string(side.pockets), std::to_string(side.proteins),
                       std::to_string(side.clusters)});
    report::TextTable table({"against training", "clusters", "proteins", "pairs", "compounds",
                             "nearest compound", "> 0.4", "> 0.7", "nearest pocket", "highest", "mirrored"});
    for (const auto& [name, c] : result.held_out)
        table.add_row(
            {name, std::to_string(c.clusters_shared), std::to_string(c.proteins_shared),
             std::to_string(c.pairs_shared), std::to_string(c.compounds_shared),
             report::number(c.median_similarity, 2), fmt::format("{:.0f} %", 100 * c.share_above_0_4),
             fmt::format("{:.0f} %", 100 * c.share_above_0_7), report::number(c.median_pocket_similarity, 2),
             report::number(c.highest_pocket_similarity, 2),
             fmt::format("{} of {}", c.mirrored_pairs, c.protein_pairs)});
    std::string text =
        sides.to_text() + "\n" + table.to_text() +
        "\nShared counts; medians of the similarity to the nearest training compound (ECFP4, Tanimoto) "
        "and pocket\n(pairs of residues); protein pairs with 10 common compounds whose pK agree with R2 >= "
        "0.6.\n\n";
    text += result.leaks.empty() ? "Verdict: clean. No homolog and no measured pair is on both sides.\n"
                                 : "Verdict: leaking.\n";
    for (const auto& leak : result.leaks) text += "  leak: " + leak + "\n";
    for (const auto& warning : result.warnings) text += "  note: " + warning + "\n";
    return text;
}

std::string to_json(const AuditResult& result) {
    nlohmann::ordered_json json;
    json["verdict"] = result.leaks.empty() ? "clean" : "leaking";
    json["leaks"] = result.leaks;
    json["warnings"] = result.warnings;
    for (const auto& [name, side] : result.sides)
        json["splits"][name] = {{"rows", side.rows},
                                {"compounds", side.compounds},
                                {"pockets", side.pockets},
                                {"proteins", side.proteins},
                                {"clusters", side.clusters}};
    for (const auto& [name, c] : result.held_out)
        json["held_out"][name] = {{"clusters_shared", c.clusters_shared},
                                  {"proteins_shared", c.proteins_shared},
                                  {"pairs_shared", c.pairs_shared},
                                  {"compounds_shared", c.compounds_shared},
                                  {"median_nearest_similarity", c.median_similarity},
                                  {"share_above_0.4", c.share_above_0_4},
                                  {"share_above_0.7", c.share_above_0_7},
                                  {"median_pocket_similarity", c.median_pocket_similarity},
                                  {"highest_pocket_similarity", c.highest_pocket_similarity},
                                  {"nearest_pockets", c.nearest_pockets},
                                  {"protein_pairs", c.protein_pairs},
                                  {"mirrored_pairs", c.mirrored_pairs},
                                  {"strongest_mirror", c.strongest_mirror}};
    return json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace keyway::workflows

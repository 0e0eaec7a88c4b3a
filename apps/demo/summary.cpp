/// Ranks, places and areas under the curve for the demo.
#include "apps/demo/summary.hpp"

#include "keyway/core/error.hpp"
#include "keyway/core/table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <iterator>
#include <limits>
#include <map>

namespace keyway::demo {
namespace {

bool is_known(const Drug& drug, const SummaryOptions& options) {
    return drug.drug_class == options.known_class;
}

/// Area under the curve of the known class, by any number of a drug, over drugs of at least
/// `min_heavy_atoms`.
template <class Value>
double auc_by(const std::vector<Drug>& drugs, const SummaryOptions& options, int min_heavy_atoms,
              Value value) {
    std::vector<double> known, others;
    for (const Drug& drug : drugs)
        if (drug.heavy_atoms >= min_heavy_atoms)
            (is_known(drug, options) ? known : others).push_back(value(drug));
    return ranking_auc(known, others);
}

double to_number(std::string_view text, const std::string& name) {
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size())
        throw Error(ErrorKind::input,
                    fmt::format("pk_pred of {}: expected a number, got \"{}\"", name, text));
    return value;
}

/// Over molecules of like size; within 0.02 is no difference for ten inhibitors.
std::string_view verdict(double model_auc, double size_auc) {
    if (model_auc > size_auc + 0.02)
        return "Here the model finds the inhibitors more often than size alone does.";
    if (model_auc < size_auc - 0.02)
        return "Here counting atoms does better: do not read this ranking as evidence of binding.";
    return "Here the model does no better than counting atoms.";
}

}  // namespace

int heavy_atoms_in_formula(std::string_view formula) {
    const auto fail = [&] {
        throw Error(ErrorKind::input,
                    fmt::format("molecular formula: expected text like C9H8O4, got \"{}\"", formula));
    };
    int heavy = 0;
    std::size_t i = 0;
    while (i < formula.size() && formula[i] != '+' && formula[i] != '-') {
        if (!std::isupper(static_cast<unsigned char>(formula[i]))) fail();
        const std::size_t start = i++;
        while (i < formula.size() && std::islower(static_cast<unsigned char>(formula[i]))) ++i;
        const std::string_view element = formula.substr(start, i - start);
        int count = 1;
        if (i < formula.size() && std::isdigit(static_cast<unsigned char>(formula[i])))
            i = static_cast<std::size_t>(
                std::from_chars(formula.data() + i, formula.data() + formula.size(), count).ptr -
                formula.data());
        if (element != "H") heavy += count;
    }
    if (heavy == 0) fail();
    return heavy;
}

std::vector<Drug> read_ranking(const std::filesystem::path& ranking, const std::filesystem::path& library) {
    struct Row {
        std::string status, reason, pk_pred;
    };
    std::map<std::string, Row, std::less<>> rows;
    TableReader scored(ranking);
    scored.require({"id", "status", "reason", "pk_pred"});
    while (scored.next()) {
        const std::string name(scored["id"]);
        const Row row{std::string(scored["status"]), std::string(scored["reason"]),
                      std::string(scored["pk_pred"])};
        if (!rows.emplace(name, row).second)
            throw Error(ErrorKind::input,
                        fmt::format("{} has more than one row for {}", ranking.string(), name));
    }

    std::vector<Drug> drugs;
    TableReader table(library);
    table.require({"name", "formula", "class"});
    while (table.next()) {
        const auto row = rows.find(table["name"]);
        if (row == rows.end())
            throw Error(ErrorKind::input,
                        fmt::format("{} has no row for {}", ranking.string(), table["name"]));
        Drug& drug = drugs.emplace_back();
        drug.name = table["name"];
        drug.drug_class = table["class"];
        drug.heavy_atoms = heavy_atoms_in_formula(table["formula"]);
        if (row->second.status == "ok")
            drug.pk_pred = to_number(row->second.pk_pred, drug.name);
        else
            drug.rejected_because = row->second.reason;
    }
    return drugs;
}

double ranking_auc(const std::vector<double>& known, const std::vector<double>& others) {
    if (known.empty() || others.empty()) return std::numeric_limits<double>::quiet_NaN();
    double wins = 0;
    for (const double a : known)
        for (const double b : others) wins += a > b ? 1.0 : a == b ? 0.5 : 0.0;
    return wins / (static_cast<double>(known.size()) * static_cast<double>(others.size()));
}

std::string summarise(std::vector<Drug> drugs, const SummaryOptions& options) {
    const auto first_rejected = std::stable_partition(
        drugs.begin(), drugs.end(), [](const Drug& drug) { return drug.rejected_because.empty(); });
    const std::vector<Drug> rejected(first_rejected, drugs.end());
    drugs.erase(first_rejected, drugs.end());
    std::stable_sort(drugs.begin(), drugs.end(),
                     [](const Drug& a, const Drug& b) { return a.pk_pred > b.pk_pred; });

    std::string text;
    auto out = std::back_inserter(text);
    const auto line = [&](std::size_t rank, const Drug& drug) {
        fmt::format_to(out, "{:>4} {} {:>7.2f} {:>11}  {:<20} {}\n", rank,
                       is_known(drug, options) ? '*' : ' ', drug.pk_pred, drug.heavy_atoms, drug.name,
                       drug.drug_class);
    };
    fmt::format_to(out, "{} known drugs against {}, highest predicted pK first (* known {})\n\n",
                   drugs.size(), options.target, options.known_class);
    fmt::format_to(out, "rank   pk_pred heavy_atoms  drug                 class\n");
    const std::size_t shown = std::min(drugs.size(), static_cast<std::size_t>(options.top));
    for (std::size_t i = 0; i < shown; ++i) line(i + 1, drugs[i]);

    double rank_sum = 0;
    int known = 0;
    int smallest_known = std::numeric_limits<int>::max();
    fmt::format_to(out, "\nWhere the known inhibitors came, of {}:\n\n", drugs.size());
    for (std::size_t i = 0; i < drugs.size(); ++i)
        if (is_known(drugs[i], options)) {
            line(i + 1, drugs[i]);
            rank_sum += static_cast<double>(i + 1);
            smallest_known = std::min(smallest_known, drugs[i].heavy_atoms);
            ++known;
        }
    if (!rejected.empty()) {
        fmt::format_to(out, "\nNot scored:");
        for (const Drug& drug : rejected) fmt::format_to(out, " {} ({})", drug.name, drug.rejected_because);
        fmt::format_to(out, "\n");
    }
    if (known == 0 || static_cast<std::size_t>(known) == drugs.size()) return text;

    const auto pk = [](const Drug& drug) { return drug.pk_pred; };
    const auto size = [](const Drug& drug) { return static_cast<double>(drug.heavy_atoms); };
    const auto as_large = std::count_if(drugs.begin(), drugs.end(),
                                        [&](const Drug& drug) { return drug.heavy_atoms >= smallest_known; });
    const double model_auc = auc_by(drugs, options, smallest_known, pk);
    const double size_auc = auc_by(drugs, options, smallest_known, size);
    fmt::format_to(out,
                   "\nWhat that is worth. Mean rank of the known inhibitors: {:.1f} (by chance {:.1f}). The "
                   "table gives the"
                   "\nprobability that a known inhibitor ranks above another drug (AUC; 0.50 is chance, 1.00 "
                   "is perfect):\n\n",
                   rank_sum / known, (static_cast<double>(drugs.size()) + 1) / 2);
    fmt::format_to(out, "                                   keyway   counting heavy atoms\n");
    fmt::format_to(out, "  all {:>3} drugs                       {:>5.2f}   {:>5.2f}\n", drugs.size(),
                   auc_by(drugs, options, 0, pk), auc_by(drugs, options, 0, size));
    fmt::format_to(out, "  the {:>3} with at least {:>2} heavy atoms   {:>5.2f}   {:>5.2f}\n\n", as_large,
                   smallest_known, model_auc, size_auc);
    fmt::format_to(out,
                   "HIV protease inhibitors are large molecules, so counting atoms alone already finds them "
                   "in a library of\n"
                   "mostly small drugs; the second line compares like with like.\n{}\n",
                   verdict(model_auc, size_auc));
    return text;
}

}  // namespace keyway::demo

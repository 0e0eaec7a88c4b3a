/// Draws whole units (clusters, scaffolds, compounds, stretches of time) until each side has its share.
#include "keyway/workflows/split_dataset.hpp"

#include "workflows/labelled_data.hpp"
#include "workflows/scaffold.hpp"

#include "keyway/core/error.hpp"
#include "keyway/core/random.hpp"
#include "keyway/core/table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>

namespace keyway::workflows {
namespace {

using Keys = std::vector<std::string>;  // one for each row

/// The homolog cluster; what has none stands for itself.
Keys cluster_keys(const LabelledData& data) {
    Keys keys;
    for (const auto& row : data.rows)
        keys.push_back(row.cluster >= 0   ? "cluster " + data.name(row.cluster)
                       : row.protein >= 0 ? "protein " + data.name(row.protein)
                                          : "pocket " + data.pocket_id(row.pocket));
    return keys;
}

std::map<std::string, double> read_dates(const std::filesystem::path& path) {
    TableReader table(path);
    table.require({"id", "year"});
    std::map<std::string, double> dates;
    while (table.next()) {
        const auto text = table["year"];
        double year = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), year);
        if (error != std::errc{} || end != text.data() + text.size())
            throw Error(ErrorKind::input, fmt::format("{}, line {}: year is '{}', expected a number",
                                                      path.string(), table.line_number(), text));
        dates[std::string(table["id"])] = year;
    }
    return dates;
}

/// What must not be on both sides, beside homologs.
Keys unit_keys(const SplitOptions& options, LabelledData& data) {
    if (options.by == SplitBy::cluster) return cluster_keys(data);
    Keys keys;
    std::map<std::string, double> dates;
    if (options.by == SplitBy::time) dates = read_dates(options.dates);
    for (const auto& row : data.rows) {
        if (options.by == SplitBy::time) {
            const auto date = dates.find(row.id);
            if (date == dates.end())
                throw Error(ErrorKind::input,
                            fmt::format("{}: no year for row '{}'", options.dates.string(), row.id));
            keys.push_back(fmt::format("{:015.4f}", date->second));  // sorts as text
            continue;
        }
        const LigandGraph& ligand = data.ligand(row.ligand);
        const auto scaffold = options.by == SplitBy::scaffold ? scaffold_of(ligand) : 0;
        keys.push_back(scaffold != 0 ? fmt::format("scaffold {}", scaffold) : ligand.smiles);
    }
    return keys;
}

/// Whole units in the given order: test until it has its share, then valid, the rest trains.
std::map<std::string, Split> assign(const SplitOptions& options, const Keys& keys,
                                    const std::vector<std::string>& order) {
    std::map<std::string, std::size_t> rows;
    for (const auto& key : keys) ++rows[key];
    const double all = static_cast<double>(keys.size());
    std::map<std::string, Split> split;
    double test = 0, valid = 0;
    for (const auto& unit : order) {
        const double share = static_cast<double>(rows.at(unit)) / all;
        // A unit may overshoot by half of what is wanted: one giant cluster is not worth a broken split.
        if (test < options.test_share && test + share <= 1.5 * options.test_share) {
            split[unit] = Split::test;
            test += share;
        } else if (valid < options.valid_share && valid + share <= 1.5 * options.valid_share) {
            split[unit] = Split::valid;
            valid += share;
        } else {
            split[unit] = Split::train;
        }
    }
    if ((options.test_share > 0 && test == 0) || (options.valid_share > 0 && valid == 0))
        throw Error(ErrorKind::input,
                    fmt::format("{} units of rows are too few or too large to hold out {:.0f} % and {:.0f} %",
                                rows.size(), 100 * options.valid_share, 100 * options.test_share),
                    "larger --valid and --test shares, or another --by");
    return split;
}

std::vector<std::string> drawing_order(const SplitOptions& options, const Keys& keys, SplitBy by) {
    std::vector<std::string> order(keys);
    std::sort(order.begin(), order.end());
    order.erase(std::unique(order.begin(), order.end()), order.end());
    if (by == SplitBy::time) {
        std::reverse(order.begin(), order.end());  // the newest are tested
    } else {
        Random random(options.seed);
        random.shuffle(order);
    }
    return order;
}

/// Rows of a weaker side (train < valid < test) whose unit also stands on a stronger one are left out.
void leave_out_shared(LabelledData& data, const Keys& keys) {
    std::map<std::string, Split> strongest;
    for (std::size_t i = 0; i < keys.size(); ++i) {
        auto& place = strongest.emplace(keys[i], data.rows[i].split).first->second;
        place = std::max(place, data.rows[i].split);
    }
    for (std::size_t i = 0; i < keys.size(); ++i)
        if (data.rows[i].split < strongest.at(keys[i])) data.rows[i].split = Split::none;
}

/// Held-out clusters are tested on what is new only, and the others learn from what is old only.
void keep_time_order(LabelledData& data, const std::map<std::string, Split>& by_date, const Keys& dates) {
    for (std::size_t i = 0; i < dates.size(); ++i) {
        auto& split = data.rows[i].split;
        const bool is_new = by_date.at(dates[i]) != Split::train;
        if (is_new == (split == Split::train)) split = Split::none;
    }
}

std::vector<std::string> homologs_across(const LabelledData& data) {
    std::map<std::string, std::set<Split>> sides;
    const Keys clusters = cluster_keys(data);
    for (std::size_t i = 0; i < clusters.size(); ++i)
        if (data.rows[i].split != Split::none) sides[clusters[i]].insert(data.rows[i].split);
    std::vector<std::string> across;
    for (const auto& [cluster, splits] : sides)
        if (splits.size() > 1) across.push_back(cluster);
    return across;
}

void split_rows(const SplitOptions& options, LabelledData& data) {
    if (options.by == SplitBy::file) {
        apply_split_file(data, options.file);
        return;
    }
    const Keys units = unit_keys(options, data);
    const bool clusters_first = options.homologs == Homologs::apart && options.by != SplitBy::cluster;
    const Keys drawn = clusters_first ? cluster_keys(data) : units;
    const SplitBy drawn_by = clusters_first ? SplitBy::cluster : options.by;
    const auto split = assign(options, drawn, drawing_order(options, drawn, drawn_by));
    for (std::size_t i = 0; i < drawn.size(); ++i) data.rows[i].split = split.at(drawn[i]);
    if (!clusters_first) return;
    if (options.by == SplitBy::time)
        keep_time_order(data, assign(options, units, drawing_order(options, units, SplitBy::time)), units);
    else
        leave_out_shared(data, units);
}

}  // namespace

void SplitOptions::check() const {
    const auto require = [](bool fine, std::string_view option, std::string_view expected) {
        if (!fine) throw Error(ErrorKind::usage, fmt::format("--{}: expected {}", option, expected));
    };
    require(!datasets.empty(), "data", "at least one HDF5 dataset");
    require(valid_share >= 0 && valid_share < 1, "valid", "a share from 0 to below 1");
    require(test_share >= 0 && test_share < 1, "test", "a share from 0 to below 1");
    require(valid_share + test_share > 0 && valid_share + test_share < 1, "valid",
            "shares of --valid and --test that leave rows to train on");
    require((by == SplitBy::time) == !dates.empty(), "dates", "a file with id and year, for --by time alone");
    require((by == SplitBy::file) == !file.empty(), "file", "a split file, for --by file alone");
}

SplitSummary split_dataset(const SplitOptions& options, const Context& context) {
    options.check();
    check_output_path(options.out, options.if_exists);
    LabelledData data(options.datasets, context.log);
    split_rows(options, data);

    SplitSummary summary;
    const auto across = homologs_across(data);
    if (!across.empty()) {
        const std::string text = fmt::format("{} homolog clusters are on more than one side, first '{}'",
                                             across.size(), across.front());
        if (options.homologs == Homologs::apart)
            throw Error(ErrorKind::input, text, "mend the file, or say --homologs across");
        summary.notes.push_back(text + ": the numbers will be about known targets");
    }
    std::map<std::string, std::set<std::string>> clusters;
    const Keys cluster_of = cluster_keys(data);
    std::string text = "id,pocket,cluster,split\n";
    for (std::size_t i = 0; i < data.rows.size(); ++i) {
        const auto& row = data.rows[i];
        const std::string split(row.split == Split::none ? "none" : to_string(row.split));
        ++summary.rows[split];
        clusters[split].insert(cluster_of[i]);
        text += table_row(
            {row.id, data.pocket_id(row.pocket), row.cluster < 0 ? "" : data.name(row.cluster), split},
            TableFormat::csv);
    }
    for (const auto& [split, names] : clusters) summary.clusters[split] = names.size();
    if (summary.rows.count("none"))
        summary.notes.push_back(fmt::format("{} rows belong to no side: they would tie the sides together",
                                            summary.rows.at("none")));
    write_file(options.out, text, options.if_exists);
    return summary;
}

}  // namespace keyway::workflows

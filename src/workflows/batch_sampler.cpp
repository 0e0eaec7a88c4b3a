/// Weighted draws of assays, uniform draws of rows.
#include "workflows/batch_sampler.hpp"

#include "keyway/core/error.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <utility>

namespace keyway::workflows {
namespace {

/// Index of the unit that `place` (0 <= place < sum of weights) falls on.
std::size_t unit_at(const std::vector<double>& weights, double place) {
    std::size_t last = 0;
    for (std::size_t i = 0; i < weights.size(); ++i) {
        if (weights[i] <= 0) continue;
        last = i;
        if (place < weights[i]) return i;
        place -= weights[i];
    }
    return last;  // rounding at the very end
}

/// The first `count` items become a random draw without replacement, in random order.
void partial_shuffle(std::vector<int>& items, std::size_t count, Random& random) {
    for (std::size_t i = 0; i < count; ++i) std::swap(items[i], items[i + random.below(items.size() - i)]);
    items.resize(count);
}

}  // namespace

BatchSampler::BatchSampler(const std::vector<LabelledRow>& rows, const std::vector<LabelledPose>& poses,
                           Split split, const Options& options)
    : options_(options) {
    for (const auto& row : rows) heavy_atoms_.push_back(row.heavy_atoms);
    for (std::size_t i = 0; i < poses.size(); ++i)
        if (poses[i].split == split) poses_.push_back(static_cast<int>(i));
    if (options_.pose_share > 0 && poses_.empty())
        throw Error(
            ErrorKind::input, "the data has no known poses in split '" + std::string(to_string(split)) + "'",
            "build the dataset again from targets with reference ligands, or leave --pose-share at 0");
    int core = -1;
    bool several = false;
    for (const auto& row : rows) {
        if (row.split != split) continue;
        ++row_count_;
        if (core < 0 || row.source < core) core = row.source;
    }
    if (row_count_ == 0)
        throw Error(ErrorKind::input, "the data has no rows in split '" + std::string(to_string(split)) + "'",
                    "give a --split-file, or a dataset with a split column");
    for (const auto& row : rows) several |= row.split == split && row.source != core;

    // (share, source, series) -> rows, in order of the series' number: the same data gives the same order.
    std::map<std::pair<int, int>, std::vector<int>> assays;
    std::vector<std::vector<int>> lone(several ? 2 : 1);
    const auto share_of = [&](const LabelledRow& row) { return several && row.source != core ? 1 : 0; };
    for (std::size_t i = 0; i < rows.size(); ++i) {
        if (rows[i].split != split) continue;
        const int share = share_of(rows[i]);
        if (rows[i].series < 0)
            lone[static_cast<std::size_t>(share)].push_back(static_cast<int>(i));
        else
            assays[{share, rows[i].series}].push_back(static_cast<int>(i));
    }
    shares_.resize(lone.size());
    const auto add = [&](std::size_t share, std::vector<int> members, bool is_lone) {
        const double weight = std::sqrt(static_cast<double>(members.size()));
        shares_[share].push_back({std::move(members), is_lone, weight});
    };
    for (auto& [key, members] : assays) {
        const auto share = static_cast<std::size_t>(key.first);
        if (members.size() == 1)
            lone[share].push_back(members.front());
        else
            add(share, std::move(members), false);
    }
    for (std::size_t share = 0; share < lone.size(); ++share)
        if (!lone[share].empty()) add(share, std::move(lone[share]), true);
    if (options_.selectivity_share > 0) pair_assays(rows);
}

void BatchSampler::pair_assays(const std::vector<LabelledRow>& rows) {
    std::vector<const Unit*> units;
    for (const Share& share : shares_)
        for (const Unit& unit : share)
            if (!unit.lone) units.push_back(&unit);
    const auto at = [&](int row) -> const LabelledRow& { return rows[static_cast<std::size_t>(row)]; };

    std::map<int, std::vector<std::size_t>> units_of_ligand;
    for (std::size_t u = 0; u < units.size(); ++u)
        for (const int row : units[u]->rows) {
            auto& list = units_of_ligand[at(row).ligand];
            if (list.empty() || list.back() != u) list.push_back(u);
        }
    std::map<std::pair<std::size_t, std::size_t>, std::set<int>> shared_ligands;
    for (const auto& [ligand, list] : units_of_ligand)
        for (std::size_t i = 0; i < list.size(); ++i)
            for (std::size_t j = i + 1; j < list.size(); ++j)
                if (at(units[list[i]]->rows.front()).pocket != at(units[list[j]]->rows.front()).pocket)
                    shared_ligands[{list[i], list[j]}].insert(ligand);
    for (const auto& [pair, ligands] : shared_ligands) {
        if (static_cast<int>(ligands.size()) < kSharedLigands) continue;
        AssayPair both;
        both.weight = std::sqrt(static_cast<double>(ligands.size()));
        for (const int side : {0, 1})
            for (const int row : units[side == 0 ? pair.first : pair.second]->rows)
                (ligands.contains(at(row).ligand) ? both.shared : both.others)[side].push_back(row);
        for (auto& side : both.shared)
            std::stable_sort(side.begin(), side.end(),
                             [&](int a, int b) { return at(a).ligand < at(b).ligand; });
        assay_pairs_.push_back(std::move(both));
    }
}

/// Both assays get half of the places. The same random order of the shared ligands on both sides keeps their
/// rows together where not all of them find room.
std::vector<BatchSampler::Row> BatchSampler::draw_pair(Random& random) const {
    std::vector<double> weights;
    double total = 0;
    for (const AssayPair& pair : assay_pairs_) {
        weights.push_back(pair.weight);
        total += pair.weight;
    }
    const AssayPair& pair = assay_pairs_[unit_at(weights, random.uniform() * total)];
    const auto places = static_cast<std::size_t>(std::max(1, options_.max_ligands_per_assay / 2));
    const double turn = random.uniform();
    std::vector<Row> batch;
    for (const int side : {0, 1}) {
        std::vector<int> members = pair.shared[side];
        const auto start = static_cast<std::size_t>(turn * static_cast<double>(members.size()));
        std::rotate(members.begin(), members.begin() + static_cast<std::ptrdiff_t>(start), members.end());
        std::vector<int> others = pair.others[side];
        if (members.size() > places) members.resize(places);
        partial_shuffle(others, std::min(others.size(), places - members.size()), random);
        members.insert(members.end(), others.begin(), others.end());
        cut_to_budget(members, 2);
        for (const int row : members) batch.push_back({row, side});
    }
    return batch;
}

/// The first rows whose heavy atoms fit into one of `parts` equal parts of the budget.
void BatchSampler::cut_to_budget(std::vector<int>& members, int parts) const {
    if (options_.atoms_per_batch == 0) return;
    std::size_t kept = 0;
    for (int atoms = 0; kept < members.size(); ++kept) {
        atoms += heavy_atoms_[static_cast<std::size_t>(members[kept])];
        if (kept >= kFewestRows && atoms > options_.atoms_per_batch / parts) break;
    }
    members.resize(kept);
}

BatchSampler::Batch BatchSampler::draw(Random& random) const {
    Batch batch;
    if (options_.pose_share > 0 && random.uniform() < options_.pose_share) {
        batch.poses = poses_;
        const auto count = static_cast<std::size_t>(options_.poses_per_batch);
        partial_shuffle(batch.poses, std::min(batch.poses.size(), count), random);
    } else if (!assay_pairs_.empty() && random.uniform() < options_.selectivity_share) {
        batch.rows = draw_pair(random);
    } else {
        batch.rows = draw_assays(random);
    }
    return batch;
}

std::vector<BatchSampler::Row> BatchSampler::draw_assays(Random& random) const {
    const bool core = shares_.size() == 1 || random.uniform() < options_.core_share;
    const Share& share = core ? shares_.front() : shares_.back();

    std::vector<double> weights;
    double total = 0;
    for (const auto& unit : share) {
        weights.push_back(unit.weight);
        total += unit.weight;
    }
    std::vector<Row> batch;
    int assay = 0;
    const int units = std::min(options_.assays_per_batch, static_cast<int>(share.size()));
    for (int drawn = 0; drawn < units; ++drawn) {
        const std::size_t chosen = unit_at(weights, random.uniform() * total);
        total -= std::exchange(weights[chosen], 0.0);
        const Unit& unit = share[chosen];
        std::vector<int> members = unit.rows;
        const int limit = unit.lone ? kLoneRows : options_.max_ligands_per_assay;
        partial_shuffle(members, std::min(members.size(), static_cast<std::size_t>(limit)), random);
        cut_to_budget(members, units);
        for (int row : members) batch.push_back({row, unit.lone ? assay++ : assay});
        if (!unit.lone) ++assay;
    }
    return batch;
}

}  // namespace keyway::workflows

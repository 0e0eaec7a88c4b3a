/// Heavy atoms, target means, nearest neighbours, swapped pockets.
#include "workflows/baselines.hpp"

#include "keyway/core/error.hpp"
#include "keyway/core/random.hpp"
#include "keyway/sample/columns.hpp"

#include <algorithm>
#include <numeric>

namespace keyway::workflows {
namespace {

HeavyAtomLine fit_line(const std::vector<double>& heavy_atoms, const std::vector<double>& pk) {
    const double n = static_cast<double>(pk.size());
    const double mean_x = std::accumulate(heavy_atoms.begin(), heavy_atoms.end(), 0.0) / n;
    const double mean_y = std::accumulate(pk.begin(), pk.end(), 0.0) / n;
    double xx = 0, xy = 0;
    for (std::size_t i = 0; i < pk.size(); ++i) {
        xx += (heavy_atoms[i] - mean_x) * (heavy_atoms[i] - mean_x);
        xy += (heavy_atoms[i] - mean_x) * (pk[i] - mean_y);
    }
    const double slope = xx > 0 ? xy / xx : 0;
    return {mean_y - slope * mean_x, slope};
}

}  // namespace

TrainingReference::TrainingReference(LabelledData& data) : compounds_with_bit_(kFingerprintBits) {
    std::vector<double> heavy_atoms, pk;
    std::map<std::string, std::size_t> place_of;
    for (const auto& row : data.rows) {
        if (row.split != Split::train || is_censored(row.relation)) continue;
        const LigandGraph& ligand = data.ligand(row.ligand);
        const auto [place, is_new] = place_of.emplace(ligand.smiles, compounds_.size());
        if (is_new) {
            for (const auto bit : ligand.fingerprint)
                compounds_with_bit_[bit].push_back(static_cast<std::uint32_t>(compounds_.size()));
            compounds_.push_back({ligand.fingerprint.size(), {}});
        }
        compounds_[place->second].pk.add(row.pk);
        if (row.protein >= 0) proteins_[data.name(row.protein)].add(row.pk);
        if (row.cluster >= 0) clusters_[data.name(row.cluster)].add(row.pk);
        all_.add(row.pk);
        heavy_atoms.push_back(static_cast<double>(ligand.atoms()));
        pk.push_back(row.pk);
    }
    row_count_ = pk.size();
    if (row_count_ == 0)
        throw Error(ErrorKind::input, "the training data has no uncensored rows in split 'train'",
                    "--training-data needs the dataset that the model was trained on");
    line_ = fit_line(heavy_atoms, pk);
}

TrainingReference::Neighbours TrainingReference::neighbours(
    const std::vector<std::uint16_t>& fingerprint) const {
    // Common bits of all compounds at once, by the lists of who has a bit: far less work than comparing
    // pairs.
    std::vector<std::uint16_t> common(compounds_.size());
    for (const auto bit : fingerprint)
        for (const auto compound : compounds_with_bit_[bit]) ++common[compound];

    std::vector<std::pair<double, std::size_t>> nearest;  // at most kNeighbours, best first
    for (std::size_t i = 0; i < compounds_.size(); ++i) {
        const double all = static_cast<double>(fingerprint.size() + compounds_[i].bits) - common[i];
        const double similarity = all > 0 ? common[i] / all : 0;
        if (nearest.size() == kNeighbours && similarity <= nearest.back().first) continue;
        const auto place = std::find_if(nearest.begin(), nearest.end(),
                                        [&](const auto& other) { return other.first < similarity; });
        nearest.insert(place, {similarity, i});
        if (nearest.size() > kNeighbours) nearest.pop_back();
    }
    double weights = 0, sum = 0;
    for (const auto& [similarity, i] : nearest) {
        weights += similarity;
        sum += similarity * compounds_[i].pk.value();
    }
    return {weights > 0 ? sum / weights : all_.value(), nearest.front().first};
}

double TrainingReference::target_mean(const std::string& protein, const std::string& cluster) const {
    if (const auto place = proteins_.find(protein); place != proteins_.end()) return place->second.value();
    if (const auto place = clusters_.find(cluster); place != clusters_.end()) return place->second.value();
    return all_.value();
}

std::vector<int> swapped_pockets(const std::vector<std::string>& family_of_pocket, std::uint64_t seed) {
    const std::size_t n = family_of_pocket.size();
    std::map<std::string, std::vector<int>> families;
    for (std::size_t i = 0; i < n; ++i) families[family_of_pocket[i]].push_back(static_cast<int>(i));
    if (families.size() < 2) return {};

    Random random(seed);
    std::vector<std::vector<int>> shuffled;
    std::size_t largest = 0;
    for (auto& [name, members] : families) {
        random.shuffle(members);
        largest = std::max(largest, members.size());
        shuffled.push_back(members);
    }
    random.shuffle(shuffled);
    std::vector<int> order;  // families one after the other
    for (const auto& members : shuffled) order.insert(order.end(), members.begin(), members.end());

    // A shift by the largest family leaves every family, unless that family is more than half of all.
    std::vector<int> partner(n);
    for (std::size_t i = 0; i < n; ++i) {
        const int pocket = order[i];
        int other = order[(i + largest) % n];
        while (family_of_pocket[static_cast<std::size_t>(other)] ==
               family_of_pocket[static_cast<std::size_t>(pocket)])
            other = order[random.below(n)];
        partner[static_cast<std::size_t>(pocket)] = other;
    }
    return partner;
}

}  // namespace keyway::workflows

/// Distinct fingerprints and pockets of the training rows, and how near each cluster is to the others.
#include "workflows/write_training_domain.hpp"

#include "workflows/fingerprint_index.hpp"
#include "workflows/labelled_data.hpp"
#include "workflows/pocket_counts.hpp"

#include "keyway/core/error.hpp"
#include "keyway/workflows/training_domain.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>

namespace keyway::workflows {
namespace {

constexpr std::size_t kFewestClusters = 3, kLigandsOfACluster = 50;
constexpr double kShareOutside = 0.05;

using ByCluster = std::map<int, std::vector<double>>;  ///< similarities to the other clusters

/// The smallest value that at least `kShareOutside` do not exceed, clusters weighing the same; rounded down
/// so that it reads well.
double threshold_of(const ByCluster& similarities) {
    if (similarities.size() < kFewestClusters) return std::numeric_limits<double>::quiet_NaN();
    std::vector<std::pair<double, double>> weighted;
    for (const auto& [cluster, values] : similarities)
        for (const double value : values)
            weighted.emplace_back(value, 1.0 / static_cast<double>(values.size()));
    std::sort(weighted.begin(), weighted.end());
    const double wanted = kShareOutside * static_cast<double>(similarities.size());
    double sum = 0;
    for (const auto& [value, weight] : weighted)
        if ((sum += weight) >= wanted - 1e-9) return std::floor(value * 1e4) / 1e4;
    return std::floor(weighted.back().first * 1e4) / 1e4;
}

/// Evenly spread over the list.
std::vector<std::size_t> some_of(const std::vector<std::size_t>& all) {
    const std::size_t count = std::min(all.size(), kLigandsOfACluster);
    std::vector<std::size_t> chosen;
    for (std::size_t i = 0; i < count; ++i) chosen.push_back(all[i * all.size() / count]);
    return chosen;
}

double ligand_threshold(const std::vector<store::DomainFile::Ligand>& ligands,
                        const std::vector<std::set<int>>& clusters_of, const std::set<int>& clusters) {
    ByCluster similarities;
    for (const int cluster : clusters) {
        std::vector<std::size_t> own;
        std::vector<FingerprintIndex::Bits> others;
        for (std::size_t i = 0; i < ligands.size(); ++i) {
            const bool is_own = clusters_of[i].contains(cluster);
            if (is_own) own.push_back(i);
            if (clusters_of[i].size() > (is_own ? 1u : 0u)) others.push_back(ligands[i].fingerprint);
        }
        if (others.empty()) continue;
        const FingerprintIndex index(others);
        for (const auto i : some_of(own)) {
            const auto match = index.nearest(ligands[i].fingerprint);
            similarities[cluster].push_back(match ? match->similarity : 0);
        }
    }
    return threshold_of(similarities);
}

double pocket_threshold(const std::vector<store::DomainFile::Pocket>& pockets,
                        const std::vector<int>& cluster_of) {
    ByCluster similarities;
    for (std::size_t i = 0; i < pockets.size(); ++i) {
        double nearest = -1;
        for (std::size_t j = 0; j < pockets.size(); ++j)
            if (cluster_of[i] != cluster_of[j])
                nearest = std::max(nearest, similarity(pockets[i].counts, pockets[j].counts));
        if (nearest >= 0) similarities[cluster_of[i]].push_back(nearest);
    }
    return threshold_of(similarities);
}

}  // namespace

store::DomainFile training_domain_of(LabelledData& data) {
    store::DomainFile domain;
    domain.training_data_sha256 = data.content_sha256();
    std::map<std::vector<std::uint16_t>, std::size_t> place_of_ligand;
    std::map<int, std::size_t> place_of_pocket;
    std::vector<std::set<int>> clusters_of_ligand;
    std::vector<int> cluster_of_pocket;
    std::set<int> clusters;
    for (const auto& row : data.rows) {
        if (row.split != Split::train) continue;
        const int cluster = row.cluster >= 0 ? row.cluster : -1 - row.pocket;
        clusters.insert(cluster);
        const LigandGraph& ligand = data.ligand(row.ligand);
        const auto [place, is_new] = place_of_ligand.emplace(ligand.fingerprint, domain.ligands.size());
        if (is_new) {
            domain.ligands.push_back({ligand.id, ligand.fingerprint});
            clusters_of_ligand.emplace_back();
        }
        clusters_of_ligand[place->second].insert(cluster);
        if (place_of_pocket.emplace(row.pocket, domain.pockets.size()).second) {
            domain.pockets.push_back({data.pocket_id(row.pocket), pocket_counts(data.pocket(row.pocket))});
            cluster_of_pocket.push_back(cluster);
        }
    }
    if (domain.ligands.empty())
        throw Error(ErrorKind::input, "the training data has no rows in split 'train'",
                    "--training-data needs the dataset that the model was trained on");
    domain.ligand_threshold = ligand_threshold(domain.ligands, clusters_of_ligand, clusters);
    domain.pocket_threshold = pocket_threshold(domain.pockets, cluster_of_pocket);
    return domain;
}

void write_training_domain(const TrainingDomain::Model& model,
                           const std::vector<std::filesystem::path>& datasets,
                           const std::filesystem::path& split_file, LogSink& log) {
    LabelledData data(datasets, log);
    if (data.content_sha256() != model.passport.training_data_sha256)
        throw Error(
            ErrorKind::incompatible,
            fmt::format("the training data is not what the model was trained on: SHA-256 {}, expected {}",
                        data.content_sha256().substr(0, 16),
                        model.passport.training_data_sha256.substr(0, 16)),
            "name the same datasets in the same order as for `keyway train`");
    if (!split_file.empty()) apply_split_file(data, split_file);
    store::write_domain_file(model.weights.parent_path() / TrainingDomain::kFileName, IfExists::overwrite,
                             training_domain_of(data));
}

}  // namespace keyway::workflows

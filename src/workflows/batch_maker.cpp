/// Weights, offsets, and the batch's own numbering.
#include "workflows/batch_maker.hpp"

#include "keyway/core/error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>

namespace keyway::workflows {
namespace {

/// `~` values count half.
constexpr float kApproximateWeight = 0.5f;

std::vector<float> weights_by_source(const LabelledData& data,
                                     const std::vector<std::pair<std::string, double>>& source_weights) {
    std::vector<std::optional<float>> given(static_cast<std::size_t>(data.source_count()));
    for (const auto& [name, weight] : source_weights) {
        std::string names;
        bool found = false;
        for (int source = 0; source < data.source_count(); ++source) {
            names += (source == 0 ? "" : ", ") + data.source_name(source);
            if (data.source_name(source) != name) continue;
            auto& slot = given[static_cast<std::size_t>(source)];
            if (slot)
                throw Error(ErrorKind::usage, fmt::format("--source-weight: '{}' is given twice", name));
            slot = static_cast<float>(weight);
            found = true;
        }
        if (!found)
            throw Error(ErrorKind::usage, fmt::format("--source-weight: no source is named '{}'", name),
                        fmt::format("sources: {}", names));
    }
    std::vector<float> weights;
    for (const auto& weight : given) weights.push_back(weight.value_or(1.0f));
    return weights;
}

/// Gives the batch's number of a pocket or ligand; true: it is new.
std::pair<int, bool> number_in(std::map<int, int>& numbers, int index) {
    const auto [place, is_new] = numbers.emplace(index, static_cast<int>(numbers.size()));
    return {place->second, is_new};
}

}  // namespace

void leave_out_sources(LabelledData& data,
                       const std::vector<std::pair<std::string, double>>& source_weights) {
    const std::vector<float> weights = weights_by_source(data, source_weights);
    for (auto& row : data.rows)
        if (row.split == Split::train && weights[static_cast<std::size_t>(row.source)] == 0)
            row.split = Split::none;
}

BatchMaker::BatchMaker(LabelledData& data, const TrainOptions& options)
    : data_(data),
      assay_offset_(options.assay_offset),
      weight_of_source_(weights_by_source(data, options.source_weights)) {}

model::TrainBatch BatchMaker::make(const BatchSampler::Batch& drawn) const {
    model::TrainBatch batch;
    std::map<int, int> pockets, ligands;
    const auto add_pocket = [&](int index, int cluster) {
        const auto [number, is_new] = number_in(pockets, index);
        if (is_new) {
            batch.pockets.push_back(&data_.pocket(index));
            // A pocket without a cluster is one of its own.
            batch.cluster_of_pocket.push_back(cluster >= 0 ? cluster : -2 - index);
        }
        return number;
    };
    const auto add_ligand = [&](int index) {
        const auto [number, is_new] = number_in(ligands, index);
        if (is_new) batch.ligands.push_back(&data_.ligand(index));
        return std::pair(number, is_new);
    };
    double source_weights = 0;
    for (const auto& [index, assay] : drawn.rows) {
        const auto& row = data_.rows[static_cast<std::size_t>(index)];
        const int pocket = add_pocket(row.pocket, row.cluster);
        const auto [ligand, is_new] = add_ligand(row.ligand);
        if (const auto& distances = data_.distances(row.ligand); is_new && !distances.empty())
            batch.intra_distances.push_back({ligand, distances});
        const float source_weight = weight_of_source_[static_cast<std::size_t>(row.source)];
        source_weights += source_weight;
        const bool condition_dependent = row.measure == Measure::ic50 || row.measure == Measure::ec50;
        batch.rows.push_back(
            {.pocket = pocket,
             .ligand = ligand,
             .pk = row.pk,
             .relation = row.relation,
             .assay = assay,
             .weight = source_weight * (row.relation == Relation::approximate ? kApproximateWeight : 1.0f),
             .free_offset = assay_offset_ == AssayOffset::ic50 && condition_dependent});
    }
    if (!drawn.rows.empty())
        batch.loss_weight = static_cast<float>(source_weights / static_cast<double>(drawn.rows.size()));
    for (const int index : drawn.poses) {
        const auto& pose = data_.poses[static_cast<std::size_t>(index)];
        const int pocket = add_pocket(pose.pocket, pose.cluster);
        batch.poses.push_back({pocket, add_ligand(pose.ligand).first, pose.position_in_pocket});
    }
    return batch;
}

}  // namespace keyway::workflows

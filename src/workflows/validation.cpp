/// Predictions of the validation rows, pocket by pocket, and their metrics.
#include "workflows/validation.hpp"

#include "keyway/report/metrics.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>

namespace keyway::workflows {
namespace {

/// Bounds the memory of one forward pass.
constexpr std::size_t kRowsPerCall = 128;

double mean_of_finite(const std::vector<double>& values) {
    return report::bootstrap_group_mean(values, 1, 0).value;
}

}  // namespace

std::vector<std::pair<std::string, double>> ValidationResult::items() const {
    std::vector<std::pair<std::string, double>> items{
        {"mean_assay_spearman", mean_assay_spearman},
        {"pearson", pearson},
        {"rmse", rmse},
        {"pocket_blanked_mean_assay_spearman", pocket_blanked_mean_assay_spearman},
        {"heavy_atoms_mean_assay_spearman", heavy_atoms_mean_assay_spearman}};
    if (!poses) return items;
    if (std::isfinite(poses->anchor_angstrom)) {
        items.emplace_back("anchor_error_angstrom", poses->anchor_angstrom);
        items.emplace_back("centroid_error_angstrom", poses->centroid_angstrom);
    }
    if (std::isfinite(poses->distance_loss)) items.emplace_back("distance_loss", poses->distance_loss);
    return items;
}

Validation::Validation(LabelledData& data, const model::OptimiserOptions& learns)
    : data_(data), learns_distances_(learns.distance_weight > 0) {
    const auto usable = [](const LabelledRow& row) {
        return row.split == Split::valid && !is_censored(row.relation);
    };
    const bool core_only = std::any_of(data.rows.begin(), data.rows.end(),
                                       [&](const auto& row) { return usable(row) && row.source == 0; });
    for (std::size_t i = 0; i < data.rows.size(); ++i)
        if (usable(data.rows[i]) && (!core_only || data.rows[i].source == 0))
            rows_.push_back(static_cast<int>(i));
    std::stable_sort(rows_.begin(), rows_.end(), [&](int a, int b) {
        return data.rows[static_cast<std::size_t>(a)].pocket < data.rows[static_cast<std::size_t>(b)].pocket;
    });

    std::map<int, std::vector<int>> series;
    std::vector<double> heavy_atoms;
    for (std::size_t i = 0; i < rows_.size(); ++i) {
        const auto& row = data.rows[static_cast<std::size_t>(rows_[i])];
        measured_.push_back(row.pk);
        heavy_atoms.push_back(static_cast<double>(data.ligand(row.ligand).atoms()));
        if (row.series >= 0) series[row.series].push_back(static_cast<int>(i));
    }
    for (auto& [number, members] : series)
        if (members.size() >= kMinGroup) assays_.push_back(std::move(members));
    heavy_atoms_ = mean_assay_spearman(heavy_atoms);

    if (!learns_distances_ && !(learns.anchor_weight > 0)) return;
    for (const auto& pose : data.poses)
        if (pose.split == Split::valid && poses_.size() < kMostPoses) poses_.push_back(&pose);
}

ValidationResult Validation::run(model::Trainer& trainer) const {
    const std::vector<double> full = predict(trainer, model::PocketUse::full);
    const std::vector<double> blanked = predict(trainer, model::PocketUse::blanked);
    return {mean_assay_spearman(full),
            report::pearson(full, measured_),
            report::rmse(full, measured_),
            mean_assay_spearman(blanked),
            heavy_atoms_,
            place_poses(trainer)};
}

/// One complex at a time: the memory of a large pocket, not of all.
std::optional<PoseErrors> Validation::place_poses(model::Trainer& trainer) const {
    if (poses_.empty()) return std::nullopt;
    double anchor = 0, centroid = 0, distance = 0;
    std::size_t anchors = 0, centroids = 0;
    for (const LabelledPose* pose : poses_) {
        model::TrainBatch batch;
        batch.pockets = {&data_.pocket(pose->pocket)};
        batch.ligands = {&data_.ligand(pose->ligand)};
        batch.poses = {{0, 0, pose->position_in_pocket}};
        const model::PoseMetrics metrics = trainer.evaluate_poses(batch);
        anchor = std::accumulate(metrics.anchor_error_angstrom.begin(), metrics.anchor_error_angstrom.end(),
                                 anchor);
        centroid = std::accumulate(metrics.centroid_error_angstrom.begin(),
                                   metrics.centroid_error_angstrom.end(), centroid);
        anchors += metrics.anchor_error_angstrom.size();
        centroids += metrics.centroid_error_angstrom.size();
        distance += metrics.distance_loss / static_cast<double>(poses_.size());
    }
    return PoseErrors{anchor / static_cast<double>(anchors), centroid / static_cast<double>(centroids),
                      learns_distances_ ? distance : std::numeric_limits<double>::quiet_NaN()};
}

std::vector<double> Validation::predict(model::Trainer& trainer, model::PocketUse use) const {
    std::vector<double> predicted;
    for (std::size_t begin = 0; begin < rows_.size();) {
        model::TrainBatch batch;
        const int pocket = data_.rows[static_cast<std::size_t>(rows_[begin])].pocket;
        batch.pockets.push_back(&data_.pocket(pocket));
        std::size_t end = begin;
        for (; end < rows_.size() && end - begin < kRowsPerCall; ++end) {
            const auto& row = data_.rows[static_cast<std::size_t>(rows_[end])];
            if (row.pocket != pocket) break;
            batch.ligands.push_back(&data_.ligand(row.ligand));
            batch.rows.push_back({0, static_cast<int>(end - begin), row.pk, row.relation, 0, 1});
        }
        for (const auto& prediction : trainer.predict(batch, use)) predicted.push_back(prediction.pk);
        begin = end;
    }
    return predicted;
}

double Validation::mean_assay_spearman(const std::vector<double>& predicted) const {
    std::vector<double> per_assay;
    for (const auto& members : assays_) {
        std::vector<double> x, y;
        for (int i : members) {
            x.push_back(predicted[static_cast<std::size_t>(i)]);
            y.push_back(measured_[static_cast<std::size_t>(i)]);
        }
        per_assay.push_back(report::spearman(x, y));
    }
    return mean_of_finite(per_assay);
}

}  // namespace keyway::workflows

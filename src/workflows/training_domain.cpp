/// Nearest neighbours and verdicts from domain files.
#include "keyway/workflows/training_domain.hpp"

#include "workflows/fingerprint_index.hpp"
#include "workflows/pocket_counts.hpp"

#include "keyway/core/error.hpp"
#include "keyway/sample/columns.hpp"
#include "keyway/store/domain_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace keyway::workflows {
namespace {

FingerprintIndex index_of(const store::DomainFile& file) {
    std::vector<FingerprintIndex::Bits> fingerprints;
    for (const auto& ligand : file.ligands) fingerprints.push_back(ligand.fingerprint);
    return FingerprintIndex(fingerprints);
}

/// An unknown threshold (NaN) makes all of them unknown.
void raise(double& threshold, double other) {
    if (std::isnan(other) || other > threshold) threshold = other;
}

store::DomainFile read_file(const std::filesystem::path& path) {
    try {
        return store::read_domain_file(path);
    } catch (const Error& error) {
        if (error.kind() != ErrorKind::incompatible) throw;
        throw Error(ErrorKind::incompatible, error.what(),
                    "fetch the model again, write the file anew with `keyway evaluate --calibrate "
                    "--training-data`, or remove it to do without the applicability domain");
    }
}

/// Of several training sets the farthest counts.
void keep_farther(NearestInTraining& kept, NearestInTraining found) {
    if (std::isnan(kept.similarity) || found.similarity < kept.similarity) kept = std::move(found);
}

}  // namespace

struct TrainingDomain::Part {
    explicit Part(store::DomainFile file_in) : file(std::move(file_in)), ligands(index_of(file)) {
        for (auto& ligand : file.ligands) ligand.fingerprint = {};  // the index has them
    }
    store::DomainFile file;
    FingerprintIndex ligands;
};

TrainingDomain::TrainingDomain(std::span<const Model> models) {
    for (const auto& model : models) {
        const auto path = model.weights.parent_path() / kFileName;
        std::error_code ignored;
        const auto leave = [&](const std::string& why) {
            note_ = fmt::format(
                "no applicability domain: {} (`keyway evaluate --calibrate --training-data` writes it); the "
                "columns in_domain and nearest_train_* stay empty",
                why);
            parts_.clear();
        };
        if (!std::filesystem::exists(path, ignored)) {
            leave(fmt::format("'{}' has no {} beside it", model.weights.string(), kFileName));
            return;
        }
        store::DomainFile file = read_file(path);
        if (file.training_data_sha256 != model.passport.training_data_sha256) {
            leave(fmt::format("'{}' describes other training data than that of the model", path.string()));
            return;
        }
        const auto is_same = [&](const auto& part) {
            return part->file.content_sha256 == file.content_sha256;
        };
        if (std::none_of(parts_.begin(), parts_.end(), is_same))
            parts_.push_back(std::make_unique<Part>(std::move(file)));
    }
    for (const auto& part : parts_) {
        raise(ligand_threshold_, part->file.ligand_threshold);
        raise(pocket_threshold_, part->file.pocket_threshold);
    }
}

TrainingDomain::~TrainingDomain() = default;
TrainingDomain::TrainingDomain(TrainingDomain&&) noexcept = default;

std::string TrainingDomain::identity() const {
    std::string text;
    for (const auto& part : parts_) text += (text.empty() ? "" : " ") + part->file.content_sha256;
    return text.empty() ? "none" : text;
}

NearestInTraining TrainingDomain::nearest(const LigandGraph& ligand) const {
    return nearest(std::span(&ligand, 1)).front();
}

std::vector<NearestInTraining> TrainingDomain::nearest(std::span<const LigandGraph> ligands) const {
    std::vector<NearestInTraining> nearest(ligands.size());
    std::vector<const FingerprintIndex::Bits*> fingerprints;
    for (const auto& ligand : ligands) fingerprints.push_back(&ligand.fingerprint);
    for (const auto& part : parts_) {
        const auto matches = part->ligands.nearest(fingerprints);
        for (std::size_t i = 0; i < ligands.size(); ++i) {
            const auto& match = matches[i];
            keep_farther(nearest[i],
                         match ? NearestInTraining{match->similarity, part->file.ligands[match->index].id}
                               : NearestInTraining{0, ""});
        }
    }
    return nearest;
}

NearestInTraining TrainingDomain::nearest(const PocketGraph& pocket) const {
    NearestInTraining nearest;
    const CircularCounts counts = pocket_counts(pocket);
    for (const auto& part : parts_) {
        NearestInTraining found{0, ""};
        for (const auto& known : part->file.pockets)
            if (const double similar = similarity(counts, known.counts); similar > found.similarity)
                found = {similar, known.id};
        keep_farther(nearest, std::move(found));
    }
    return nearest;
}

DomainPlace TrainingDomain::place(const NearestInTraining& ligand, const NearestInTraining& pocket) const {
    DomainPlace place{ligand, pocket, holds(pocket)};
    if (place.is_inside) {
        if (std::isnan(ligand_threshold_))
            place.is_inside.reset();
        else
            place.is_inside = *place.is_inside && place.ligand.similarity >= ligand_threshold_;
    }
    return place;
}

std::optional<bool> TrainingDomain::holds(const NearestInTraining& pocket) const {
    if (parts_.empty() || std::isnan(pocket_threshold_)) return std::nullopt;
    return pocket.similarity >= pocket_threshold_;
}

std::vector<std::pair<std::string, std::string>> describe_training_domain(
    const TrainingDomain::Model& model) {
    const auto path = model.weights.parent_path() / TrainingDomain::kFileName;
    std::error_code ignored;
    if (!std::filesystem::exists(path, ignored)) return {{"file", "none"}};
    const store::DomainFile file = read_file(path);
    const auto inside = [](double threshold) {
        return std::isnan(threshold) ? std::string("no threshold, fewer than 3 homolog clusters")
                                     : fmt::format("inside from similarity {:.4f} on", threshold);
    };
    return {{"file", path.string()},
            {"belongs to", file.training_data_sha256 == model.passport.training_data_sha256
                               ? "these weights, by the SHA-256 of the training data"
                               : "other training data: keyway does not use it"},
            {"training data", file.training_data_sha256},
            {"ligands", fmt::format("{}, different fingerprints: Morgan, radius 2, {} bits; {}",
                                    file.ligands.size(), kFingerprintBits, inside(file.ligand_threshold))},
            {"pockets", fmt::format("{}, counted residue pairs; {}", file.pockets.size(),
                                    inside(file.pocket_threshold))},
            {"content SHA-256", file.content_sha256}};
}

std::string describe_pocket_place(const TrainingDomain& domain, const NearestInTraining& pocket) {
    if (std::isnan(pocket.similarity)) return "";
    const auto holds = domain.holds(pocket);
    return fmt::format("nearest training pocket {}, similarity {:.2f}{}",
                       pocket.name.empty() ? "none" : pocket.name, pocket.similarity,
                       !holds   ? ""
                       : *holds ? ", inside the domain"
                                : ", outside the domain: do not trust the numbers");
}

}  // namespace keyway::workflows

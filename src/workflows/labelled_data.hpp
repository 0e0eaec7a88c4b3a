/// The labelled rows of one or several datasets under one numbering; graphs are read on first use and kept.
#pragma once

#include "keyway/core/context.hpp"
#include "keyway/core/pocket_definition.hpp"
#include "keyway/sample/ligand_graph.hpp"
#include "keyway/sample/measurement.hpp"
#include "keyway/sample/pocket_graph.hpp"
#include "keyway/store/dataset_file.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace keyway::workflows {

/// A bound, not a value: trained on one-sidedly, left out of every metric.
inline bool is_censored(Relation relation) {
    return relation == Relation::less || relation == Relation::greater;
}

/// All indices count over all datasets; -1 where the dataset says nothing.
struct LabelledRow {
    std::string id;
    int pocket = 0, ligand = 0;
    float pk = 0;
    Relation relation = Relation::equal;
    Measure measure = Measure::unstated;
    Split split = Split::none;
    int heavy_atoms = 0;  ///< of the ligand
    int series = -1;      ///< rows of one assay in one pocket: values are comparable
    int source = 0;       ///< the dataset file where several are given, else the label file inside the one
    int protein = -1, cluster = -1;
};

/// A complex whose bound ligand is known; with a measured affinity or without. Indices as in `LabelledRow`.
struct LabelledPose {
    int pocket = 0, ligand = 0;
    Split split = Split::none;
    int cluster = -1;
    std::vector<float> position_in_pocket;  ///< [atoms * 3] in the order of the ligand's graph [A]
};

/// Not thread-safe: `pocket` and `ligand` read the file.
class LabelledData {
public:
    /// Throws Error(incompatible) where the datasets' pocket definitions differ, Error(input) for rows
    /// without pocket, ligand or a finite pK. Differing ligand policies are told to `log`.
    LabelledData(const std::vector<std::filesystem::path>& datasets, LogSink& log);

    std::vector<LabelledRow> rows;
    std::vector<LabelledPose> poses;

    /// The graphs stay where they are as long as this object lives.
    const PocketGraph& pocket(int index);
    const LigandGraph& ligand(int index);
    /// Distances inside a computed conformer (`model::TrainBatch::IntraDistances`); empty if unknown.
    const std::vector<std::uint8_t>& distances(int ligand);
    int pocket_count() const { return static_cast<int>(pockets_.size()); }
    int ligand_count() const { return static_cast<int>(ligands_.size()); }
    int source_count() const { return static_cast<int>(source_names_.size()); }

    /// File name of the dataset or of the label file.
    const std::string& source_name(int index) const { return source_names_[static_cast<std::size_t>(index)]; }
    const std::string& pocket_id(int index) const { return pocket_ids_[static_cast<std::size_t>(index)]; }
    /// Name of an assay; where it covers several pockets, the pocket stands behind it.
    const std::string& series_name(int index) const { return series_names_[static_cast<std::size_t>(index)]; }
    /// The number of a new series.
    int add_series(std::string name) {
        series_names_.push_back(std::move(name));
        return static_cast<int>(series_names_.size()) - 1;
    }
    /// Name of a protein or cluster.
    const std::string& name(int index) const { return names_[static_cast<std::size_t>(index)]; }

    const store::DatasetPassport& passport(std::size_t dataset = 0) const {
        return readers_[dataset].passport();
    }
    /// SHA-256 over the datasets' content hashes, in order; one dataset: its own.
    std::string content_sha256() const;

private:
    void add_dataset(store::DatasetReader reader, bool one_of_several);

    struct Place {
        std::size_t dataset;
        std::int32_t index;
    };
    std::vector<store::DatasetReader> readers_;
    std::vector<Place> pocket_places_, ligand_places_;
    std::vector<std::optional<PocketGraph>> pockets_;
    std::vector<std::optional<LigandGraph>> ligands_;
    std::vector<std::optional<std::vector<std::uint8_t>>> distances_;
    std::vector<std::string> pocket_ids_, series_names_, names_, source_names_;
};

/// Replaces the rows' splits by a table with the column `split` and one of `id`, `pocket`, `cluster`. Rows
/// that it does not name belong to no split. Poses follow their pocket or cluster; a table of row ids gives a
/// pose the split that all rows of its pocket share, else none. Returns how many rows it named; throws
/// Error(input) if none.
std::size_t apply_split_file(LabelledData& data, const std::filesystem::path& path);

}  // namespace keyway::workflows

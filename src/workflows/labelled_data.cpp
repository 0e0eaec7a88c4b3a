/// Joins datasets: offsets for pockets and ligands, names told apart by text, splits from a file.
#include "workflows/labelled_data.hpp"

#include "keyway/core/error.hpp"
#include "keyway/core/sha256.hpp"
#include "keyway/core/table.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <utility>

namespace keyway::workflows {
namespace {

/// Name -> number, in order of first appearance.
template <class Key>
int numbered(std::map<Key, int>& numbers, const Key& key) {
    return numbers.emplace(key, static_cast<int>(numbers.size())).first->second;
}

void check_row(const Measurement& row, const store::DatasetReader& reader) {
    const auto& passport = reader.passport();
    const bool known = row.pocket >= 0 && static_cast<std::uint64_t>(row.pocket) < passport.pockets &&
                       row.ligand >= 0 && static_cast<std::uint64_t>(row.ligand) < passport.ligands;
    if (!known || !std::isfinite(row.pk))
        throw Error(ErrorKind::input,
                    reader.path().string() + ": measurement '" + row.id +
                        "' has no pocket, no ligand or no finite pK",
                    "a dataset for training or evaluation comes from 'keyway dataset build'");
}

}  // namespace

LabelledData::LabelledData(const std::vector<std::filesystem::path>& datasets, LogSink& log) {
    if (datasets.empty()) throw Error(ErrorKind::usage, "no dataset is given", "name one with -d FILE.h5");
    for (const auto& path : datasets) {
        store::DatasetReader reader(path);
        if (!readers_.empty()) {
            const auto& first = readers_.front();
            if (!(reader.passport().pocket == first.passport().pocket))
                throw Error(ErrorKind::incompatible,
                            path.string() + ": pockets were cut as '" + reader.passport().pocket.to_text() +
                                "', expected '" + first.passport().pocket.to_text() + "' as in " +
                                first.path().string(),
                            "build both datasets with the same pocket options");
            if (reader.passport().ligand_policy != first.passport().ligand_policy)
                log.warning(path.string() + ": ligands were standardised by '" +
                            reader.passport().ligand_policy + "', those of " + first.path().string() +
                            " by '" + first.passport().ligand_policy + "'");
        }
        add_dataset(std::move(reader), datasets.size() > 1);
    }
    pockets_.resize(pocket_places_.size());
    ligands_.resize(ligand_places_.size());
    distances_.resize(ligand_places_.size());
}

void LabelledData::add_dataset(store::DatasetReader reader, bool one_of_several) {
    const std::size_t dataset = readers_.size();
    const int first_pocket = static_cast<int>(pocket_places_.size());
    const int first_ligand = static_cast<int>(ligand_places_.size());
    const int first_source = source_count();
    const auto& passport = reader.passport();
    for (std::uint64_t i = 0; i < passport.pockets; ++i)
        pocket_places_.push_back({dataset, static_cast<std::int32_t>(i)});
    for (std::uint64_t i = 0; i < passport.ligands; ++i)
        ligand_places_.push_back({dataset, static_cast<std::int32_t>(i)});
    for (auto& id : reader.pocket_ids()) pocket_ids_.push_back(std::move(id));

    const auto text = [&](std::int32_t index) { return index < 0 ? std::string() : reader.name(index); };
    std::map<std::string, int> names;
    for (std::size_t i = 0; i < names_.size(); ++i) names.emplace(names_[i], static_cast<int>(i));
    const auto number_of = [&](std::int32_t index) {
        const std::string name = text(index);
        if (name.empty()) return -1;
        const int number = numbered(names, name);
        if (static_cast<std::size_t>(number) == names_.size()) names_.push_back(name);
        return number;
    };

    const std::vector<Measurement> measurements = reader.measurements();
    const std::vector<std::int32_t> heavy_atoms = reader.ligand_heavy_atoms();
    std::map<std::string, std::set<std::int32_t>> pockets_of_assay;
    for (const auto& row : measurements) pockets_of_assay[text(row.assay)].insert(row.pocket);

    std::map<std::pair<std::string, std::int32_t>, int> series;
    std::map<std::int32_t, int> sources;
    const std::string file_name = reader.path().filename().string();
    if (one_of_several || measurements.empty()) source_names_.push_back(file_name);
    for (const auto& measurement : measurements) {
        check_row(measurement, reader);
        LabelledRow row;
        row.id = measurement.id;
        row.pocket = first_pocket + measurement.pocket;
        row.ligand = first_ligand + measurement.ligand;
        row.pk = measurement.pk;
        row.relation = measurement.relation;
        row.measure = measurement.measure;
        row.split = measurement.split;
        row.heavy_atoms = heavy_atoms[static_cast<std::size_t>(measurement.ligand)];
        row.source = first_source + (one_of_several ? 0 : numbered(sources, measurement.source));
        if (row.source == source_count())
            source_names_.push_back(measurement.source < 0 ? file_name : text(measurement.source));
        row.protein = number_of(measurement.protein);
        row.cluster = number_of(measurement.cluster);
        if (const std::string assay = text(measurement.assay); !assay.empty()) {
            const auto [place, is_new] =
                series.emplace(std::pair(assay, measurement.pocket), static_cast<int>(series_names_.size()));
            if (is_new) {
                const bool one_pocket = pockets_of_assay[assay].size() == 1;
                series_names_.push_back(one_pocket ? assay : assay + " | " + pocket_id(row.pocket));
            }
            row.series = place->second;
        }
        rows.push_back(std::move(row));
    }
    for (const auto& known : reader.poses()) {
        LabelledPose pose{first_pocket + known.pocket,
                          first_ligand + known.ligand,
                          known.split,
                          number_of(known.cluster),
                          {}};
        for (const auto& position : known.position_in_pocket)
            pose.position_in_pocket.insert(pose.position_in_pocket.end(), position.begin(), position.end());
        poses.push_back(std::move(pose));
    }
    readers_.push_back(std::move(reader));
}

const PocketGraph& LabelledData::pocket(int index) {
    auto& graph = pockets_[static_cast<std::size_t>(index)];
    const Place place = pocket_places_[static_cast<std::size_t>(index)];
    if (!graph) graph = readers_[place.dataset].pocket(place.index);
    return *graph;
}

const LigandGraph& LabelledData::ligand(int index) {
    auto& graph = ligands_[static_cast<std::size_t>(index)];
    const Place place = ligand_places_[static_cast<std::size_t>(index)];
    if (!graph) graph = readers_[place.dataset].ligand(place.index);
    return *graph;
}

const std::vector<std::uint8_t>& LabelledData::distances(int ligand) {
    auto& distances = distances_[static_cast<std::size_t>(ligand)];
    const Place place = ligand_places_[static_cast<std::size_t>(ligand)];
    if (!distances) distances = readers_[place.dataset].distances(place.index);
    return *distances;
}

std::string LabelledData::content_sha256() const {
    if (readers_.size() == 1) return readers_.front().passport().content_sha256;
    std::string all;
    for (const auto& reader : readers_) all += reader.passport().content_sha256 + "\n";
    return sha256_of(all);
}

namespace {

/// Pocket -> the split that all of its rows share, else none.
std::map<int, Split> split_of_pockets(const std::vector<LabelledRow>& rows) {
    std::map<int, Split> splits;
    for (const auto& row : rows) {
        const auto [place, is_new] = splits.emplace(row.pocket, row.split);
        if (!is_new && place->second != row.split) place->second = Split::none;
    }
    return splits;
}

}  // namespace

std::size_t apply_split_file(LabelledData& data, const std::filesystem::path& path) {
    TableReader table(path);
    table.require({"split"});
    std::string key;
    for (const char* column : {"id", "pocket", "cluster"})
        if (key.empty() && table.has(column)) key = column;
    if (key.empty())
        throw Error(ErrorKind::input,
                    path.string() + ": expected a column 'id', 'pocket' or 'cluster' beside 'split'");

    std::map<std::string, Split> split_of;
    while (table.next()) {
        const Split split = parse_split(table["split"]);
        const auto [place, is_new] = split_of.emplace(std::string(table[key]), split);
        if (!is_new && place->second != split)
            throw Error(ErrorKind::input, path.string() + ", line " + std::to_string(table.line_number()) +
                                              ": " + key + " '" + place->first + "' is in two splits");
    }
    std::size_t named = 0;
    for (auto& row : data.rows) {
        const std::string value = key == "id"       ? row.id
                                  : key == "pocket" ? data.pocket_id(row.pocket)
                                  : row.cluster < 0 ? std::string()
                                                    : data.name(row.cluster);
        const auto place = split_of.find(value);
        row.split = place == split_of.end() ? Split::none : place->second;
        named += place != split_of.end();
    }
    const std::map<int, Split> split_of_pocket = split_of_pockets(data.rows);
    for (auto& pose : data.poses) {
        pose.split = Split::none;
        if (key == "id") {
            const auto place = split_of_pocket.find(pose.pocket);
            if (place != split_of_pocket.end()) pose.split = place->second;
            continue;
        }
        const std::string value = key == "pocket"    ? data.pocket_id(pose.pocket)
                                  : pose.cluster < 0 ? std::string()
                                                     : data.name(pose.cluster);
        const auto place = split_of.find(value);
        if (place != split_of.end()) pose.split = place->second;
    }
    if (named == 0)
        throw Error(ErrorKind::input, path.string() + ": none of its " + std::to_string(split_of.size()) +
                                          " values of '" + key + "' occurs in the data");
    return named;
}

}  // namespace keyway::workflows

/// Reads datasets and libraries, and believes nothing that it has not checked.
#include "store/content_hash.hpp"
#include "store/hdf5.hpp"
#include "store/offsets.hpp"
#include "store/stored_passport.hpp"

#include "keyway/core/error.hpp"
#include "keyway/store/dataset_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <optional>

namespace keyway::store {
namespace {

std::vector<std::string> split_lines(const std::string& text) {
    std::vector<std::string> lines;
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = std::min(text.find('\n', begin), text.size());
        lines.push_back(text.substr(begin, end - begin));
        begin = end + 1;
    }
    return lines;
}

}  // namespace

struct DatasetReader::Impl {
    std::filesystem::path path;
    hdf5::Handle file;
    DatasetPassport passport;
    std::vector<std::optional<hdf5::ArrayReader>> arrays;  ///< by `Array`; empty where the part is not there
    std::map<Array, Offsets> offsets;
    std::vector<std::string> names;

    void open();
    void check_sizes();

    const hdf5::ArrayReader& array(Array which) const { return *arrays[static_cast<std::size_t>(which)]; }
    template <class T>
    std::vector<T> slab(Array which, Range range) const {
        return array(which).read_as<T>(range.first, range.count);
    }
    /// All bytes of `which` for the item, for arrays whose rows are several bytes.
    std::vector<std::uint8_t> bytes(Array which, Range range) const {
        std::vector<std::uint8_t> out(range.count * row_bytes(spec_of(which)));
        array(which).read(range.first, range.count, out.data());
        return out;
    }
    std::string text(Array table, Array ragged, std::uint64_t item) {
        const Range range = offsets.at(table).of(item);
        std::string out(range.count, '\0');
        array(ragged).read(range.first, range.count, out.data());
        return out;
    }
    /// The texts of all `count` items, many at a time.
    std::vector<std::string> texts(Array table, Array ragged, std::uint64_t count) {
        constexpr std::uint64_t kAtOnce = 4096;
        std::vector<std::string> out;
        for (std::uint64_t first = 0; first < count; first += kAtOnce) {
            std::vector<Range> ranges;
            for (std::uint64_t item = first; item < std::min(count, first + kAtOnce); ++item)
                ranges.push_back(offsets.at(table).of(item));
            const std::uint64_t begin = ranges.front().first;
            const Range all{begin, ranges.back().first + ranges.back().count - begin};
            const auto block = slab<char>(ragged, all);
            for (const auto& range : ranges)
                out.emplace_back(block.data() + (range.first - begin), range.count);
        }
        return out;
    }
    void check_item(std::int64_t index, std::uint64_t count, std::string_view what) const {
        if (index < 0 || static_cast<std::uint64_t>(index) >= count)
            throw Error(ErrorKind::failure, fmt::format("'{}' has {} {}, asked for number {}", path.string(),
                                                        count, what, index));
    }
    PocketGraph read_pocket(std::uint64_t item);
    std::vector<LigandGraph> read_ligands(std::uint64_t first, std::uint64_t count);
    std::vector<LibraryRecord> read_records(std::uint64_t first, std::uint64_t count);
    std::vector<Measurement> read_measurements();
    /// Of one pose; `what` and `number` name it in the error.
    std::vector<std::array<float, 3>> positions(Array which, Range range, std::string_view what,
                                                std::uint64_t number) const;
    /// Appends those without a measurement.
    void read_poses(std::vector<KnownPose>& poses);
    std::string content_sha256() const;
};

DatasetReader::DatasetReader(const std::filesystem::path& path) : impl_(std::make_unique<Impl>()) {
    impl_->path = path;
    impl_->file = hdf5::open_file(path);
    hdf5::naming_file(impl_->path, [&] { impl_->open(); });
}
DatasetReader::~DatasetReader() = default;
DatasetReader::DatasetReader(DatasetReader&&) noexcept = default;

const DatasetPassport& DatasetReader::passport() const { return impl_->passport; }
const std::filesystem::path& DatasetReader::path() const { return impl_->path; }

PocketGraph DatasetReader::pocket(std::int32_t index) const {
    impl_->check_item(index, impl_->passport.pockets, "pockets");
    return hdf5::naming_file(impl_->path,
                             [&] { return impl_->read_pocket(static_cast<std::uint64_t>(index)); });
}

LigandGraph DatasetReader::ligand(std::int32_t index) const {
    impl_->check_item(index, impl_->passport.ligands, "ligands");
    return hdf5::naming_file(impl_->path, [&] {
        return std::move(impl_->read_ligands(static_cast<std::uint64_t>(index), 1).front());
    });
}

std::vector<LigandGraph> DatasetReader::ligands(std::int32_t first, std::size_t count) const {
    if (count == 0) return {};
    impl_->check_item(first, impl_->passport.ligands, "ligands");
    impl_->check_item(first + static_cast<std::int64_t>(count) - 1, impl_->passport.ligands, "ligands");
    return hdf5::naming_file(impl_->path,
                             [&] { return impl_->read_ligands(static_cast<std::uint64_t>(first), count); });
}

std::vector<LibraryRecord> DatasetReader::records(std::int32_t first, std::size_t count) const {
    if (count == 0) return {};
    impl_->check_item(first, impl_->passport.records, "records");
    impl_->check_item(first + static_cast<std::int64_t>(count) - 1, impl_->passport.records, "records");
    return hdf5::naming_file(impl_->path,
                             [&] { return impl_->read_records(static_cast<std::uint64_t>(first), count); });
}

std::vector<std::int32_t> DatasetReader::ligand_heavy_atoms() const {
    return hdf5::naming_file(impl_->path, [&] {
        std::vector<std::int32_t> atoms;
        auto& table = impl_->offsets.at(Array::ligand_atom_offsets);
        for (std::uint64_t item = 0; item < impl_->passport.ligands; ++item)
            atoms.push_back(static_cast<std::int32_t>(table.of(item).count));
        return atoms;
    });
}

std::vector<Measurement> DatasetReader::measurements() const {
    return hdf5::naming_file(impl_->path, [&] { return impl_->read_measurements(); });
}

std::vector<std::array<float, 3>> DatasetReader::pose(std::int64_t measurement) const {
    impl_->check_item(measurement, impl_->passport.measurements, "measurements");
    return hdf5::naming_file(impl_->path, [&] {
        const auto item = static_cast<std::uint64_t>(measurement);
        const Range range = impl_->offsets.at(Array::measurement_pose_offsets).of(item);
        return impl_->positions(Array::measurement_pose, range, "measurement", item);
    });
}

std::vector<KnownPose> DatasetReader::poses() const {
    std::vector<KnownPose> poses;
    const auto rows = measurements();
    for (std::size_t i = 0; i < rows.size(); ++i)
        if (auto position = pose(static_cast<std::int64_t>(i)); !position.empty())
            poses.push_back(
                {rows[i].pocket, rows[i].ligand, rows[i].split, rows[i].cluster, std::move(position)});
    if (impl_->passport.poses == 0) return poses;
    return hdf5::naming_file(impl_->path, [&] {
        impl_->read_poses(poses);
        return std::move(poses);
    });
}

std::vector<std::uint8_t> DatasetReader::distances(std::int32_t ligand) const {
    impl_->check_item(ligand, impl_->passport.ligands, "ligands");
    if (impl_->passport.conformers == 0) return {};
    return hdf5::naming_file(impl_->path, [&] {
        const auto item = static_cast<std::uint64_t>(ligand);
        const std::uint64_t atoms = impl_->offsets.at(Array::ligand_atom_offsets).of(item).count;
        const Range range = impl_->offsets.at(Array::ligand_distance_offsets).of(item);
        if (range.count != 0 && range.count != atoms * (atoms - 1) / 2)
            throw Error(ErrorKind::incompatible, fmt::format("ligand {} has {} heavy atoms and {} distances",
                                                             ligand, atoms, range.count));
        return impl_->bytes(Array::ligand_distances, range);
    });
}

const std::string& DatasetReader::name(std::int32_t index) const {
    impl_->check_item(index, impl_->names.size(), "names");
    return impl_->names[static_cast<std::size_t>(index)];
}

std::vector<std::string> DatasetReader::pocket_ids() const {
    return hdf5::naming_file(impl_->path, [&] {
        return impl_->texts(Array::pocket_id_offsets, Array::pocket_id, impl_->passport.pockets);
    });
}

void DatasetReader::verify_content() const {
    hdf5::naming_file(impl_->path, [&] {
        if (impl_->content_sha256() != impl_->passport.content_sha256)
            throw Error(ErrorKind::incompatible, "its arrays do not have the SHA-256 of its passport");
    });
}

void DatasetReader::verify() const {
    verify_content();
    for (std::uint64_t i = 0; i < impl_->passport.pockets; ++i)
        static_cast<void>(pocket(static_cast<std::int32_t>(i)));
    std::vector<std::uint64_t> ligand_atoms;
    for (std::uint64_t i = 0; i < impl_->passport.ligands; ++i)
        ligand_atoms.push_back(ligand(static_cast<std::int32_t>(i)).atoms());
    for (std::uint64_t i = 0; i < impl_->passport.records; ++i)
        static_cast<void>(records(static_cast<std::int32_t>(i), 1));
    for (std::uint64_t i = 0; i < impl_->passport.ligands; ++i)
        static_cast<void>(distances(static_cast<std::int32_t>(i)));
    static_cast<void>(poses());
    const auto rows = measurements();
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const auto atoms = pose(static_cast<std::int64_t>(i)).size();
        if (atoms != 0 && atoms != ligand_atoms[static_cast<std::size_t>(rows[i].ligand)])
            hdf5::naming_file(impl_->path, [&] {
                throw Error(ErrorKind::incompatible,
                            fmt::format("the pose of measurement {} has {} atoms, its ligand {}", i, atoms,
                                        ligand_atoms[static_cast<std::size_t>(rows[i].ligand)]));
            });
    }
}

void DatasetReader::Impl::open() {
    passport = read_passport(file.get());
    const std::uint64_t file_bytes = std::filesystem::file_size(path);
    const bool has_poses = passport.schema_version == kSchemaVersionWithPoses;
    const std::map<ArrayPart, bool> has{
        {ArrayPart::base, true},
        {ArrayPart::records, passport.schema_version == kSchemaVersionWithRecords},
        {ArrayPart::poses, has_poses},
        {ArrayPart::conformers, has_poses && passport.conformers > 0}};
    arrays.resize(kArrays.size());
    for (std::size_t k = 0; k < kArrays.size(); ++k)
        if (has.at(kArrays[k].part)) arrays[k].emplace(file.get(), kArrays[k], file_bytes);
    check_sizes();
    names = texts(Array::name_offsets, Array::name_text, array(Array::name_offsets).rows() - 1);
}

/// Every array must have the length that the passport and its offset table give it.
void DatasetReader::Impl::check_sizes() {
    const std::map<std::string_view, std::uint64_t> items{{"pockets", passport.pockets},
                                                          {"ligands", passport.ligands},
                                                          {"measurements", passport.measurements},
                                                          {"records", passport.records},
                                                          {"poses", passport.poses}};
    const auto require = [](const ArraySpec& spec, std::uint64_t found, std::uint64_t expected) {
        if (found != expected)
            throw Error(ErrorKind::incompatible,
                        fmt::format("array '{}' has {} rows, expected {}", spec.path, found, expected));
    };
    std::optional<std::size_t> table;
    for (std::size_t k = 0; k < arrays.size(); ++k) {
        if (!arrays[k]) continue;
        const auto& spec = kArrays[k];
        const auto group = items.find(spec.path.substr(0, spec.path.find('/')));
        const std::uint64_t rows = arrays[k]->rows();
        if (spec.shape == Shape::item) require(spec, rows, group->second);
        if (spec.shape == Shape::offsets) {
            if (group != items.end()) require(spec, rows, group->second + 1);
            if (rows == 0) require(spec, rows, 1);
            table = k;
        }
        if (spec.shape != Shape::ragged) continue;
        const auto& cuts = *arrays[*table];
        const std::int64_t end = cuts.read_as<std::int64_t>(cuts.rows() - 1, 1)[0];
        if (end < 0) require(spec, rows, 0);
        require(spec, rows, static_cast<std::uint64_t>(end));
        offsets.emplace(static_cast<Array>(*table), Offsets(cuts, rows));
    }
}

PocketGraph DatasetReader::Impl::read_pocket(std::uint64_t item) {
    PocketGraph pocket;
    pocket.id = text(Array::pocket_id_offsets, Array::pocket_id, item);
    pocket.origin_angstrom = slab<std::array<double, 3>>(Array::pocket_origin, {item, 1})[0];
    const Range atoms = offsets.at(Array::pocket_atom_offsets).of(item);
    pocket.position_in_pocket = slab<std::array<float, 3>>(Array::pocket_position, atoms);
    pocket.columns = bytes(Array::pocket_columns, atoms);
    pocket.is_token = bytes(Array::pocket_is_token, atoms);
    pocket.residue = slab<std::int32_t>(Array::pocket_residue, atoms);
    pocket.bonds = slab<std::array<std::int32_t, 2>>(Array::pocket_bonds,
                                                     offsets.at(Array::pocket_bond_offsets).of(item));
    pocket.residue_labels =
        split_lines(text(Array::pocket_residue_label_offsets, Array::pocket_residue_labels, item));
    pocket.atom_names = split_lines(text(Array::pocket_atom_name_offsets, Array::pocket_atom_names, item));
    const bool finite = std::all_of(pocket.origin_angstrom.begin(), pocket.origin_angstrom.end(),
                                    [](double x) { return std::isfinite(x); });
    if (!finite)
        throw Error(ErrorKind::incompatible, fmt::format("the origin of pocket {} is not finite", item));
    try {
        pocket.check();
    } catch (const Error& error) {
        throw Error(ErrorKind::incompatible, error.what());
    }
    return pocket;
}

/// Rows of one ragged array for consecutive items, read at once.
template <class T>
struct Slab {
    std::uint64_t begin = 0;
    std::vector<T> rows;

    /// The rows of one item; its range is in rows of `T`.
    std::vector<T> of(Range range) const {
        const auto first = rows.begin() + static_cast<std::ptrdiff_t>(range.first - begin);
        return {first, first + static_cast<std::ptrdiff_t>(range.count)};
    }
};

std::vector<LigandGraph> DatasetReader::Impl::read_ligands(std::uint64_t first, std::uint64_t count) {
    const auto range_of = [&](Array table, std::uint64_t item) { return offsets.at(table).of(item); };
    const auto all = [&](Array table) -> Range {
        const Range last = range_of(table, first + count - 1);
        const std::uint64_t begin = range_of(table, first).first;
        for (std::uint64_t i = 0; i < count; ++i) range_of(table, first + i);  // each must rise
        return {begin, last.first + last.count - begin};
    };
    const auto text_slab = [&](Array table, Array ragged) {
        const Range range = all(table);
        return Slab<char>{range.first, slab<char>(ragged, range)};
    };
    const auto slab_of = [&]<class T>(Array table, Array ragged, T) {
        const Range range = all(table);
        return Slab<T>{range.first, slab<T>(ragged, range)};
    };
    const auto ids = text_slab(Array::ligand_id_offsets, Array::ligand_id);
    const auto smiles = text_slab(Array::ligand_smiles_offsets, Array::ligand_smiles);
    using Columns = std::array<std::uint8_t, kLigandColumnCount>;
    const auto columns = slab_of(Array::ligand_atom_offsets, Array::ligand_columns, Columns{});
    const auto bonds =
        slab_of(Array::ligand_bond_offsets, Array::ligand_bonds, std::array<std::uint16_t, 2>{});
    const auto bond_types = slab_of(Array::ligand_bond_offsets, Array::ligand_bond_types, std::uint8_t{});
    const auto centres = slab_of(Array::ligand_stereo_offsets, Array::ligand_stereo_atom, std::uint16_t{});
    const auto neighbours =
        slab_of(Array::ligand_stereo_offsets, Array::ligand_stereo_neighbours, std::array<std::int16_t, 4>{});
    const auto signs = slab_of(Array::ligand_stereo_offsets, Array::ligand_stereo_sign, std::int8_t{});
    const auto bits = slab_of(Array::ligand_fingerprint_offsets, Array::ligand_fingerprint, std::uint16_t{});

    std::vector<LigandGraph> ligands(count);
    for (std::uint64_t i = 0; i < count; ++i) {
        LigandGraph& ligand = ligands[i];
        const auto id = ids.of(range_of(Array::ligand_id_offsets, first + i));
        const auto written = smiles.of(range_of(Array::ligand_smiles_offsets, first + i));
        ligand.id.assign(id.begin(), id.end());
        ligand.smiles.assign(written.begin(), written.end());
        for (const auto& row : columns.of(range_of(Array::ligand_atom_offsets, first + i)))
            ligand.columns.insert(ligand.columns.end(), row.begin(), row.end());
        const Range bond_range = range_of(Array::ligand_bond_offsets, first + i);
        ligand.bonds = bonds.of(bond_range);
        ligand.bond_types = bond_types.of(bond_range);
        const Range stereo = range_of(Array::ligand_stereo_offsets, first + i);
        for (std::uint64_t k = stereo.first - centres.begin; k < stereo.first - centres.begin + stereo.count;
             ++k)
            ligand.stereo.push_back({centres.rows[k], neighbours.rows[k], signs.rows[k]});
        ligand.fingerprint = bits.of(range_of(Array::ligand_fingerprint_offsets, first + i));
        try {
            ligand.check();
        } catch (const Error& error) {
            throw Error(ErrorKind::incompatible, error.what());
        }
    }
    return ligands;
}

std::vector<LibraryRecord> DatasetReader::Impl::read_records(std::uint64_t first, std::uint64_t count) {
    const Range all{first, count};
    const auto ligand = slab<std::int32_t>(Array::record_ligand, all);
    const auto file_name = slab<std::int32_t>(Array::record_file, all);
    const auto line = slab<std::int64_t>(Array::record_line, all);
    const auto number = slab<std::int64_t>(Array::record_number, all);
    std::vector<LibraryRecord> records(count);
    for (std::uint64_t i = 0; i < count; ++i) {
        const auto inside = [](std::int64_t index, std::uint64_t end) {
            return index >= 0 && static_cast<std::uint64_t>(index) < end;
        };
        if (!inside(ligand[i], passport.ligands) || !inside(file_name[i], names.size()) || line[i] < 0 ||
            number[i] < 0)
            throw Error(ErrorKind::incompatible,
                        fmt::format("record {} has a value out of range", first + i));
        records[i] = {text(Array::record_id_offsets, Array::record_id, first + i), ligand[i], file_name[i],
                      line[i], number[i]};
    }
    return records;
}

std::vector<Measurement> DatasetReader::Impl::read_measurements() {
    const Range all{0, passport.measurements};
    const auto pocket = slab<std::int32_t>(Array::measurement_pocket, all);
    const auto ligand = slab<std::int32_t>(Array::measurement_ligand, all);
    const auto pk = slab<float>(Array::measurement_pk, all);
    const auto relation = slab<std::uint8_t>(Array::measurement_relation, all);
    const auto measure = slab<std::uint8_t>(Array::measurement_measure, all);
    const auto split = slab<std::uint8_t>(Array::measurement_split, all);
    const auto assay = slab<std::int32_t>(Array::measurement_assay, all);
    const auto source = slab<std::int32_t>(Array::measurement_source, all);
    const auto cluster = slab<std::int32_t>(Array::measurement_cluster, all);
    const auto protein = slab<std::int32_t>(Array::measurement_protein, all);
    auto ids = texts(Array::measurement_id_offsets, Array::measurement_id, passport.measurements);
    const auto inside = [](std::int32_t index, std::int32_t lowest, std::uint64_t count) {
        return index >= lowest && index < static_cast<std::int64_t>(count);
    };
    std::vector<Measurement> rows(passport.measurements);
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const bool good = inside(pocket[i], 0, passport.pockets) && inside(ligand[i], 0, passport.ligands) &&
                          pk[i] >= kMinPk && pk[i] <= kMaxPk && relation[i] <= 3 && measure[i] <= 5 &&
                          split[i] <= 3 && inside(assay[i], -1, names.size()) &&
                          inside(source[i], -1, names.size()) && inside(cluster[i], -1, names.size()) &&
                          inside(protein[i], -1, names.size());
        if (!good)
            throw Error(ErrorKind::incompatible, fmt::format("measurement {} has a value out of range", i));
        rows[i] = {std::move(ids[i]),
                   pocket[i],
                   ligand[i],
                   pk[i],
                   static_cast<Relation>(relation[i]),
                   static_cast<Measure>(measure[i]),
                   static_cast<Split>(split[i]),
                   assay[i],
                   source[i],
                   cluster[i],
                   protein[i],
                   {}};
    }
    return rows;
}

std::vector<std::array<float, 3>> DatasetReader::Impl::positions(Array which, Range range,
                                                                 std::string_view what,
                                                                 std::uint64_t number) const {
    if (range.count == 0) return {};
    auto pose = slab<std::array<float, 3>>(which, range);
    for (const auto& position : pose)
        for (const float x : position)
            if (!std::isfinite(x))
                throw Error(ErrorKind::incompatible,
                            fmt::format("the pose of {} {} is not finite", what, number));
    return pose;
}

void DatasetReader::Impl::read_poses(std::vector<KnownPose>& poses) {
    const Range all{0, passport.poses};
    const auto pocket = slab<std::int32_t>(Array::pose_pocket, all);
    const auto ligand = slab<std::int32_t>(Array::pose_ligand, all);
    const auto split = slab<std::uint8_t>(Array::pose_split, all);
    const auto cluster = slab<std::int32_t>(Array::pose_cluster, all);
    const auto inside = [](std::int32_t index, std::int32_t lowest, std::uint64_t count) {
        return index >= lowest && index < static_cast<std::int64_t>(count);
    };
    for (std::uint64_t i = 0; i < passport.poses; ++i) {
        if (!inside(pocket[i], 0, passport.pockets) || !inside(ligand[i], 0, passport.ligands) ||
            split[i] > 3 || !inside(cluster[i], -1, names.size()))
            throw Error(ErrorKind::incompatible, fmt::format("pose {} has a value out of range", i));
        const Range range = offsets.at(Array::pose_atom_offsets).of(i);
        const std::uint64_t atoms =
            offsets.at(Array::ligand_atom_offsets).of(static_cast<std::uint64_t>(ligand[i])).count;
        if (range.count != atoms)
            throw Error(ErrorKind::incompatible,
                        fmt::format("pose {} has {} atoms, its ligand {}", i, range.count, atoms));
        poses.push_back({pocket[i], ligand[i], static_cast<Split>(split[i]), cluster[i],
                         positions(Array::pose_position, range, "complex", i)});
    }
}

std::string DatasetReader::Impl::content_sha256() const {
    ContentHash hash;
    for (const auto& array : arrays)
        if (array) hash.add(array->spec(), array->rows(), array->sha256());
    return hash.finish();
}

}  // namespace keyway::store

/// Streams samples into `path.part`; what is committed has been read back and compared first.
#include "store/content_hash.hpp"
#include "store/hdf5.hpp"
#include "store/stored_passport.hpp"

#include "keyway/core/error.hpp"
#include "keyway/core/version.hpp"
#include "keyway/store/dataset_file.hpp"

#include <fmt/format.h>

#include <limits>
#include <optional>
#include <unordered_map>

namespace keyway::store {
namespace {

/// "one\ntwo\n": a list of labels as one text.
std::string as_lines(const std::vector<std::string>& labels) {
    std::string text;
    for (const auto& label : labels) {
        if (label.find('\n') != std::string::npos)
            throw Error(ErrorKind::failure, fmt::format("label '{}' contains a line end", label));
        text += label + '\n';
    }
    return text;
}

std::int32_t next_index(std::uint64_t count, std::string_view what) {
    if (count >= static_cast<std::uint64_t>(std::numeric_limits<std::int32_t>::max()))
        throw Error(ErrorKind::output, fmt::format("more than 2^31 {} do not fit into one file", what),
                    "split the input into several files");
    return static_cast<std::int32_t>(count);
}

}  // namespace

struct DatasetWriter::Impl {
    std::filesystem::path path, part;
    DatasetPassport passport;
    Packing packing = Packing::plain;
    hdf5::Handle file;
    std::vector<std::optional<hdf5::ArrayWriter>> arrays;  ///< by `Array`; empty where the part is not there
    std::unordered_map<std::string, std::int32_t> names;
    std::vector<std::uint16_t> ligand_atoms;  ///< to check poses: two bytes per ligand
    std::uint64_t ligands_with_distances = 0;
    bool created = false, committed = false;

    /// Also runs when the constructor of the writer fails half way.
    ~Impl() {
        if (!created || committed) return;
        arrays.clear();
        file = {};
        std::error_code ignored;
        std::filesystem::remove(part, ignored);
    }

    hdf5::ArrayWriter& array(Array which) { return *arrays[static_cast<std::size_t>(which)]; }

    template <class T>
    void put(Array which, const std::vector<T>& rows) {
        const std::size_t bytes = rows.size() * sizeof(T), row = row_bytes(spec_of(which));
        if (bytes % row != 0)
            throw Error(ErrorKind::failure, fmt::format("rows of '{}' do not fit", spec_of(which).path));
        array(which).append(rows.data(), bytes / row);
    }
    template <class T>
    void put_one(Array which, T row) {
        static_assert(std::is_trivially_copyable_v<T>);
        array(which).append(&row, 1);
    }
    /// The end of the item just written; the table starts with 0.
    void cut(Array offsets, Array ragged) {
        put_one(offsets, static_cast<std::int64_t>(array(ragged).rows()));
    }
    void put_text(Array offsets, Array ragged, std::string_view text) {
        array(ragged).append(text.data(), text.size());
        cut(offsets, ragged);
    }

    void create_group(const char* group) const {
        const std::string what = fmt::format("cannot create the group '{}'", group);
        hdf5::Handle creation(H5Pcreate(H5P_GROUP_CREATE), H5Pclose, ErrorKind::output, what);
        H5Pset_obj_track_times(creation.get(), false);
        hdf5::Handle(H5Gcreate2(file.get(), group, H5P_DEFAULT, creation.get(), H5P_DEFAULT), H5Gclose,
                     ErrorKind::output, what);
    }
    /// In the order of the schema; offset tables start with 0.
    void create_arrays(ArrayPart wanted) {
        arrays.resize(kArrays.size());
        for (std::size_t k = 0; k < kArrays.size(); ++k) {
            if (kArrays[k].part != wanted) continue;
            arrays[k].emplace(file.get(), kArrays[k], packing);
            const std::int64_t zero = 0;
            if (kArrays[k].shape == Shape::offsets) arrays[k]->append(&zero, 1);
        }
    }
    bool has(Array which) const { return arrays[static_cast<std::size_t>(which)].has_value(); }
    /// A later version than 1 has one of the optional parts, and these exclude each other.
    void raise_version(int version) {
        if (passport.schema_version != kSchemaVersion && passport.schema_version != version)
            throw Error(ErrorKind::failure, "a library has no poses, a dataset no records");
        passport.schema_version = version;
    }

    void start_poses() {
        raise_version(kSchemaVersionWithPoses);
        create_group("poses");
        create_arrays(ArrayPart::poses);
        if (passport.conformers > 0) create_arrays(ArrayPart::conformers);
    }
    std::string close_arrays();
};

DatasetWriter::DatasetWriter(const std::filesystem::path& path, IfExists if_exists, DatasetPassport passport,
                             Packing packing)
    : impl_(std::make_unique<Impl>()) {
    check_output_path(path, if_exists);
    auto& out = *impl_;
    out.path = path;
    out.part = part_path(path);
    out.packing = packing;
    out.passport = std::move(passport);
    out.passport.schema_version = kSchemaVersion;
    out.passport.feature_version = kFeatureVersion;
    if (out.passport.created_by.empty()) out.passport.created_by = fmt::format("keyway {}", version());
    out.created = true;
    out.file = hdf5::create_file(out.part);
    for (const char* group : {"pockets", "ligands", "measurements", "names"}) out.create_group(group);
    out.create_arrays(ArrayPart::base);
    out.passport.records = out.passport.poses = 0;
    if (out.passport.conformers > 0) out.start_poses();
}

DatasetWriter::~DatasetWriter() = default;

std::int32_t DatasetWriter::add(const PocketGraph& pocket) {
    hdf5::start();
    pocket.check();
    auto& out = *impl_;
    const std::int32_t index = next_index(out.passport.pockets, "pockets");
    out.put_text(Array::pocket_id_offsets, Array::pocket_id, pocket.id);
    out.put_one(Array::pocket_origin, pocket.origin_angstrom);
    out.put(Array::pocket_position, pocket.position_in_pocket);
    out.put(Array::pocket_columns, pocket.columns);
    out.put(Array::pocket_is_token, pocket.is_token);
    out.put(Array::pocket_residue, pocket.residue);
    out.cut(Array::pocket_atom_offsets, Array::pocket_residue);
    out.put(Array::pocket_bonds, pocket.bonds);
    out.cut(Array::pocket_bond_offsets, Array::pocket_bonds);
    out.put_text(Array::pocket_residue_label_offsets, Array::pocket_residue_labels,
                 as_lines(pocket.residue_labels));
    out.put_text(Array::pocket_atom_name_offsets, Array::pocket_atom_names, as_lines(pocket.atom_names));
    ++out.passport.pockets;
    return index;
}

std::int32_t DatasetWriter::add(const LigandGraph& ligand) {
    hdf5::start();
    ligand.check();
    auto& out = *impl_;
    const std::int32_t index = next_index(out.passport.ligands, "ligands");
    out.put_text(Array::ligand_id_offsets, Array::ligand_id, ligand.id);
    out.put_text(Array::ligand_smiles_offsets, Array::ligand_smiles, ligand.smiles);
    out.put(Array::ligand_columns, ligand.columns);
    out.cut(Array::ligand_atom_offsets, Array::ligand_columns);
    out.put(Array::ligand_bonds, ligand.bonds);
    out.put(Array::ligand_bond_types, ligand.bond_types);
    out.cut(Array::ligand_bond_offsets, Array::ligand_bonds);
    for (const auto& centre : ligand.stereo) {
        out.put_one(Array::ligand_stereo_atom, centre.atom);
        out.put_one(Array::ligand_stereo_neighbours, centre.neighbour);
        out.put_one(Array::ligand_stereo_sign, centre.sign);
    }
    out.cut(Array::ligand_stereo_offsets, Array::ligand_stereo_atom);
    out.put(Array::ligand_fingerprint, ligand.fingerprint);
    out.cut(Array::ligand_fingerprint_offsets, Array::ligand_fingerprint);
    out.ligand_atoms.push_back(static_cast<std::uint16_t>(ligand.atoms()));
    ++out.passport.ligands;
    return index;
}

void DatasetWriter::add(const Measurement& row) {
    hdf5::start();
    auto& out = *impl_;
    const auto inside = [](std::int32_t index, std::uint64_t count) {
        return index >= 0 && static_cast<std::uint64_t>(index) < count;
    };
    const auto names = out.names.size();
    bool good = inside(row.pocket, out.passport.pockets) && inside(row.ligand, out.passport.ligands) &&
                row.pk >= kMinPk && row.pk <= kMaxPk;
    for (const auto name : {row.assay, row.source, row.cluster, row.protein})
        good = good && (name == -1 || inside(name, names));
    if (!good)
        throw Error(ErrorKind::failure,
                    fmt::format("measurement '{}' points outside the file or has the impossible pK {}",
                                row.id, row.pk));
    const std::size_t atoms = out.ligand_atoms[static_cast<std::size_t>(row.ligand)];
    if (!row.pose_in_pocket.empty() && row.pose_in_pocket.size() != atoms)
        throw Error(ErrorKind::failure,
                    fmt::format("the pose of measurement '{}' has {} atoms, its ligand {}", row.id,
                                row.pose_in_pocket.size(), atoms));
    out.put_text(Array::measurement_id_offsets, Array::measurement_id, row.id);
    out.put_one(Array::measurement_pocket, row.pocket);
    out.put_one(Array::measurement_ligand, row.ligand);
    out.put_one(Array::measurement_pk, row.pk);
    out.put_one(Array::measurement_relation, row.relation);
    out.put_one(Array::measurement_measure, row.measure);
    out.put_one(Array::measurement_split, row.split);
    out.put_one(Array::measurement_assay, row.assay);
    out.put_one(Array::measurement_source, row.source);
    out.put_one(Array::measurement_cluster, row.cluster);
    out.put_one(Array::measurement_protein, row.protein);
    out.put(Array::measurement_pose, row.pose_in_pocket);
    out.cut(Array::measurement_pose_offsets, Array::measurement_pose);
    ++out.passport.measurements;
}

void DatasetWriter::add(const LibraryRecord& record, const std::string& ligand_id) {
    hdf5::start();
    auto& out = *impl_;
    if (!out.has(Array::record_id)) {
        out.raise_version(kSchemaVersionWithRecords);
        out.create_group("records");
        out.create_arrays(ArrayPart::records);
    }
    const auto inside = [](std::int32_t index, std::uint64_t count) {
        return index >= 0 && static_cast<std::uint64_t>(index) < count;
    };
    if (!inside(record.ligand, out.passport.ligands) || !inside(record.file, out.names.size()))
        throw Error(ErrorKind::failure, fmt::format("record '{}' points outside the file", record.id));
    next_index(out.passport.records, "records");
    out.put_text(Array::record_id_offsets, Array::record_id,
                 record.id == ligand_id ? std::string_view() : std::string_view(record.id));
    out.put_one(Array::record_ligand, record.ligand);
    out.put_one(Array::record_file, record.file);
    out.put_one(Array::record_line, record.line);
    out.put_one(Array::record_number, record.number);
    ++out.passport.records;
}

void DatasetWriter::add(const KnownPose& pose) {
    hdf5::start();
    auto& out = *impl_;
    if (!out.has(Array::pose_pocket)) out.start_poses();
    const auto inside = [](std::int32_t index, std::uint64_t count) {
        return index >= 0 && static_cast<std::uint64_t>(index) < count;
    };
    if (!inside(pose.pocket, out.passport.pockets) || !inside(pose.ligand, out.passport.ligands) ||
        !(pose.cluster == -1 || inside(pose.cluster, out.names.size())))
        throw Error(ErrorKind::failure, fmt::format("pose {} points outside the file", out.passport.poses));
    const std::size_t atoms = out.ligand_atoms[static_cast<std::size_t>(pose.ligand)];
    if (pose.position_in_pocket.size() != atoms)
        throw Error(ErrorKind::failure, fmt::format("pose {} has {} atoms, its ligand {}", out.passport.poses,
                                                    pose.position_in_pocket.size(), atoms));
    next_index(out.passport.poses, "poses");
    out.put_one(Array::pose_pocket, pose.pocket);
    out.put_one(Array::pose_ligand, pose.ligand);
    out.put_one(Array::pose_split, pose.split);
    out.put_one(Array::pose_cluster, pose.cluster);
    out.put(Array::pose_position, pose.position_in_pocket);
    out.cut(Array::pose_atom_offsets, Array::pose_position);
    ++out.passport.poses;
}

void DatasetWriter::add_distances(std::span<const std::uint8_t> tenth_angstrom) {
    hdf5::start();
    auto& out = *impl_;
    if (!out.has(Array::ligand_distances) || out.ligands_with_distances == out.passport.ligands)
        throw Error(ErrorKind::failure, "there is no ligand that these distances belong to");
    const std::size_t atoms = out.ligand_atoms[out.ligands_with_distances];
    if (!tenth_angstrom.empty() && tenth_angstrom.size() != atoms * (atoms - 1) / 2)
        throw Error(ErrorKind::failure,
                    fmt::format("ligand {} has {} heavy atoms and {} distances", out.ligands_with_distances,
                                atoms, tenth_angstrom.size()));
    out.array(Array::ligand_distances).append(tenth_angstrom.data(), tenth_angstrom.size());
    out.cut(Array::ligand_distance_offsets, Array::ligand_distances);
    ++out.ligands_with_distances;
}

std::int32_t DatasetWriter::name(const std::string& text) {
    hdf5::start();
    auto& out = *impl_;
    const auto [found, added] = out.names.emplace(text, next_index(out.names.size(), "names"));
    if (added) out.put_text(Array::name_offsets, Array::name_text, text);
    return found->second;
}

void DatasetWriter::commit() {
    hdf5::start();
    auto& out = *impl_;
    if (out.has(Array::ligand_distances) && out.ligands_with_distances != out.passport.ligands)
        throw Error(ErrorKind::failure, fmt::format("{} of {} ligands have distances",
                                                    out.ligands_with_distances, out.passport.ligands));
    out.passport.content_sha256 = out.close_arrays();
    write_passport(out.file.get(), out.passport);
    hdf5::commit_verified(out.file, out.part, out.path, [&] { DatasetReader(out.part).verify_content(); });
    out.committed = true;
}

std::string DatasetWriter::Impl::close_arrays() {
    ContentHash hash;
    for (std::size_t k = 0; k < arrays.size(); ++k) {
        if (!arrays[k]) continue;
        const std::uint64_t rows = arrays[k]->rows();
        hash.add(kArrays[k], rows, arrays[k]->finish());
    }
    arrays.clear();
    return hash.finish();
}

}  // namespace keyway::store

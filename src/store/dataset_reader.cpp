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
    std::vector<hdf5::ArrayReader> arrays;
    std::map<Array, Offsets> offsets;
    std::vector<std::string> names;

    void open();
    void check_sizes();

    const hdf5::ArrayReader& array(Array which) const { return arrays[static_cast<std::size_t>(which)]; }
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
    LigandGraph read_ligand(std::uint64_t item);
    std::vector<Measurement> read_measurements();
    std::string content_sha256() const;

    /// Adds the file's name to what went wrong inside it.
    template <class Work>
    auto translated(Work work) const {
        hdf5::start();
        try {
            return work();
        } catch (const Error& error) {
            if (error.kind() != ErrorKind::incompatible) throw;
            throw Error(ErrorKind::incompatible,
                        fmt::format("cannot use '{}': {}", path.string(), error.what()), error.hint());
        }
    }
};

DatasetReader::DatasetReader(const std::filesystem::path& path) : impl_(std::make_unique<Impl>()) {
    impl_->path = path;
    impl_->file = hdf5::open_file(path);
    impl_->translated([&] { impl_->open(); });
}
DatasetReader::~DatasetReader() = default;
DatasetReader::DatasetReader(DatasetReader&&) noexcept = default;

const DatasetPassport& DatasetReader::passport() const { return impl_->passport; }
const std::filesystem::path& DatasetReader::path() const { return impl_->path; }

PocketGraph DatasetReader::pocket(std::int32_t index) const {
    impl_->check_item(index, impl_->passport.pockets, "pockets");
    return impl_->translated([&] { return impl_->read_pocket(static_cast<std::uint64_t>(index)); });
}

LigandGraph DatasetReader::ligand(std::int32_t index) const {
    impl_->check_item(index, impl_->passport.ligands, "ligands");
    return impl_->translated([&] { return impl_->read_ligand(static_cast<std::uint64_t>(index)); });
}

std::vector<std::int32_t> DatasetReader::ligand_heavy_atoms() const {
    return impl_->translated([&] {
        std::vector<std::int32_t> atoms;
        auto& table = impl_->offsets.at(Array::ligand_atom_offsets);
        for (std::uint64_t item = 0; item < impl_->passport.ligands; ++item)
            atoms.push_back(static_cast<std::int32_t>(table.of(item).count));
        return atoms;
    });
}

std::vector<Measurement> DatasetReader::measurements() const {
    return impl_->translated([&] { return impl_->read_measurements(); });
}

std::vector<std::array<float, 3>> DatasetReader::pose(std::int64_t measurement) const {
    impl_->check_item(measurement, impl_->passport.measurements, "measurements");
    return impl_->translated([&] {
        const auto item = static_cast<std::uint64_t>(measurement);
        const Range range = impl_->offsets.at(Array::measurement_pose_offsets).of(item);
        auto pose = impl_->slab<std::array<float, 3>>(Array::measurement_pose, range);
        for (const auto& position : pose)
            for (const float x : position)
                if (!std::isfinite(x))
                    throw Error(ErrorKind::incompatible,
                                fmt::format("the pose of measurement {} is not finite", measurement));
        return pose;
    });
}

const std::string& DatasetReader::name(std::int32_t index) const {
    impl_->check_item(index, impl_->names.size(), "names");
    return impl_->names[static_cast<std::size_t>(index)];
}

std::vector<std::string> DatasetReader::pocket_ids() const {
    return impl_->translated(
        [&] { return impl_->texts(Array::pocket_id_offsets, Array::pocket_id, impl_->passport.pockets); });
}

void DatasetReader::verify_content() const {
    impl_->translated([&] {
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
    const auto rows = measurements();
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const auto atoms = pose(static_cast<std::int64_t>(i)).size();
        if (atoms != 0 && atoms != ligand_atoms[static_cast<std::size_t>(rows[i].ligand)])
            impl_->translated([&] {
                throw Error(ErrorKind::incompatible,
                            fmt::format("the pose of measurement {} has {} atoms, its ligand {}", i, atoms,
                                        ligand_atoms[static_cast<std::size_t>(rows[i].ligand)]));
            });
    }
}

void DatasetReader::Impl::open() {
    passport = read_passport(file.get());
    const std::uint64_t file_bytes = std::filesystem::file_size(path);
    arrays.reserve(kArrays.size());
    for (const auto& spec : kArrays) arrays.emplace_back(file.get(), spec, file_bytes);
    check_sizes();
    names = texts(Array::name_offsets, Array::name_text, array(Array::name_offsets).rows() - 1);
}

/// Every array must have the length that the passport and its offset table give it.
void DatasetReader::Impl::check_sizes() {
    const std::map<std::string_view, std::uint64_t> items{{"pockets", passport.pockets},
                                                          {"ligands", passport.ligands},
                                                          {"measurements", passport.measurements}};
    const auto require = [](const ArraySpec& spec, std::uint64_t found, std::uint64_t expected) {
        if (found != expected)
            throw Error(ErrorKind::incompatible,
                        fmt::format("array '{}' has {} rows, expected {}", spec.path, found, expected));
    };
    std::optional<std::size_t> table;
    for (std::size_t k = 0; k < kArrays.size(); ++k) {
        const auto& spec = kArrays[k];
        const auto group = items.find(spec.path.substr(0, spec.path.find('/')));
        const std::uint64_t rows = arrays[k].rows();
        if (spec.shape == Shape::item) require(spec, rows, group->second);
        if (spec.shape == Shape::offsets) {
            if (group != items.end()) require(spec, rows, group->second + 1);
            if (rows == 0) require(spec, rows, 1);
            table = k;
        }
        if (spec.shape != Shape::ragged) continue;
        const auto& cuts = arrays[*table];
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

LigandGraph DatasetReader::Impl::read_ligand(std::uint64_t item) {
    LigandGraph ligand;
    ligand.id = text(Array::ligand_id_offsets, Array::ligand_id, item);
    ligand.smiles = text(Array::ligand_smiles_offsets, Array::ligand_smiles, item);
    ligand.columns = bytes(Array::ligand_columns, offsets.at(Array::ligand_atom_offsets).of(item));
    const Range bonds = offsets.at(Array::ligand_bond_offsets).of(item);
    ligand.bonds = slab<std::array<std::uint16_t, 2>>(Array::ligand_bonds, bonds);
    ligand.bond_types = bytes(Array::ligand_bond_types, bonds);
    const Range stereo = offsets.at(Array::ligand_stereo_offsets).of(item);
    const auto centres = slab<std::uint16_t>(Array::ligand_stereo_atom, stereo);
    const auto neighbours = slab<std::array<std::int16_t, 4>>(Array::ligand_stereo_neighbours, stereo);
    const auto signs = slab<std::int8_t>(Array::ligand_stereo_sign, stereo);
    for (std::size_t k = 0; k < centres.size(); ++k)
        ligand.stereo.push_back({centres[k], neighbours[k], signs[k]});
    ligand.fingerprint = slab<std::uint16_t>(Array::ligand_fingerprint,
                                             offsets.at(Array::ligand_fingerprint_offsets).of(item));
    try {
        ligand.check();
    } catch (const Error& error) {
        throw Error(ErrorKind::incompatible, error.what());
    }
    return ligand;
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

std::string DatasetReader::Impl::content_sha256() const {
    ContentHash hash;
    for (const auto& array : arrays) hash.add(array.spec(), array.rows(), array.sha256());
    return hash.finish();
}

}  // namespace keyway::store

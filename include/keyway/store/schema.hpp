/// The layout of keyway's HDF5 files, and nowhere else: one table of arrays, the root's attributes, the
/// limits.
///
/// A file holds four lists of items: pockets, ligands, measurements, names. A library (schema version 2) also
/// has records: where each ligand comes from, and which were left out because they repeat one. A dataset with
/// poses of ligands that were not measured, or with computed conformers, has schema version 3. Data of fixed
/// size are one row per item. Data of varying size lie end to end in one flat array, cut by an offset table
/// with items + 1 entries: item `i` owns the rows `offsets[i] .. offsets[i + 1]`. Text is UTF-8 bytes, cut
/// the same way. In Python:
///
///     f = h5py.File("data.h5"); cut = f["ligands/smiles_offsets"][i : i + 2]
///     smiles = bytes(f["ligands/smiles"][cut[0] : cut[1]]).decode()
///
/// Everything is little-endian, chunked and checksummed (fletcher32). The root's attributes are the passport:
/// format, schema_version, feature_version, pocket_definition, ligand_policy, created_by, units, sources
/// ("sha256  file" lines), pockets, ligands, measurements, content_sha256; where they are there: records,
/// poses, conformers (how many each ligand's was chosen from).
/// `content_sha256` is the SHA-256 of one line "path rows sha256-of-the-array\n" per array, in this order.
#pragma once

#include "keyway/sample/columns.hpp"

#include <array>
#include <cstdint>
#include <string_view>

namespace keyway::store {

inline constexpr int kSchemaVersion = 1;
inline constexpr int kSchemaVersionWithRecords = 2;
inline constexpr int kSchemaVersionWithPoses = 3;
inline constexpr std::string_view kFormat = "keyway dataset";
inline constexpr std::string_view kUnits = "pK = -log10(K in mol/L), higher is tighter; lengths in Angstrom";

enum class ElementType : std::uint8_t { text, u8, i8, u16, i16, i32, i64, f32, f64 };

/// item: one row per item; offsets: items + 1 rows; ragged: cut by the nearest offset table above it.
enum class Shape : std::uint8_t { item, offsets, ragged };

/// base: in every file. The others as a whole or not at all.
enum class ArrayPart : std::uint8_t { base, records, poses, conformers };

struct ArraySpec {
    std::string_view path;
    ElementType type;
    int columns;  ///< 1: the array has one dimension
    Shape shape;
    std::string_view meaning;
    ArrayPart part = ArrayPart::base;
};

/// Index into `kArrays`.
enum class Array : std::uint8_t {
    pocket_id_offsets,
    pocket_id,
    pocket_origin,
    pocket_atom_offsets,
    pocket_position,
    pocket_columns,
    pocket_is_token,
    pocket_residue,
    pocket_bond_offsets,
    pocket_bonds,
    pocket_residue_label_offsets,
    pocket_residue_labels,
    pocket_atom_name_offsets,
    pocket_atom_names,
    ligand_id_offsets,
    ligand_id,
    ligand_smiles_offsets,
    ligand_smiles,
    ligand_atom_offsets,
    ligand_columns,
    ligand_bond_offsets,
    ligand_bonds,
    ligand_bond_types,
    ligand_stereo_offsets,
    ligand_stereo_atom,
    ligand_stereo_neighbours,
    ligand_stereo_sign,
    ligand_fingerprint_offsets,
    ligand_fingerprint,
    measurement_id_offsets,
    measurement_id,
    measurement_pocket,
    measurement_ligand,
    measurement_pk,
    measurement_relation,
    measurement_measure,
    measurement_split,
    measurement_assay,
    measurement_source,
    measurement_cluster,
    measurement_protein,
    measurement_pose_offsets,
    measurement_pose,
    name_offsets,
    name_text,
    record_id_offsets,
    record_id,
    record_ligand,
    record_file,
    record_line,
    record_number,
    pose_pocket,
    pose_ligand,
    pose_split,
    pose_cluster,
    pose_atom_offsets,
    pose_position,
    ligand_distance_offsets,
    ligand_distances,
    count
};

// clang-format off
inline constexpr std::array<ArraySpec, static_cast<std::size_t>(Array::count)> kArrays = {{
    {"pockets/id_offsets",            ElementType::i64,  1, Shape::offsets, "cuts id"},
    {"pockets/id",                    ElementType::text, 1, Shape::ragged,  "name of the pocket"},
    {"pockets/origin_angstrom",       ElementType::f64,  3, Shape::item,    "centre of the site in the frame of the input structure"},
    {"pockets/atom_offsets",          ElementType::i64,  1, Shape::offsets, "cuts position_in_pocket, columns, is_token, residue"},
    {"pockets/position_in_pocket",    ElementType::f32,  3, Shape::ragged,  "heavy atom relative to the origin [A]"},
    {"pockets/columns",               ElementType::u8,   kPocketColumnCount, Shape::ragged, "feature classes (keyway/sample/columns.hpp)"},
    {"pockets/is_token",              ElementType::u8,   1, Shape::ragged,  "1: seen directly by the ligand"},
    {"pockets/residue",               ElementType::i32,  1, Shape::ragged,  "number of the residue in residue_labels"},
    {"pockets/bond_offsets",          ElementType::i64,  1, Shape::offsets, "cuts bonds"},
    {"pockets/bonds",                 ElementType::i32,  2, Shape::ragged,  "covalent bonds, atoms of this pocket"},
    {"pockets/residue_label_offsets", ElementType::i64,  1, Shape::offsets, "cuts residue_labels"},
    {"pockets/residue_labels",        ElementType::text, 1, Shape::ragged,  "one line per residue, A:ASP:25"},
    {"pockets/atom_name_offsets",     ElementType::i64,  1, Shape::offsets, "cuts atom_names"},
    {"pockets/atom_names",            ElementType::text, 1, Shape::ragged,  "one line per atom, CA"},

    {"ligands/id_offsets",            ElementType::i64,  1, Shape::offsets, "cuts id"},
    {"ligands/id",                    ElementType::text, 1, Shape::ragged,  "name of the ligand"},
    {"ligands/smiles_offsets",        ElementType::i64,  1, Shape::offsets, "cuts smiles"},
    {"ligands/smiles",                ElementType::text, 1, Shape::ragged,  "canonical SMILES after standardisation"},
    {"ligands/atom_offsets",          ElementType::i64,  1, Shape::offsets, "cuts columns"},
    {"ligands/columns",               ElementType::u8,   kLigandColumnCount, Shape::ragged, "feature classes of heavy atoms (keyway/sample/columns.hpp)"},
    {"ligands/bond_offsets",          ElementType::i64,  1, Shape::offsets, "cuts bonds, bond_types"},
    {"ligands/bonds",                 ElementType::u16,  2, Shape::ragged,  "bonds, atoms of this ligand, each once"},
    {"ligands/bond_types",            ElementType::u8,   1, Shape::ragged,  "bond class"},
    {"ligands/stereo_offsets",        ElementType::i64,  1, Shape::offsets, "cuts stereo_atom, stereo_neighbours, stereo_sign"},
    {"ligands/stereo_atom",           ElementType::u16,  1, Shape::ragged,  "specified tetrahedral centre"},
    {"ligands/stereo_neighbours",     ElementType::i16,  4, Shape::ragged,  "its neighbours; -1: the implicit hydrogen, last"},
    {"ligands/stereo_sign",           ElementType::i8,   1, Shape::ragged,  "+1: counter-clockwise seen from the first neighbour"},
    {"ligands/fingerprint_offsets",   ElementType::i64,  1, Shape::offsets, "cuts fingerprint"},
    {"ligands/fingerprint",           ElementType::u16,  1, Shape::ragged,  "set bits of the Morgan fingerprint, radius 2, 2048 bits"},

    {"measurements/id_offsets",       ElementType::i64,  1, Shape::offsets, "cuts id"},
    {"measurements/id",               ElementType::text, 1, Shape::ragged,  "name of the row"},
    {"measurements/pocket",           ElementType::i32,  1, Shape::item,    "index of the pocket"},
    {"measurements/ligand",           ElementType::i32,  1, Shape::item,    "index of the ligand"},
    {"measurements/pk",               ElementType::f32,  1, Shape::item,    "-log10(K in mol/L)"},
    {"measurements/relation",         ElementType::u8,   1, Shape::item,    "0 equal, 1 true pK at most this, 2 at least this, 3 approximate"},
    {"measurements/measure",          ElementType::u8,   1, Shape::item,    "0 unstated, 1 Kd, 2 Ki, 3 IC50, 4 EC50, 5 mixed"},
    {"measurements/split",            ElementType::u8,   1, Shape::item,    "0 none, 1 train, 2 valid, 3 test"},
    {"measurements/assay",            ElementType::i32,  1, Shape::item,    "index into names, -1 unknown; values inside one are comparable"},
    {"measurements/source",           ElementType::i32,  1, Shape::item,    "index into names: the table of the row"},
    {"measurements/cluster",          ElementType::i32,  1, Shape::item,    "index into names: homologs of the protein"},
    {"measurements/protein",          ElementType::i32,  1, Shape::item,    "index into names"},
    {"measurements/pose_offsets",     ElementType::i64,  1, Shape::offsets, "cuts pose_in_pocket"},
    {"measurements/pose_in_pocket",   ElementType::f32,  3, Shape::ragged,  "bound ligand's heavy atoms relative to the pocket's origin [A]; empty if unknown"},

    {"names/text_offsets",            ElementType::i64,  1, Shape::offsets, "cuts text"},
    {"names/text",                    ElementType::text, 1, Shape::ragged,  "assays, sources, clusters and proteins; files of a library"},

    {"records/id_offsets",            ElementType::i64,  1, Shape::offsets, "cuts id", ArrayPart::records},
    {"records/id",                    ElementType::text, 1, Shape::ragged,  "id as written; empty: the ligand's", ArrayPart::records},
    {"records/ligand",                ElementType::i32,  1, Shape::item,    "index of the ligand", ArrayPart::records},
    {"records/file",                  ElementType::i32,  1, Shape::item,    "index into names", ArrayPart::records},
    {"records/line",                  ElementType::i64,  1, Shape::item,    "1-based line of the file where it starts", ArrayPart::records},
    {"records/number",                ElementType::i64,  1, Shape::item,    "0-based number of the record in its file, refused ones counted", ArrayPart::records},

    {"poses/pocket",                  ElementType::i32,  1, Shape::item,    "index of the pocket", ArrayPart::poses},
    {"poses/ligand",                  ElementType::i32,  1, Shape::item,    "index of the ligand", ArrayPart::poses},
    {"poses/split",                   ElementType::u8,   1, Shape::item,    "0 none, 1 train, 2 valid, 3 test", ArrayPart::poses},
    {"poses/cluster",                 ElementType::i32,  1, Shape::item,    "index into names: homologs of the protein", ArrayPart::poses},
    {"poses/atom_offsets",            ElementType::i64,  1, Shape::offsets, "cuts position_in_pocket", ArrayPart::poses},
    {"poses/position_in_pocket",      ElementType::f32,  3, Shape::ragged,  "heavy atoms of the ligand, its order, relative to the pocket's origin [A]", ArrayPart::poses},

    {"ligands/distance_offsets",      ElementType::i64,  1, Shape::offsets, "cuts distances", ArrayPart::conformers},
    {"ligands/distances",             ElementType::u8,   1, Shape::ragged,  "heavy atoms (0, 1), (0, 2) .. (1, 2) .. of a computed conformer [0.1 A], 255: 25.5 A or more; empty: none was found", ArrayPart::conformers},
}};
// clang-format on

constexpr const ArraySpec& spec_of(Array array) { return kArrays[static_cast<std::size_t>(array)]; }

constexpr std::size_t bytes_of(ElementType type) {
    switch (type) {
        case ElementType::text:
        case ElementType::u8:
        case ElementType::i8:
            return 1;
        case ElementType::u16:
        case ElementType::i16:
            return 2;
        case ElementType::i32:
        case ElementType::f32:
            return 4;
        case ElementType::i64:
        case ElementType::f64:
            return 8;
    }
    return 0;
}

constexpr std::size_t row_bytes(const ArraySpec& spec) {
    return bytes_of(spec.type) * static_cast<std::size_t>(spec.columns);
}

/// What a reader accepts, checked before any allocation (`design/reliability.md`).
inline constexpr std::uint64_t kChunkBytes = 16 << 10;  ///< what the writer makes
inline constexpr std::uint64_t kMaxChunkBytes = 64ull << 20;
inline constexpr std::uint64_t kMaxArrayBytes = 1ull << 40;
inline constexpr std::uint64_t kMaxArrayBytesPerFileByte = 64;  ///< compression that is still believed
inline constexpr std::uint64_t kMaxRowsPerItem = 1 << 20;
inline constexpr std::uint64_t kMaxAttributeBytes = 16 << 20;

}  // namespace keyway::store

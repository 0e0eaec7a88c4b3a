/// Datasets and libraries in HDF5: flat arrays with offsets, checksummed, written once and atomically.
/// The layout is in `schema.hpp`. A library is a dataset without pockets and measurements.
#pragma once

#include "keyway/core/output_file.hpp"
#include "keyway/core/pocket_definition.hpp"
#include "keyway/sample/ligand_graph.hpp"
#include "keyway/sample/measurement.hpp"
#include "keyway/sample/pocket_graph.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace keyway::store {

/// What a file says about itself.
struct DatasetPassport {
    int schema_version = 0;
    int feature_version = 0;
    PocketDefinition pocket;
    std::string created_by;                      ///< program and version
    std::string ligand_policy;                   ///< standardisation, as `name=value` text
    std::map<std::string, std::string> sources;  ///< file -> SHA-256
    std::uint64_t pockets = 0, ligands = 0, measurements = 0;
    std::uint64_t records = 0;   ///< libraries only: what is known of where ligands come from
    std::uint64_t poses = 0;     ///< without a measurement; `DatasetReader::poses` gives all
    int conformers = 0;          ///< computed for each ligand; 0: there are no distances
    std::string content_sha256;  ///< over all arrays; identifies the training data
};

/// A record of a library's input that gave a ligand, or repeats one.
struct LibraryRecord {
    std::string id;
    std::int32_t ligand = 0;
    std::int32_t file = 0;    ///< index of a name
    std::int64_t line = 0;    ///< 1-based, where it starts
    std::int64_t number = 0;  ///< 0-based in its file, refused ones counted
    bool operator==(const LibraryRecord&) const = default;
};

/// compressed: a fifth of the size, read in sequence at full speed. plain: for random access.
enum class Packing { plain, compressed };

/// Streams into `path.part`; `commit` makes the file appear. Memory does not grow with the file.
class DatasetWriter {
public:
    DatasetWriter(const std::filesystem::path& path, IfExists if_exists, DatasetPassport passport,
                  Packing packing = Packing::plain);
    ~DatasetWriter();

    /// Each returns the index to use in measurements.
    std::int32_t add(const PocketGraph& pocket);
    std::int32_t add(const LigandGraph& ligand);
    void add(const Measurement& measurement);
    /// `ligand_id`: the id of the ligand that it names; an equal id is not written twice.
    void add(const LibraryRecord& record, const std::string& ligand_id);
    /// A pose without a measurement. Those with one belong to the measurement.
    void add(const KnownPose& pose);
    /// Of the next ligand that has none yet, in the order of their indices (`ligands/distances` in the
    /// schema; empty: unknown). Once for every ligand, if the passport says `conformers`.
    void add_distances(std::span<const std::uint8_t> tenth_angstrom);
    /// Index of an assay, source, cluster or protein name; equal names share one.
    std::int32_t name(const std::string& text);

    /// Throws Error(output) if anything could not be written; then no file appears.
    void commit();

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

/// Random access; arrays are read in slabs, so memory does not grow with the file. Not thread-safe.
class DatasetReader {
public:
    /// Throws Error(input) if the file cannot be opened; Error(incompatible) if it is truncated, foreign, of
    /// another schema or feature version, or asks for external storage, unknown filters or absurd sizes.
    explicit DatasetReader(const std::filesystem::path& path);
    ~DatasetReader();
    DatasetReader(DatasetReader&&) noexcept;

    const DatasetPassport& passport() const;
    const std::filesystem::path& path() const;
    PocketGraph pocket(std::int32_t index) const;
    LigandGraph ligand(std::int32_t index) const;
    /// Consecutive ones, with one read for each array.
    std::vector<LigandGraph> ligands(std::int32_t first, std::size_t count) const;
    /// Consecutive records; ids that equal the ligand's come back empty.
    std::vector<LibraryRecord> records(std::int32_t first, std::size_t count) const;
    /// Heavy atoms of every ligand, without reading the ligands.
    std::vector<std::int32_t> ligand_heavy_atoms() const;
    /// All measurements, in file order; poses are not loaded (see `pose`).
    std::vector<Measurement> measurements() const;
    std::vector<std::array<float, 3>> pose(std::int64_t measurement) const;
    /// All poses: those of measurements in file order, then those without one.
    std::vector<KnownPose> poses() const;
    /// Pair distances inside a ligand's conformer (`ligands/distances` in the schema); empty if unknown.
    std::vector<std::uint8_t> distances(std::int32_t ligand) const;
    const std::string& name(std::int32_t index) const;
    std::vector<std::string> pocket_ids() const;
    /// Reads every byte and compares with the passport's SHA-256. Throws Error(incompatible).
    void verify_content() const;
    /// `verify_content`, then every pocket, ligand, measurement and pose one by one. Throws
    /// Error(incompatible).
    void verify() const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace keyway::store

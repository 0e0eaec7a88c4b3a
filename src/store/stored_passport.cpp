/// Writes and reads the passport.
#include "store/stored_passport.hpp"

#include "keyway/core/error.hpp"

#include <fmt/format.h>

#include <limits>
#include <sstream>

namespace keyway::store {
namespace {

std::string source_lines(const std::map<std::string, std::string>& sources) {
    std::string text;
    for (const auto& [file, sha256] : sources) text += sha256 + "  " + file + '\n';
    return text;
}

std::map<std::string, std::string> parse_sources(const std::string& text) {
    std::map<std::string, std::string> sources;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);)
        if (const auto gap = line.find("  "); gap != std::string::npos)
            sources[line.substr(gap + 2)] = line.substr(0, gap);
    return sources;
}

std::uint64_t read_count(hid_t root, const std::string& name) {
    const std::int64_t count = hdf5::read_number_attribute(root, name);
    if (count < 0 || count > std::numeric_limits<std::int32_t>::max())
        throw Error(ErrorKind::incompatible,
                    fmt::format("attribute '{}' is {}, expected 0 to 2^31", name, count));
    return static_cast<std::uint64_t>(count);
}

int read_version(hid_t root, const std::string& name, int expected, const std::string& hint) {
    const std::int64_t found = hdf5::read_number_attribute(root, name);
    if (found != expected)
        throw Error(ErrorKind::incompatible,
                    fmt::format("{} is {}, this program reads {}", name, found, expected), hint);
    return expected;
}

}  // namespace

void write_passport(hid_t root, const DatasetPassport& passport) {
    hdf5::write_attribute(root, "format", kFormat);
    hdf5::write_attribute(root, "schema_version", std::int64_t{passport.schema_version});
    hdf5::write_attribute(root, "feature_version", std::int64_t{passport.feature_version});
    hdf5::write_attribute(root, "pocket_definition", passport.pocket.to_text());
    hdf5::write_attribute(root, "ligand_policy", passport.ligand_policy);
    hdf5::write_attribute(root, "created_by", passport.created_by);
    hdf5::write_attribute(root, "units", kUnits);
    hdf5::write_attribute(root, "sources", source_lines(passport.sources));
    hdf5::write_attribute(root, "pockets", static_cast<std::int64_t>(passport.pockets));
    hdf5::write_attribute(root, "ligands", static_cast<std::int64_t>(passport.ligands));
    hdf5::write_attribute(root, "measurements", static_cast<std::int64_t>(passport.measurements));
    if (passport.schema_version == kSchemaVersionWithRecords)
        hdf5::write_attribute(root, "records", static_cast<std::int64_t>(passport.records));
    if (passport.schema_version == kSchemaVersionWithPoses) {
        hdf5::write_attribute(root, "poses", static_cast<std::int64_t>(passport.poses));
        hdf5::write_attribute(root, "conformers", std::int64_t{passport.conformers});
    }
    hdf5::write_attribute(root, "content_sha256", passport.content_sha256);
}

DatasetPassport read_passport(hid_t root) {
    if (!hdf5::has_attribute(root, "format") || hdf5::read_text_attribute(root, "format") != kFormat)
        throw Error(ErrorKind::incompatible, "it was not made by keyway (no matching attribute 'format')",
                    "expected a dataset or library made by 'keyway dataset build' or 'keyway library build'");
    DatasetPassport passport;
    const bool has_records = hdf5::has_attribute(root, "records");
    const bool has_poses = hdf5::has_attribute(root, "poses");
    passport.schema_version = read_version(root, "schema_version",
                                           has_poses     ? kSchemaVersionWithPoses
                                           : has_records ? kSchemaVersionWithRecords
                                                         : kSchemaVersion,
                                           "build the file again with this version of keyway");
    passport.feature_version =
        read_version(root, "feature_version", kFeatureVersion,
                     "the features have changed; build the file again with this version");
    passport.pocket = PocketDefinition::from_text(hdf5::read_text_attribute(root, "pocket_definition"));
    passport.ligand_policy = hdf5::read_text_attribute(root, "ligand_policy");
    passport.created_by = hdf5::read_text_attribute(root, "created_by");
    passport.sources = parse_sources(hdf5::read_text_attribute(root, "sources"));
    passport.pockets = read_count(root, "pockets");
    passport.ligands = read_count(root, "ligands");
    passport.measurements = read_count(root, "measurements");
    if (has_records && !has_poses) passport.records = read_count(root, "records");
    if (has_poses) {
        passport.poses = read_count(root, "poses");
        passport.conformers = static_cast<int>(read_count(root, "conformers"));
    }
    passport.content_sha256 = hdf5::read_text_attribute(root, "content_sha256");
    return passport;
}

}  // namespace keyway::store

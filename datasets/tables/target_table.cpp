/// Reads tables of targets.
#include "datasets/tables/target_table.hpp"

#include "keyway/core/error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace keyway::datasets {
namespace {

double read_coordinate(const TableReader& row, std::string_view column) {
    const std::string_view text = row[column];
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(value))
        throw Error(
            ErrorKind::input,
            fmt::format("'{}' line {}: target '{}' has neither a reference ligand nor a centre, column '{}' "
                        "is '{}'",
                        row.name(), row.line_number(), row["target_id"], column, text));
    return value;
}

Target read_target(const TableReader& row, const std::filesystem::path& folder) {
    Target target;
    target.id = std::string(row["target_id"]);
    target.protein = std::string(row["protein"]);
    target.cluster = std::string(row["cluster"]);
    target.split = std::string(row["split"]);
    target.table = table_name(row);
    target.line = row.line_number();
    target.structure = folder / std::filesystem::path(row["structure"]);
    if (!row["reference"].empty())
        target.site.reference_ligand = folder / std::filesystem::path(row["reference"]);
    else
        target.site.centre_angstrom = {read_coordinate(row, "pocket_center_x"),
                                       read_coordinate(row, "pocket_center_y"),
                                       read_coordinate(row, "pocket_center_z")};
    if (target.id.empty() || row["structure"].empty())
        throw Error(ErrorKind::input, fmt::format("'{}' line {}: target_id and structure may not be empty",
                                                  row.name(), row.line_number()));
    static constexpr std::array<std::string_view, 5> kSplits{"", "none", "train", "valid", "test"};
    if (std::find(kSplits.begin(), kSplits.end(), target.split) == kSplits.end())
        throw Error(ErrorKind::input,
                    fmt::format("'{}' line {}: split is '{}', expected train, valid, test or none",
                                row.name(), row.line_number(), target.split));
    return target;
}

}  // namespace

std::map<std::string, Target, std::less<>> read_targets(const std::vector<std::filesystem::path>& tables) {
    std::map<std::string, Target, std::less<>> targets;
    for (const auto& path : tables) {
        TableReader row(path);
        row.require({"target_id", "structure"});
        if (!row.has("reference")) row.require({"pocket_center_x", "pocket_center_y", "pocket_center_z"});
        while (row.next()) {
            Target target = read_target(row, path.parent_path());
            const std::string id = target.id;
            if (!targets.emplace(id, std::move(target)).second)
                throw Error(ErrorKind::input, fmt::format("'{}' line {}: target '{}' occurs twice",
                                                          row.name(), row.line_number(), id));
        }
    }
    return targets;
}

}  // namespace keyway::datasets

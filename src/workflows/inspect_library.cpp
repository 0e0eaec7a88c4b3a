/// Counts what a library holds and says it.
#include "keyway/workflows/inspect_library.hpp"

#include "keyway/core/error.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <unordered_set>

namespace keyway::workflows {
namespace {

constexpr std::uint64_t kAtOnce = 1024;
constexpr std::int32_t kClassWidth = 5;
constexpr std::array<int, 7> kPercents = {0, 5, 25, 50, 75, 95, 100};

void count_molecules(const store::DatasetReader& reader, std::size_t rows, LibraryDescription& out) {
    std::unordered_set<std::size_t> seen;  // 8 bytes of hash for each different molecule
    for (std::uint64_t first = 0; first < out.passport.ligands; first += kAtOnce) {
        const auto count = std::min(kAtOnce, out.passport.ligands - first);
        for (const auto& ligand : reader.ligands(static_cast<std::int32_t>(first), count)) {
            seen.insert(std::hash<std::string>{}(ligand.smiles));
            if (out.first_rows.size() < rows)
                out.first_rows.push_back(
                    {ligand.id, ligand.smiles, "", 0, static_cast<std::int32_t>(ligand.atoms())});
        }
    }
    out.different = seen.size();
}

void count_records(const store::DatasetReader& reader, LibraryDescription& out) {
    std::int32_t next_ligand = 0;
    for (std::uint64_t first = 0; first < out.passport.records; first += kAtOnce) {
        const auto count = std::min(kAtOnce, out.passport.records - first);
        for (const auto& record : reader.records(static_cast<std::int32_t>(first), count)) {
            const std::string& file = reader.name(record.file);
            ++out.records_by_file[file];
            if (record.ligand < next_ligand) {  // points back
                ++out.left_out;
                continue;
            }
            next_ligand = record.ligand + 1;
            if (static_cast<std::size_t>(record.ligand) < out.first_rows.size()) {
                auto& row = out.first_rows[static_cast<std::size_t>(record.ligand)];
                row.file = file;
                row.line = record.line;
            }
        }
    }
}

void measure_sizes(const store::DatasetReader& reader, LibraryDescription& out) {
    auto sizes = reader.ligand_heavy_atoms();
    if (sizes.empty()) return;
    std::sort(sizes.begin(), sizes.end());
    for (std::size_t k = 0; k < kPercents.size(); ++k)
        out.heavy_atom_quantiles[k] =
            sizes[(sizes.size() - 1) * static_cast<std::size_t>(kPercents[k]) / 100];
    for (const auto size : sizes) ++out.by_heavy_atoms[size / kClassWidth * kClassWidth];
}

std::string bar(std::uint64_t count, std::uint64_t most) {
    return std::string(static_cast<std::size_t>((40 * count + most - 1) / most), '#');
}

}  // namespace

LibraryDescription inspect_library(const std::filesystem::path& path, std::size_t rows) {
    const store::DatasetReader reader(path);
    if (reader.passport().measurements > 0)
        throw Error(ErrorKind::usage, fmt::format("'{}' is a dataset, not a library", path.string()),
                    fmt::format("keyway dataset inspect {}", path.string()));
    LibraryDescription out;
    out.path = path;
    out.bytes = std::filesystem::file_size(path);
    out.passport = reader.passport();
    count_molecules(reader, rows, out);
    count_records(reader, out);
    measure_sizes(reader, out);
    out.repeats = out.passport.ligands - out.different + out.left_out;
    return out;
}

std::string to_text(const LibraryDescription& d) {
    const auto ligands = d.passport.ligands;
    std::string text = fmt::format(
        "library {}: {} ligands, {:.1f} MB, {:.2f} kB each\n", d.path.string(), ligands,
        static_cast<double>(d.bytes) / 1e6,
        static_cast<double>(d.bytes) / 1e3 / static_cast<double>(std::max<std::uint64_t>(1, ligands)));
    const auto line = [&](std::string_view name, const std::string& value) {
        text += fmt::format("  {:<20} {}\n", name, value);
    };
    line("made by", d.passport.created_by);
    line("versions",
         fmt::format("schema {}, features {}", d.passport.schema_version, d.passport.feature_version));
    line("ligands read with", d.passport.ligand_policy);
    line("content SHA-256", d.passport.content_sha256);
    if (d.passport.records > 0) line("records", fmt::format("{}", d.passport.records));
    line("different molecules", fmt::format("{}", d.different));
    line("repeats", fmt::format("{}, of which left out {}", d.repeats, d.left_out));
    for (const auto& [file, count] : d.records_by_file) line("  from", fmt::format("{:>9}  {}", count, file));
    const auto& q = d.heavy_atom_quantiles;
    line("heavy atoms",
         fmt::format("{} to {}, median {}, 90 % between {} and {}", q[0], q[6], q[3], q[1], q[5]));
    std::uint64_t most = 1;
    for (const auto& [size, count] : d.by_heavy_atoms) most = std::max(most, count);
    for (const auto& [size, count] : d.by_heavy_atoms)
        text += fmt::format("    {:>3} to {:<3} {:>9}  {}\n", size, size + kClassWidth - 1, count,
                            bar(count, most));
    if (!d.first_rows.empty()) text += "  first rows\n";
    for (const auto& row : d.first_rows)
        text += fmt::format("    {}  {}{}\n", row.id, row.smiles,
                            row.file.empty() ? "" : fmt::format("  ({}, line {})", row.file, row.line));
    return text;
}

std::string to_json(const LibraryDescription& d) {
    nlohmann::ordered_json json{{"path", d.path.string()},
                                {"bytes", d.bytes},
                                {"schema_version", d.passport.schema_version},
                                {"feature_version", d.passport.feature_version},
                                {"created_by", d.passport.created_by},
                                {"ligand_policy", d.passport.ligand_policy},
                                {"content_sha256", d.passport.content_sha256},
                                {"sources", d.passport.sources},
                                {"ligands", d.passport.ligands},
                                {"records", d.passport.records},
                                {"different", d.different},
                                {"repeats", d.repeats},
                                {"left_out", d.left_out},
                                {"records_by_file", d.records_by_file}};
    for (std::size_t k = 0; k < kPercents.size(); ++k)
        json["heavy_atom_quantiles"][std::to_string(kPercents[k])] = d.heavy_atom_quantiles[k];
    for (const auto& [size, count] : d.by_heavy_atoms) json["by_heavy_atoms"][std::to_string(size)] = count;
    json["first_rows"] = nlohmann::ordered_json::array();
    for (const auto& row : d.first_rows)
        json["first_rows"].push_back({{"id", row.id},
                                      {"smiles", row.smiles},
                                      {"heavy_atoms", row.heavy_atoms},
                                      {"file", row.file},
                                      {"line", row.line}});
    return json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + '\n';
}

}  // namespace keyway::workflows

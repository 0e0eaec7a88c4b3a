/// Counts what a dataset holds and says it.
#include "keyway/workflows/inspect_dataset.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <set>

namespace keyway::workflows {
namespace {

using Range = DatasetDescription::Range;
using Part = DatasetDescription::Part;

class RangeCounter {
public:
    void add(double value) {
        lowest_ = count_ == 0 ? value : std::min(lowest_, value);
        highest_ = count_ == 0 ? value : std::max(highest_, value);
        sum_ += value;
        ++count_;
    }
    Range range() const {
        return count_ == 0 ? Range{} : Range{lowest_, sum_ / static_cast<double>(count_), highest_};
    }

private:
    double lowest_ = 0, highest_ = 0, sum_ = 0;
    std::uint64_t count_ = 0;
};

class PartCounter {
public:
    void add(const Measurement& row) {
        ++rows_;
        pockets_.insert(row.pocket);
        if (row.protein >= 0) proteins_.insert(row.protein);
        if (row.cluster >= 0) clusters_.insert(row.cluster);
        if (row.assay >= 0) ++assays_[row.assay];
    }
    Part part() const {
        const auto large =
            std::count_if(assays_.begin(), assays_.end(), [](const auto& a) { return a.second >= 5; });
        return {rows_,
                pockets_.size(),
                proteins_.size(),
                clusters_.size(),
                assays_.size(),
                static_cast<std::uint64_t>(large)};
    }

private:
    std::uint64_t rows_ = 0;
    std::set<std::int32_t> pockets_, proteins_, clusters_;
    std::map<std::int32_t, std::uint64_t> assays_;
};

std::map<std::string, Part> parts_of(const std::map<std::string, PartCounter>& counters) {
    std::map<std::string, Part> parts;
    for (const auto& [name, counter] : counters) parts[name] = counter.part();
    return parts;
}

void count_rows(const store::DatasetReader& reader, DatasetDescription& out) {
    PartCounter all;
    std::map<std::string, PartCounter> splits, sources;
    RangeCounter pk;
    for (const auto& row : reader.measurements()) {
        all.add(row);
        splits[std::string(to_string(row.split))].add(row);
        if (row.source >= 0) sources[reader.name(row.source)].add(row);
        ++out.by_measure[std::string(to_string(row.measure))];
        ++out.by_relation[std::string(to_string(row.relation))];
        pk.add(row.pk);
    }
    out.all = all.part();
    out.by_split = parts_of(splits);
    out.by_source = parts_of(sources);
    out.pk = pk.range();
}

void measure_graphs(const store::DatasetReader& reader, DatasetDescription& out) {
    RangeCounter atoms, tokens, residues, heavy;
    for (std::uint64_t i = 0; i < out.passport.pockets; ++i) {
        const auto pocket = reader.pocket(static_cast<std::int32_t>(i));
        atoms.add(static_cast<double>(pocket.atoms()));
        tokens.add(static_cast<double>(std::count(pocket.is_token.begin(), pocket.is_token.end(), 1)));
        residues.add(static_cast<double>(pocket.residue_labels.size()));
    }
    for (const auto count : reader.ligand_heavy_atoms()) heavy.add(count);
    for (const auto& pose : reader.poses()) {
        ++out.poses;
        ++out.poses_by_split[std::string(to_string(pose.split))];
    }
    for (std::uint64_t i = 0; out.passport.conformers > 0 && i < out.passport.ligands; ++i)
        out.ligands_with_distances += !reader.distances(static_cast<std::int32_t>(i)).empty();
    out.pocket_atoms = atoms.range();
    out.pocket_tokens = tokens.range();
    out.pocket_residues = residues.range();
    out.ligand_heavy_atoms = heavy.range();
}

std::string counts_text(const std::map<std::string, std::uint64_t>& counts) {
    std::string text;
    for (const auto& [name, count] : counts)
        text += fmt::format("{}{} {}", text.empty() ? "" : ", ", name, count);
    return text;
}

std::string part_text(const std::string& name, const Part& part) {
    return fmt::format("  {:<24} {:>8} {:>8} {:>9} {:>9} {:>8} {:>8}\n", name, part.rows, part.pockets,
                       part.proteins, part.clusters, part.assays, part.assays_of_five);
}

std::string range_text(const Range& range) {
    return fmt::format("{:.0f} to {:.0f}, mean {:.1f}", range.lowest, range.highest, range.mean);
}

nlohmann::ordered_json json_of(const Part& part) {
    return {{"rows", part.rows},         {"pockets", part.pockets}, {"proteins", part.proteins},
            {"clusters", part.clusters}, {"assays", part.assays},   {"assays_of_five", part.assays_of_five}};
}

nlohmann::ordered_json json_of(const Range& range) {
    return {{"lowest", range.lowest}, {"mean", range.mean}, {"highest", range.highest}};
}

}  // namespace

DatasetDescription inspect_dataset(const std::filesystem::path& path, Verify verify) {
    const store::DatasetReader reader(path);
    DatasetDescription out;
    out.path = path;
    out.bytes = std::filesystem::file_size(path);
    out.passport = reader.passport();
    if (verify == Verify::yes) reader.verify();
    out.verified = verify == Verify::yes;
    count_rows(reader, out);
    measure_graphs(reader, out);
    return out;
}

std::string to_text(const DatasetDescription& d) {
    const bool is_library = d.passport.measurements == 0;
    std::string text =
        fmt::format("{} {}: {:.1f} MB, {}\n", is_library ? "library" : "dataset", d.path.string(),
                    static_cast<double>(d.bytes) / 1e6, d.verified ? "verified" : "not verified (--verify)");
    const auto line = [&](std::string_view name, const std::string& value) {
        text += fmt::format("  {:<20} {}\n", name, value);
    };
    line("made by", d.passport.created_by);
    line("versions",
         fmt::format("schema {}, features {}", d.passport.schema_version, d.passport.feature_version));
    line("content SHA-256", d.passport.content_sha256);
    line("ligands read with", d.passport.ligand_policy);
    line("ligands", fmt::format("{}, heavy atoms {}", d.passport.ligands, range_text(d.ligand_heavy_atoms)));
    if (d.passport.pockets > 0) {
        line("pockets", fmt::format("{}, cut with {}", d.passport.pockets, d.passport.pocket.to_text()));
        line("  residues", range_text(d.pocket_residues));
        line("  heavy atoms", range_text(d.pocket_atoms));
        line("  tokens", range_text(d.pocket_tokens));
    }
    if (d.passport.conformers > 0)
        line("  with distances", fmt::format("{}, from the best of {} conformer(s)", d.ligands_with_distances,
                                             d.passport.conformers));
    if (!is_library) {
        line("measurements", fmt::format("{}, pK {:.2f} to {:.2f}, mean {:.2f}", d.passport.measurements,
                                         d.pk.lowest, d.pk.highest, d.pk.mean));
        line("known poses",
             d.poses == 0 ? "none" : fmt::format("{} ({})", d.poses, counts_text(d.poses_by_split)));
        line("  relation", counts_text(d.by_relation));
        line("  measure", counts_text(d.by_measure));
        text += fmt::format("  {:<24} {:>8} {:>8} {:>9} {:>9} {:>8} {:>8}\n", "", "rows", "pockets",
                            "proteins", "clusters", "assays", "n >= 5");
        text += part_text("all", d.all);
        for (const auto& [name, part] : d.by_split) text += part_text("split " + name, part);
        for (const auto& [name, part] : d.by_source) text += part_text(name, part);
    }
    for (const auto& [file, sha256] : d.passport.sources) line("source", fmt::format("{}  {}", sha256, file));
    return text;
}

std::string to_json(const DatasetDescription& d) {
    nlohmann::ordered_json json{
        {"path", d.path.string()},
        {"bytes", d.bytes},
        {"verified", d.verified},
        {"schema_version", d.passport.schema_version},
        {"feature_version", d.passport.feature_version},
        {"created_by", d.passport.created_by},
        {"content_sha256", d.passport.content_sha256},
        {"pocket_definition", d.passport.pocket.to_text()},
        {"ligand_policy", d.passport.ligand_policy},
        {"sources", d.passport.sources},
        {"pockets", d.passport.pockets},
        {"ligands", d.passport.ligands},
        {"measurements", d.passport.measurements},
        {"poses", d.poses},
        {"poses_by_split", d.poses_by_split},
        {"conformers", d.passport.conformers},
        {"ligands_with_distances", d.ligands_with_distances},
        {"by_relation", d.by_relation},
        {"by_measure", d.by_measure},
        {"pk", json_of(d.pk)},
        {"pocket_residues", json_of(d.pocket_residues)},
        {"pocket_atoms", json_of(d.pocket_atoms)},
        {"pocket_tokens", json_of(d.pocket_tokens)},
        {"ligand_heavy_atoms", json_of(d.ligand_heavy_atoms)},
        {"all", json_of(d.all)},
    };
    for (const auto& [name, part] : d.by_split) json["by_split"][name] = json_of(part);
    for (const auto& [name, part] : d.by_source) json["by_source"][name] = json_of(part);
    return json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + '\n';
}

}  // namespace keyway::workflows

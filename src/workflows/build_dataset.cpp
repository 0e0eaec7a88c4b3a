/// The dataset build: rows in, prepared in parallel, written in order.
#include "keyway/workflows/build_dataset.hpp"

#include "build_outcome.hpp"
#include "conformer_queue.hpp"
#include "ligand_index.hpp"
#include "pocket_cache.hpp"
#include "pose_check.hpp"
#include "thread_count.hpp"

#include "keyway/core/error.hpp"
#include "keyway/core/ordered_pool.hpp"
#include "keyway/core/sha256.hpp"
#include "keyway/core/version.hpp"
#include "keyway/features/features.hpp"
#include "keyway/records/rejected_file.hpp"
#include "keyway/store/dataset_file.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <new>

namespace keyway::workflows {
namespace {

/// A row after the chemistry.
struct ReadyRow {
    RawRecord record;
    std::shared_ptr<PocketCache::Entry> pocket;
    std::optional<chem::Molecule> molecule;
    LigandGraph ligand;
    Split split = Split::none;
    std::vector<std::array<float, 3>> pose_in_pocket;
};
using SourceRow = std::variant<RawRecord, Rejected>;
using PreparedRow = std::variant<ReadyRow, Rejected>;

Result<chem::Molecule> read_molecule(const RawRecord& record, const chem::LigandOptions& options) {
    const std::string& id = record.ligand_id.empty() ? record.id : record.ligand_id;
    return record.ligand_files.empty()
               ? chem::parse_smiles(record.smiles, id, options)
               : chem::read_ligand_files(record.ligand_files, id, record.smiles, options);
}

/// row: with an affinity, and a pose where the ligand's own files are given; pose: nothing else, so it must
/// be believable.
enum class RecordKind { row, pose };

/// Pocket, ligand, pose; the first thing that fails is the reason.
Result<ReadyRow> prepare_record(const RawRecord& record, RecordKind kind, PocketCache& pockets,
                                const chem::LigandOptions& options) {
    ReadyRow row;
    row.record = record;
    try {
        row.split = parse_split(record.split);
    } catch (const Error& error) {
        return Rejection{"read", "SPLIT", error.what()};
    }
    row.pocket = pockets.of(record);
    const auto pocket = row.pocket->graph();
    if (!pocket) return pocket.rejection();
    const auto molecule = read_molecule(record, options);
    if (!molecule) return molecule.rejection();
    row.molecule = molecule.value();
    auto graph = features::ligand_graph(molecule.value());
    if (!graph) return graph.rejection();
    row.ligand = std::move(graph.value());
    if (!record.ligand_files.empty()) {
        row.pose_in_pocket = features::pose_in_pocket(molecule.value(), *pocket.value());
        if (row.pose_in_pocket.size() != row.ligand.atoms())
            return Rejection{"features", "POSE",
                             fmt::format("the pose has {} atoms, the ligand {}", row.pose_in_pocket.size(),
                                         row.ligand.atoms())};
    }
    if (kind == RecordKind::pose)
        if (auto refused = check_pose(row.ligand, row.pose_in_pocket, pocket.value()->position_in_pocket))
            return std::move(*refused);
    return row;
}

/// Whatever happens to one record stays with that record.
PreparedRow prepare(SourceRow&& row, RecordKind kind, PocketCache& pockets,
                    const chem::LigandOptions& options) {
    if (auto* rejected = std::get_if<Rejected>(&row)) return std::move(*rejected);
    const RawRecord& record = std::get<RawRecord>(row);
    const auto refused = [&](Rejection why) -> PreparedRow {
        return Rejected{record.id, record.source, record.line, std::move(why)};
    };
    try {
        auto ready = prepare_record(record, kind, pockets, options);
        if (!ready) return refused(ready.rejection());
        return std::move(ready.value());
    } catch (const std::bad_alloc&) {
        return refused({"features", "OUT_OF_MEMORY", "not enough memory for this record"});
    } catch (const std::exception& error) {
        return refused({"features", "INTERNAL", error.what()});
    }
}

/// Gives indices in the order of the rows, so that the file does not depend on which thread was faster.
class DatasetBuilder {
public:
    DatasetBuilder(const BuildDatasetOptions& options, const RecordSource& source, PocketCache::Kept kept)
        : writer_(options.out, options.if_exists, passport_of(options, source)),
          ligands_(writer_),
          conformers_(writer_, options.conformers, static_cast<std::size_t>(thread_count(options.threads))),
          kept_(kept) {}

    void add(ReadyRow&& row) {
        Measurement measurement;
        measurement.id = row.record.id;
        measurement.pocket = pocket_index(*row.pocket);
        measurement.ligand = ligand_index(row);
        measurement.pk = static_cast<float>(row.record.affinity.pk);
        measurement.relation = row.record.affinity.relation;
        measurement.measure = row.record.affinity.measure;
        measurement.split = row.split;
        measurement.source = name_index(row.record.source);
        measurement.assay = name_index(row.record.assay);
        measurement.cluster = name_index(row.record.cluster);
        measurement.protein = name_index(row.record.protein);
        measurement.pose_in_pocket = std::move(row.pose_in_pocket);
        writer_.add(measurement);
    }
    void add_pose(ReadyRow&& row) {
        KnownPose pose;
        pose.pocket = pocket_index(*row.pocket);
        pose.ligand = ligand_index(row);
        pose.split = row.split;
        pose.cluster = name_index(row.record.cluster);
        pose.position_in_pocket = std::move(row.pose_in_pocket);
        writer_.add(pose);
    }
    void commit() {
        conformers_.flush();
        writer_.commit();
    }
    const ConformerQueue& conformers() const { return conformers_; }
    std::uint64_t pockets() const { return pockets_; }
    std::uint64_t ligands() const { return ligands_.size(); }

private:
    static store::DatasetPassport passport_of(const BuildDatasetOptions& options,
                                              const RecordSource& source) {
        store::DatasetPassport passport;
        passport.pocket = options.pocket;
        passport.conformers = options.conformers;
        passport.ligand_policy = ligand_policy(options.ligand);
        passport.created_by = fmt::format("keyway {}, RDKit {}", version(), chem::rdkit_version());
        for (const auto& file : source.index_files())
            passport.sources[file.lexically_normal().string()] = sha256_of_file(file);
        return passport;
    }

    std::int32_t pocket_index(PocketCache::Entry& entry) {
        if (entry.index < 0) {
            entry.index = writer_.add(*entry.graph().value());
            entry.shrink(kept_);
            ++pockets_;
        }
        return entry.index;
    }

    std::int32_t ligand_index(const ReadyRow& row) {
        const std::uint64_t before = ligands_.size();
        const std::int32_t index =
            ligands_.add(row.ligand, row.pose_in_pocket.empty() ? AtomOrder::any : AtomOrder::same);
        if (ligands_.size() > before) conformers_.add(*row.molecule);
        return index;
    }

    std::int32_t name_index(const std::string& name) { return name.empty() ? -1 : writer_.name(name); }

    store::DatasetWriter writer_;
    LigandIndex ligands_;
    ConformerQueue conformers_;
    PocketCache::Kept kept_;
    std::uint64_t pockets_ = 0;
};

/// Where prepared poses go.
struct PoseTarget {
    DatasetBuilder& builder;
    RejectedFile& rejected;
    BuildDatasetSummary& summary;
};

/// The refused ones go to the same list as refused rows.
void build_poses(std::vector<SourceRow>&& poses, PocketCache& pockets, const BuildDatasetOptions& options,
                 const Context& context, const PoseTarget& target) {
    const auto threads = static_cast<std::size_t>(thread_count(options.threads));
    chem::LigandOptions strict = options.ligand;
    strict.rescue = false;  // what needs a rescue is no evidence of where atoms are
    std::size_t taken = 0;
    ordered_map<SourceRow, PreparedRow>(
        threads, 64 * threads,
        [&]() -> std::optional<SourceRow> {
            if (context.stop || taken == poses.size()) return std::nullopt;
            return std::move(poses[taken++]);
        },
        [&](SourceRow&& row, std::size_t) {
            return prepare(std::move(row), RecordKind::pose, pockets, strict);
        },
        [&](PreparedRow&& row) {
            if (auto* refused = std::get_if<Rejected>(&row)) {
                target.rejected.add(*refused);
                ++target.summary.poses_rejected_by_reason[refused->why.reason];
            } else {
                target.builder.add_pose(std::move(std::get<ReadyRow>(row)));
                ++target.summary.poses;
            }
            return true;
        });
}

}  // namespace

BuildDatasetSummary build_dataset(RecordSource& source, const BuildDatasetOptions& options,
                                  const Context& context) {
    chem::warm_up_rdkit();
    BuildDatasetSummary summary;
    summary.rejected_file = options.rejected.empty() ? default_rejected_path(options.out) : options.rejected;
    RejectedFile rejected(summary.rejected_file, options.if_exists);
    auto poses = source.poses();
    DatasetBuilder builder(options, source,
                           poses.empty() ? PocketCache::Kept::nothing : PocketCache::Kept::positions);
    PocketCache pockets(options.pocket);
    const auto threads = static_cast<std::size_t>(thread_count(options.threads));

    context.progress.start("dataset", "rows", source.size());
    ordered_map<SourceRow, PreparedRow>(
        threads, 64 * threads, [&] { return context.stop ? std::nullopt : source.next(); },
        [&](SourceRow&& row, std::size_t) {
            return prepare(std::move(row), RecordKind::row, pockets, options.ligand);
        },
        [&](PreparedRow&& row) {
            ++summary.read;
            if (auto* refused = std::get_if<Rejected>(&row)) {
                rejected.add(*refused);
            } else {
                ++summary.ligands_by_rung[std::string(
                    chem::to_string(std::get<ReadyRow>(row).molecule->rung()))];
                builder.add(std::move(std::get<ReadyRow>(row)));
                ++summary.written;
            }
            context.progress.update(summary.read);
            return true;
        });
    context.progress.finish();
    summary.rejected = rejected.count();
    summary.rejected_by_reason = rejected.by_reason();
    if (summary.written > 0)
        build_poses(std::move(poses), pockets, options, context, {builder, rejected, summary});
    summary.pockets = builder.pockets();
    summary.ligands = builder.ligands();
    settle_build({"dataset", "rows", options.strict}, rejected, context, summary);
    builder.commit();
    summary.ligands_without_conformer = builder.conformers().failed();
    if (summary.ligands_without_conformer > 0)
        context.log.warning(fmt::format("{} ligands have no conformer, for example {}",
                                        summary.ligands_without_conformer,
                                        fmt::join(builder.conformers().examples(), ", ")));
    return summary;
}

std::string ligand_policy(const chem::LigandOptions& options) {
    return fmt::format("largest_fragment={:d} neutralise={:d} max_heavy_atoms={} rescue={:d}",
                       options.largest_fragment, options.neutralise, options.max_heavy_atoms, options.rescue);
}

std::filesystem::path default_rejected_path(const std::filesystem::path& out) {
    auto path = out;
    return path.replace_extension(".rejected.csv");
}

}  // namespace keyway::workflows

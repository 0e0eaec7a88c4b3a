/// The dataset build: rows in, prepared in parallel, written in order.
#include "keyway/workflows/build_dataset.hpp"

#include "build_outcome.hpp"
#include "ligand_index.hpp"
#include "pocket_cache.hpp"
#include "thread_count.hpp"

#include "keyway/core/error.hpp"
#include "keyway/core/ordered_pool.hpp"
#include "keyway/core/sha256.hpp"
#include "keyway/core/version.hpp"
#include "keyway/features/features.hpp"
#include "keyway/records/rejected_file.hpp"
#include "keyway/store/dataset_file.hpp"

#include <fmt/format.h>

#include <new>

namespace keyway::workflows {
namespace {

/// A row after the chemistry.
struct ReadyRow {
    RawRecord record;
    std::shared_ptr<PocketCache::Entry> pocket;
    LigandGraph ligand;
    chem::Rung rung = chem::Rung::clean;
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

/// Pocket, ligand, pose; the first thing that fails is the reason.
Result<ReadyRow> prepare_record(const RawRecord& record, PocketCache& pockets,
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
    row.rung = molecule.value().rung();
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
    return row;
}

/// Whatever happens to one record stays with that record.
PreparedRow prepare(SourceRow&& row, PocketCache& pockets, const chem::LigandOptions& options) {
    if (auto* rejected = std::get_if<Rejected>(&row)) return std::move(*rejected);
    const RawRecord& record = std::get<RawRecord>(row);
    const auto refused = [&](Rejection why) -> PreparedRow {
        return Rejected{record.id, record.source, record.line, std::move(why)};
    };
    try {
        auto ready = prepare_record(record, pockets, options);
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
    DatasetBuilder(const BuildDatasetOptions& options, const RecordSource& source)
        : writer_(options.out, options.if_exists, passport_of(options, source)), ligands_(writer_) {}

    void add(ReadyRow&& row) {
        Measurement measurement;
        measurement.id = row.record.id;
        measurement.pocket = pocket_index(*row.pocket);
        measurement.ligand =
            ligands_.add(row.ligand, row.pose_in_pocket.empty() ? AtomOrder::any : AtomOrder::same);
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
    void commit() { writer_.commit(); }
    std::uint64_t pockets() const { return pockets_; }
    std::uint64_t ligands() const { return ligands_.size(); }

private:
    static store::DatasetPassport passport_of(const BuildDatasetOptions& options,
                                              const RecordSource& source) {
        store::DatasetPassport passport;
        passport.pocket = options.pocket;
        passport.ligand_policy = ligand_policy(options.ligand);
        passport.created_by = fmt::format("keyway {}, RDKit {}", version(), chem::rdkit_version());
        for (const auto& file : source.index_files())
            passport.sources[file.lexically_normal().string()] = sha256_of_file(file);
        return passport;
    }

    std::int32_t pocket_index(PocketCache::Entry& entry) {
        if (entry.index < 0) {
            entry.index = writer_.add(*entry.graph().value());
            entry.shrink();
            ++pockets_;
        }
        return entry.index;
    }

    std::int32_t name_index(const std::string& name) { return name.empty() ? -1 : writer_.name(name); }

    store::DatasetWriter writer_;
    LigandIndex ligands_;
    std::uint64_t pockets_ = 0;
};

}  // namespace

BuildDatasetSummary build_dataset(RecordSource& source, const BuildDatasetOptions& options,
                                  const Context& context) {
    chem::warm_up_rdkit();
    BuildDatasetSummary summary;
    summary.rejected_file = options.rejected.empty() ? default_rejected_path(options.out) : options.rejected;
    RejectedFile rejected(summary.rejected_file, options.if_exists);
    DatasetBuilder builder(options, source);
    PocketCache pockets(options.pocket);
    const auto threads = static_cast<std::size_t>(thread_count(options.threads));

    context.progress.start("dataset", "rows", source.size());
    ordered_map<SourceRow, PreparedRow>(
        threads, 64 * threads, [&] { return context.stop ? std::nullopt : source.next(); },
        [&](SourceRow&& row, std::size_t) { return prepare(std::move(row), pockets, options.ligand); },
        [&](PreparedRow&& row) {
            ++summary.read;
            if (auto* refused = std::get_if<Rejected>(&row)) {
                rejected.add(*refused);
            } else {
                ++summary.ligands_by_rung[std::string(chem::to_string(std::get<ReadyRow>(row).rung))];
                builder.add(std::move(std::get<ReadyRow>(row)));
                ++summary.written;
            }
            context.progress.update(summary.read);
            return true;
        });
    context.progress.finish();
    summary.pockets = builder.pockets();
    summary.ligands = builder.ligands();
    settle_build({"dataset", "rows", options.strict}, rejected, context, summary);
    builder.commit();
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

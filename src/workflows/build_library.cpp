/// The library build: records in, featurised in parallel, written in order.
#include "keyway/workflows/build_library.hpp"

#include "build_outcome.hpp"
#include "thread_count.hpp"

#include "keyway/core/ordered_pool.hpp"
#include "keyway/core/sha256.hpp"
#include "keyway/core/version.hpp"
#include "keyway/features/features.hpp"
#include "keyway/records/rejected_file.hpp"
#include "keyway/store/dataset_file.hpp"
#include "keyway/workflows/build_dataset.hpp"

#include <fmt/format.h>

#include <new>
#include <variant>

namespace keyway::workflows {
namespace {

struct SourceRecord {
    chem::LigandRecord record;
    std::string file;
};
using PreparedLigand = std::variant<LigandGraph, Rejected>;

PreparedLigand prepare(const SourceRecord& source, const chem::LigandOptions& options) {
    const auto refused = [&](Rejection why) -> PreparedLigand {
        return Rejected{source.record.id, source.file, source.record.line, std::move(why)};
    };
    try {
        const auto molecule = chem::parse_ligand(source.record, options);
        if (!molecule) return refused(molecule.rejection());
        auto graph = features::ligand_graph(molecule.value());
        if (!graph) return refused(graph.rejection());
        return std::move(graph.value());
    } catch (const std::bad_alloc&) {
        return refused({"parse", "OUT_OF_MEMORY", "not enough memory for this record"});
    } catch (const std::exception& error) {
        return refused({"parse", "INTERNAL", error.what()});
    }
}

/// All files, one after the other.
class LigandFiles {
public:
    explicit LigandFiles(const BuildLibraryOptions& options) : options_(options) {}

    std::optional<SourceRecord> next() {
        for (SourceRecord record;;) {
            if (!file_) {
                if (at_ == options_.ligands.size()) return std::nullopt;
                file_.emplace(options_.ligands[at_], options_.ligand_file);
            }
            record.file = options_.ligands[at_].filename().string();
            if (file_->next(record.record)) return record;
            file_.reset();
            ++at_;
        }
    }

private:
    const BuildLibraryOptions& options_;
    std::optional<chem::LigandFile> file_;
    std::size_t at_ = 0;
};

store::DatasetPassport passport_of(const BuildLibraryOptions& options) {
    store::DatasetPassport passport;
    passport.ligand_policy = ligand_policy(options.ligand);
    passport.created_by = fmt::format("keyway {}, RDKit {}", version(), chem::rdkit_version());
    for (const auto& file : options.ligands)
        if (file != "-") passport.sources[file.lexically_normal().string()] = sha256_of_file(file);
    return passport;
}

}  // namespace

BuildLibrarySummary build_library(const BuildLibraryOptions& options, const Context& context) {
    chem::warm_up_rdkit();
    BuildLibrarySummary summary;
    summary.rejected_file = options.rejected.empty() ? default_rejected_path(options.out) : options.rejected;
    for (const auto& file : options.ligands)  // say what is wrong with the last file before reading the first
        if (file != "-") chem::LigandFile(file, options.ligand_file);
    RejectedFile rejected(summary.rejected_file, options.if_exists);
    store::DatasetWriter writer(options.out, options.if_exists, passport_of(options));
    LigandFiles files(options);
    const auto threads = static_cast<std::size_t>(thread_count(options.threads));

    context.progress.start("library", "ligands", std::nullopt);
    ordered_map<SourceRecord, PreparedLigand>(
        threads, 64 * threads, [&] { return context.stop ? std::nullopt : files.next(); },
        [&](SourceRecord&& record, std::size_t) { return prepare(record, options.ligand); },
        [&](PreparedLigand&& ligand) {
            ++summary.read;
            if (const auto* refused = std::get_if<Rejected>(&ligand)) {
                rejected.add(*refused);
            } else {
                writer.add(std::get<LigandGraph>(ligand));
                ++summary.written;
            }
            context.progress.update(summary.read);
            return true;
        });
    context.progress.finish();
    settle_build({"library", "ligands", options.strict}, rejected, context, summary);
    writer.commit();
    return summary;
}

}  // namespace keyway::workflows

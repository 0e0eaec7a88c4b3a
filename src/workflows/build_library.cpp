/// The library build: records in, featurised in parallel, written in order.
#include "keyway/workflows/build_library.hpp"

#include "build_outcome.hpp"
#include "prepare_ligands.hpp"
#include "thread_count.hpp"

#include "keyway/core/ordered_pool.hpp"
#include "keyway/core/sha256.hpp"
#include "keyway/core/version.hpp"
#include "keyway/records/rejected_file.hpp"
#include "keyway/store/dataset_file.hpp"
#include "keyway/workflows/build_dataset.hpp"

#include <fmt/format.h>

#include <functional>
#include <unordered_map>

namespace keyway::workflows {
namespace {

constexpr std::size_t kBatchRecords = 128;

/// Neighbours of one file.
struct Batch {
    std::string file;
    std::vector<chem::LigandRecord> records;
};
struct PreparedBatch {
    Batch batch;
    std::vector<PreparedLigand> ligands;
};

/// All files, one after the other.
class LigandFiles {
public:
    explicit LigandFiles(const BuildLibraryOptions& options) : options_(options) {}

    std::optional<Batch> next() {
        for (Batch batch; at_ < options_.ligands.size(); ++at_, file_.reset()) {
            if (!file_) file_.emplace(options_.ligands[at_], options_.ligand_file);
            batch.file = options_.ligands[at_].filename().string();
            for (chem::LigandRecord record; batch.records.size() < kBatchRecords && file_->next(record);)
                batch.records.push_back(std::move(record));
            if (!batch.records.empty()) return batch;
        }
        return std::nullopt;
    }

private:
    const BuildLibraryOptions& options_;
    std::optional<chem::LigandFile> file_;
    std::size_t at_ = 0;
};

/// Finds repeats by 128 bits of the SHA-256 of their SMILES: a library of 10^9 has none by chance.
class KnownMolecules {
public:
    /// The ligand that has this SMILES already, else empty; then `ligand` has it from now on.
    std::optional<std::int32_t> find_or_add(const std::string& smiles, std::int32_t ligand) {
        Sha256 hash;
        hash.update(smiles);
        const std::string hex = hash.finish();
        const Key key{std::stoull(hex.substr(0, 16), nullptr, 16),
                      std::stoull(hex.substr(16, 16), nullptr, 16)};
        const auto [found, is_new] = ligands_.emplace(key, ligand);
        if (is_new) return std::nullopt;
        return found->second;
    }

private:
    using Key = std::pair<std::uint64_t, std::uint64_t>;
    struct FirstHalf {
        std::size_t operator()(const Key& key) const { return key.first; }
    };
    std::unordered_map<Key, std::int32_t, FirstHalf> ligands_;
};

class LibraryWriter {
public:
    LibraryWriter(const BuildLibraryOptions& options, store::DatasetPassport passport)
        : duplicates_(options.duplicates),
          writer_(options.out, options.if_exists, std::move(passport), store::Packing::compressed) {}

    /// True if it repeats an earlier record.
    bool add(const LigandGraph& graph, const std::string& file, const chem::LigandRecord& record) {
        const auto known = known_.find_or_add(graph.smiles, next_);
        store::LibraryRecord where{record.id, next_, writer_.name(file),
                                   static_cast<std::int64_t>(record.line),
                                   static_cast<std::int64_t>(record.index)};
        if (known && duplicates_ == Duplicates::first) {
            where.ligand = *known;
            writer_.add(where, "");
        } else {
            next_ = writer_.add(graph) + 1;
            writer_.add(where, graph.id);
        }
        return known.has_value();
    }
    std::uint64_t ligands() const { return static_cast<std::uint64_t>(next_); }
    void commit() { writer_.commit(); }

private:
    Duplicates duplicates_;
    store::DatasetWriter writer_;
    KnownMolecules known_;
    std::int32_t next_ = 0;  ///< index of the next ligand
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
    options.guard.check();
    start_preparing(options.guard);
    BuildLibrarySummary summary;
    summary.rejected_file = options.rejected.empty() ? default_rejected_path(options.out) : options.rejected;
    for (const auto& file : options.ligands)  // say what is wrong with the last file before reading the first
        if (file != "-") chem::LigandFile(file, options.ligand_file);
    RejectedFile rejected(summary.rejected_file, options.if_exists);
    LibraryWriter writer(options, passport_of(options));
    LigandFiles files(options);
    const auto threads = static_cast<std::size_t>(thread_count(options.threads));

    context.progress.start("library", "ligands", std::nullopt);
    ordered_map<Batch, PreparedBatch>(
        threads, 4 * threads, [&] { return context.stop ? std::nullopt : files.next(); },
        [&](Batch&& batch, std::size_t) {
            auto ligands = prepare_records(batch.records, {options.ligand, WithMolBlock::no}, options.guard);
            return PreparedBatch{std::move(batch), std::move(ligands)};
        },
        [&](PreparedBatch&& prepared) {
            for (std::size_t i = 0; i < prepared.ligands.size(); ++i) {
                const auto& graph = prepared.ligands[i].graph;
                const auto& record = prepared.batch.records[i];
                ++summary.read;
                if (!graph)
                    rejected.add({record.id, prepared.batch.file, record.line, graph.rejection()});
                else if (writer.add(graph.value(), prepared.batch.file, record))
                    ++summary.duplicates;
            }
            context.progress.update(summary.read);
            return true;
        });
    context.progress.finish();
    summary.written = writer.ligands();
    summary.rejected = rejected.count();
    summary.rejected_by_reason = rejected.by_reason();
    settle_build({"library", "ligands", options.strict}, rejected, context, summary);
    writer.commit();
    return summary;
}

}  // namespace keyway::workflows

/// Reads the inputs one after the other, counts records, and passes over chunks that are not wanted.
#include "ligand_reader.hpp"

#include "keyway/core/error.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace keyway::workflows {

std::vector<std::shared_ptr<LigandSource>> open_ligand_sources(const ScreenOptions& options) {
    std::vector<std::shared_ptr<LigandSource>> sources;
    for (const auto& path : options.ligands) sources.push_back(open_ligand_source(path, options));
    if (options.rejected.empty() || options.rejected == "-") return sources;
    for (const auto& source : sources)
        if (source->kind() != sources.front()->kind())
            throw Error(ErrorKind::usage, "rejected records of several formats cannot share one file",
                        "screen each format on its own, or leave out --rejected");
    return sources;
}

LigandReader::LigandReader(std::vector<std::shared_ptr<LigandSource>> sources, const ScreenOptions& options,
                           Choice choice, const StopFlag& stop)
    : options_(options), choice_(std::move(choice)), stop_(stop), sources_(std::move(sources)) {}

std::optional<LigandBatch> LigandReader::next() {
    const auto start = std::chrono::steady_clock::now();
    while (file_ < sources_.size()) {
        if (stop_) {
            interrupted_ = true;
            return std::nullopt;
        }
        LigandBatch batch;
        batch.source = sources_[file_];
        batch.chunk = index_ / options_.chunk_records;
        try {
            if (!open_chunk_ || *open_chunk_ != batch.chunk) {
                if (choice_.end_chunk && batch.chunk >= *choice_.end_chunk) return std::nullopt;
                if (!pass_over()) continue;
            }
            fill(batch);
        } catch (...) {
            damage_ = std::current_exception();
            file_ = sources_.size();
        }
        if (batch.ligands.empty()) continue;
        batch.ends_chunk = index_ % options_.chunk_records == 0;
        batch.read_seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
        batch.share_read = sources_.size() == 1 ? sources_[0]->progress() : -1;
        return batch;
    }
    at_end_ = !damage_;
    return std::nullopt;
}

/// True if the chunk that begins here is wanted; else it lies behind us, or as much of it as this file has.
bool LigandReader::pass_over() {
    const std::uint64_t chunk = index_ / options_.chunk_records;
    if (index_ % options_.chunk_records == 0 && choice_.is_wanted(chunk)) {
        open_chunk_ = chunk;
        return true;
    }
    const std::uint64_t left = left_in_chunk(), skipped = sources_[file_]->skip(left);
    index_ += skipped;
    if (skipped < left) ++file_;
    return false;
}

void LigandReader::fill(LigandBatch& batch) {
    const auto most =
        std::min<std::uint64_t>(static_cast<std::uint64_t>(options_.batch_size), left_in_chunk());
    while (batch.ligands.size() < most) {
        RawLigand ligand;
        if (!sources_[file_]->next(ligand)) {
            ++file_;
            return;
        }
        ligand.index = index_++;
        ligand.file = file_;
        batch.ligands.push_back(std::move(ligand));
    }
}

std::uint64_t LigandReader::left_in_chunk() const {
    return options_.chunk_records - index_ % options_.chunk_records;
}

std::optional<std::uint64_t> LigandReader::size() const {
    std::uint64_t total = 0;
    for (const auto& source : sources_) {
        if (!source->size()) return std::nullopt;
        total += *source->size();
    }
    return total;
}

}  // namespace keyway::workflows

/// All inputs of a screen as one sequence of records, handed out in batches that never cross a chunk.
#pragma once

#include "ligand_source.hpp"

#include "keyway/core/context.hpp"

#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace keyway::workflows {

struct LigandBatch {
    std::shared_ptr<const LigandSource> source;
    std::vector<RawLigand> ligands;
    std::uint64_t chunk = 0;
    bool ends_chunk = false;  ///< the chunk has all its records with this batch; else the input may end
    double read_seconds = 0, share_read = -1;
};

/// Opens every input. Throws Error(usage) where rejected records of several formats would share one file.
std::vector<std::shared_ptr<LigandSource>> open_ligand_sources(const ScreenOptions& options);

/// A damaged input ends the reading; the error waits until the records before it are written.
class LigandReader {
public:
    /// `is_wanted(chunk)` is asked once for each chunk in turn; records of others are passed over.
    struct Choice {
        std::function<bool(std::uint64_t chunk)> is_wanted;
        std::optional<std::uint64_t> end_chunk;  ///< nothing from here on is there or wanted
    };

    LigandReader(std::vector<std::shared_ptr<LigandSource>> sources, const ScreenOptions& options,
                 Choice choice, const StopFlag& stop);

    std::optional<LigandBatch> next();

    /// Records in total where all inputs know it.
    std::optional<std::uint64_t> size() const;
    /// Records so far, with those passed over.
    std::uint64_t records() const { return index_; }
    /// True once the end of the last input has been seen.
    bool at_end() const { return at_end_; }
    bool interrupted() const { return interrupted_; }
    std::exception_ptr damage() const { return damage_; }

private:
    bool pass_over();
    void fill(LigandBatch& batch);
    std::uint64_t left_in_chunk() const;

    const ScreenOptions& options_;
    Choice choice_;
    const StopFlag& stop_;
    std::vector<std::shared_ptr<LigandSource>> sources_;
    std::size_t file_ = 0;
    std::uint64_t index_ = 0;
    std::optional<std::uint64_t> open_chunk_;  ///< asked for and wanted
    bool at_end_ = false, interrupted_ = false;
    std::exception_ptr damage_;
};

}  // namespace keyway::workflows

/// Which rows make the next training batch.
#pragma once

#include "workflows/labelled_data.hpp"

#include "keyway/core/random.hpp"

#include <vector>

namespace keyway::workflows {

/// A batch is a few assays: rows of one assay see the same pocket and are compared with each other.
///
/// * The first source (the core set) gives `core_share` of the batches when there are several sources.
/// * Within a share, an assay is drawn with probability proportional to the square root of its rows: large
///   assays are seen more often, but a table of 3,000 compounds does not drown a series of 10.
/// * Of a large assay, `max_ligands_per_assay` rows are drawn without replacement; they come in random order.
/// * `selectivity_share` of the batches are two assays in different pockets that share at least
///   `kSharedLigands` compounds, shared ones first: the only rows that say what a pocket changes.
/// * `atoms_per_batch` (0: off) shares out a budget of ligand heavy atoms, which is what a batch costs beside
///   its pockets: equal parts for its assays, each of which keeps at least `kFewestRows` rows.
/// * `pose_share` of the batches are `poses_per_batch` different complexes with a known pose, and no rows.
/// * Rows that are alone in their assay (as in PDBbind) form one pool per share; a draw takes up to
///   `kLoneRows` of them, each an assay of its own, so that only their absolute values count.
class BatchSampler {
public:
    static constexpr int kLoneRows = 8;
    static constexpr int kSharedLigands = 3;
    static constexpr std::size_t kFewestRows = 2;

    struct Options {
        double core_share = 0.5;
        int max_ligands_per_assay = 48;
        int assays_per_batch = 1;
        double selectivity_share = 0;
        int atoms_per_batch = 0;
        double pose_share = 0;
        int poses_per_batch = 8;
    };
    struct Row {
        int row = 0;    ///< index in the data's rows
        int assay = 0;  ///< number inside the batch
    };
    /// Rows or poses.
    struct Batch {
        std::vector<Row> rows;
        std::vector<int> poses;  ///< indices in the data's poses
    };

    /// Uses the rows and poses of `split`. Throws Error(input) if there are no rows, or no poses where they
    /// have a share.
    BatchSampler(const LabelledData& data, Split split, const Options& options)
        : BatchSampler(data.rows, data.poses, split, options) {}
    BatchSampler(const std::vector<LabelledRow>& rows, const std::vector<LabelledPose>& poses, Split split,
                 const Options& options);

    /// Depends on the state of `random` alone.
    Batch draw(Random& random) const;
    std::size_t row_count() const { return row_count_; }
    /// Pairs of assays that selectivity batches are drawn from.
    std::size_t assay_pair_count() const { return assay_pairs_.size(); }

private:
    struct Unit {
        std::vector<int> rows;
        bool lone = false;
        double weight = 0;
    };
    using Share = std::vector<Unit>;
    /// Rows of two assays, those of shared ligands first, by ligand.
    struct AssayPair {
        std::vector<int> shared[2], others[2];
        double weight = 0;  ///< square root of the shared ligands
    };

    void pair_assays(const std::vector<LabelledRow>& rows);
    std::vector<Row> draw_pair(Random& random) const;
    std::vector<Row> draw_assays(Random& random) const;
    void cut_to_budget(std::vector<int>& members, int parts) const;

    Options options_;
    std::vector<Share> shares_;  ///< one, or the core set and the others
    std::vector<AssayPair> assay_pairs_;
    std::vector<int> poses_;
    std::vector<int> heavy_atoms_;  ///< by row
    std::size_t row_count_ = 0;
};

}  // namespace keyway::workflows

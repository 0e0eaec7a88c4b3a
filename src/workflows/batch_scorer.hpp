/// A batch of records to rows: prepared once, scored against every receptor by all models.
#pragma once

#include "ligand_reader.hpp"
#include "result_row.hpp"

#include "keyway/model/network.hpp"
#include "keyway/workflows/ensemble.hpp"
#include "keyway/workflows/training_domain.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace keyway::workflows {

struct ScoredBatch {
    std::vector<ResultRow> rows;  ///< by record, then by receptor
    std::uint64_t chunk = 0, records = 0;
    bool ends_chunk = false;
    double read_seconds = 0, parse_seconds = 0, feature_seconds = 0, score_seconds = 0;
    double share_read = -1;
};

class BatchScorer {
public:
    /// Loads the models and encodes each receptor once by each. Throws like `load_ensemble`, and like
    /// `KnownCorrection` where compounds are known.
    BatchScorer(std::span<const ScreenReceptor> receptors, const ScreenOptions& options,
                const model::Network& network);

    /// Thread-safe; a record that fails is a rejected row.
    ScoredBatch score(LigandBatch&& batch) const;

    /// Records for which this is false become skipped rows, unscored; empty: all are scored.
    void keep_only(std::vector<bool> is_kept) { is_kept_ = std::move(is_kept); }

    const Ensemble& models() const { return *models_; }
    const model::EncodedPocket& pocket(std::size_t receptor) const { return *encoded_[receptor]; }
    const TrainingDomain& domain() const { return *domain_; }
    const NearestInTraining& nearest_pocket(std::size_t receptor) const { return nearest_pockets_[receptor]; }
    using Prediction = Result<Mixture>;
    /// Thread-safe; a ligand that fails has a rejection. Known compounds have corrected it.
    std::vector<Prediction> predict(std::size_t receptor, std::span<const LigandGraph> ligands) const;

private:
    void add_rows(std::vector<ResultRow> scored, ScoredBatch& out) const;

    std::unique_ptr<Ensemble> models_;
    std::vector<std::shared_ptr<const model::EncodedPocket>> encoded_;  ///< [receptor]
    std::vector<KnownCorrection> corrections_;                          ///< [receptor], or none
    std::optional<TrainingDomain> domain_;                              ///< of all models
    std::vector<NearestInTraining> nearest_pockets_;
    std::vector<bool> is_kept_;
    RowShape shape_;
    WithMolBlock with_mol_block_;
};

}  // namespace keyway::workflows

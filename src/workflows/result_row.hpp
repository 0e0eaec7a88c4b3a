/// One row of a result table and the columns it is written in.
#pragma once

#include "keyway/model/network.hpp"
#include "keyway/store/table_file.hpp"
#include "keyway/workflows/screen.hpp"
#include "keyway/workflows/training_domain.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace keyway::workflows {

/// The reason of a row with status skipped.
inline constexpr std::string_view kSkippedByPrefilter = "PREFILTER";

/// Holds true, false or nothing.
inline constexpr std::string_view kTruthColumn = "in_domain";

struct ResultRow {
    std::uint64_t index = 0, line = 0;
    std::size_t file = 0;
    std::string id;
    std::string reason;  ///< empty: status ok
    std::size_t receptor = 0;
    model::Prediction prediction;       ///< of an ensemble: mean, and spread of the mixture
    float pk_sd_models = 0;             ///< standard deviation of pk over the models; 0 for one model
    std::vector<float> pk_by_receptor;  ///< matrix only; `prediction` is of the best
    DomainPlace domain;
    int heavy_atoms = 0;
    std::string smiles, input_smiles, notes;
    std::string mol_block;
    std::string rejected_text;  ///< the record as it came
    std::uint64_t rank = 0;     ///< 1-based; 0: none

    bool ok() const { return reason.empty(); }
    bool was_skipped() const { return reason == kSkippedByPrefilter; }
};

/// Total order of a ranked table: receptor by receptor, higher pK first, then the earlier record; rejected
/// rows come last, in input order.
bool ranks_before(const ResultRow& a, const ResultRow& b);

/// A chosen set of columns, promised ones first.
class RowColumns {
public:
    /// `options.columns` in this order; empty: the default set (rank only in ranked tables, input_file only
    /// for several files, receptor only for several receptors). Throws Error(usage) for a name that does not
    /// exist or does not fit.
    explicit RowColumns(const ScreenOptions& options);

    const std::vector<std::string>& names() const { return names_; }
    std::vector<std::string> values(const ResultRow& row) const;
    std::vector<store::TableColumn> typed() const;

private:
    const std::string& receptor_of(const ResultRow& row) const;

    std::vector<std::string> names_;
    std::vector<std::string> files_, receptors_;
    bool row_is_wide_ = false;
};

}  // namespace keyway::workflows

/// One row of a result table and the columns it is written in.
#pragma once

#include "keyway/model/network.hpp"
#include "keyway/workflows/screen.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace keyway::workflows {

struct ResultRow {
    std::uint64_t index = 0, line = 0;
    std::size_t file = 0;
    std::string id;
    std::string reason;  ///< empty: status ok
    model::Prediction prediction;
    int heavy_atoms = 0;
    std::string smiles, input_smiles, notes;
    std::string mol_block;
    std::uint64_t rank = 0;  ///< 1-based; 0: none

    bool ok() const { return reason.empty(); }
};

/// Total order: higher pK first, then the earlier record.
bool ranks_before(const ResultRow& a, const ResultRow& b);

/// A chosen set of columns, promised ones first.
class RowColumns {
public:
    /// `optional` in this order; empty: the default set (rank only in ranked tables, input_file only for
    /// several files). Throws Error(usage) for a name that does not exist.
    RowColumns(const std::vector<std::string>& optional, RowOrder order,
               const std::vector<std::filesystem::path>& files);

    const std::vector<std::string>& names() const { return names_; }
    std::vector<std::string> values(const ResultRow& row) const;

private:
    std::vector<std::string> names_;
    std::vector<std::string> files_;
};

}  // namespace keyway::workflows

/// One row of a table of measured ligands, for every source that has such tables. Columns: see
/// `tables/README.md`.
#pragma once

#include "keyway/core/table.hpp"
#include "keyway/records/raw_record.hpp"

#include <filesystem>
#include <string>
#include <variant>

namespace keyway::datasets {

/// A pocket that rows refer to.
struct Target {
    std::string id, protein, cluster, split;
    std::filesystem::path structure;
    RawSite site;
    std::string table;  ///< file name of the target table
    std::uint64_t line = 0;
};

/// Throws Error(input) unless the table has a SMILES and either `pk` or `value` and `unit`.
void require_label_columns(const TableReader& table);

/// The current row as a record of `target`, or why it cannot be one: PK_SYNTAX, PK_RANGE, UNIT, RELATION,
/// MEASURE.
std::variant<RawRecord, Rejected> record_from_row(const TableReader& row, const Target& target);

/// The row's own name, for refusals: "target/ligand".
std::string row_id(const TableReader& row);
/// File name of the table, as rows are tagged with it.
std::string table_name(const TableReader& table);

/// `TableReader::next` that survives a row with the wrong number of fields. Empty at the end.
struct NextRow {
    bool end = false;
    std::string damage;  ///< not empty: this row cannot be read
};
NextRow next_row(TableReader& table);

}  // namespace keyway::datasets

/// How a file's lines become records; one implementation per format.
#pragma once

#include "line_source.hpp"

#include "keyway/chem/ligand_file.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace keyway::chem {

/// Fills everything of a record but its index and format; false at the end.
class RecordSplitter {
public:
    virtual ~RecordSplitter() = default;
    virtual bool next(LineSource& lines, LigandRecord& record) = 0;
};

std::unique_ptr<RecordSplitter> smiles_splitter(std::optional<bool> header);
/// Reads the header line. Throws Error(input) if there is no SMILES column or no single one.
std::unique_ptr<RecordSplitter> table_splitter(LineSource& lines, const LigandFileOptions& options);
std::unique_ptr<RecordSplitter> sdf_splitter(std::string id_tag);
std::unique_ptr<RecordSplitter> mol2_splitter();

/// True for a line that names columns of a SMILES file ("smiles id", "Canonical SMILES<tab>Name").
bool is_smiles_header(std::string_view line);
/// Tab, comma or semicolon, whichever `line` has most of outside quotes; '\0' if none.
char table_separator(std::string_view line);
/// The column that holds SMILES / ids by its usual name; nullopt if none. Throws Error(input) when several
/// columns are equally likely to hold the SMILES.
std::optional<std::size_t> find_smiles_column(const std::vector<std::string>& columns,
                                              const std::string& file);
std::optional<std::size_t> find_id_column(const std::vector<std::string>& columns,
                                          std::optional<std::size_t> smiles_column);
/// A line of an SDF that starts an atom block: "  3  2  0 ... V2000".
bool is_counts_line(std::string_view line);

inline Rejection too_long(std::size_t limit_bytes) {
    return {"read", "TOO_LONG", "the record is longer than " + std::to_string(limit_bytes) + " bytes"};
}

}  // namespace keyway::chem

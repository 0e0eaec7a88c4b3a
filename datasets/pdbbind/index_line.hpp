/// One line of a PDBbind index, by the grammar of the genuine files (v2007 to v2020R1, and CASF's
/// CoreSet.dat):
///
///     code  resolution|NMR  year  [-logK]  TYPE REL NUMBER UNIT  [// ref.pdf (ligand) comment]
///     1a30  2.00  1998   4.30  Ki=50uM       // 1a30.pdf (3-mer)
///     1lfo  2.30  1997  Kd~0.2uM      // 1lfo.pdf (OLA) Kd=0.009-0.2uM for site 1
#pragma once

#include "keyway/core/affinity.hpp"
#include "keyway/core/result.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace keyway::datasets {

struct IndexEntry {
    std::string code;                           ///< as written; always text ("1e34" is no number)
    std::optional<double> resolution_angstrom;  ///< empty: NMR
    int year = 0;
    std::optional<double> printed_pk;
    Affinity affinity;
    std::string reference;  ///< stem of "ref.pdf": the paper, in 44 % of the lines not the code
    std::string ligand_name;
    std::string comment;
};

/// Reason codes: INDEX_SYNTAX, AFFINITY_SYNTAX, MEASURE, UNIT (also a pK outside 0 to 15), PK_MISMATCH (the
/// printed -logK differs from -log10 of the value by more than 0.011).
Result<IndexEntry> parse_index_line(std::string_view line);

/// True for blank lines and comments.
bool is_index_comment(std::string_view line);

}  // namespace keyway::datasets

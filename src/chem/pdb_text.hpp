/// PDB text as programs write it, put into the columns that the format asks for.
#pragma once

#include <string>
#include <string_view>

namespace keyway::chem {

struct PdbText {
    /// ATOM, HETATM and TER lines of the first model, 78 columns (no charges: the pre-1996 layout has the
    /// entry code and line numbers in columns 73-80).
    std::string text;
    int models = 1;
    std::size_t atoms = 0;
    bool has_elements = false;  ///< at least one atom has an element column
};

/// Four-letter residue names become their three-letter form, invalid element columns blank, CR and CRLF line
/// ends LF. END followed by new atoms goes on; END followed by the first atom again is the next frame. Throws
/// Error(input) with the line for a cut-off record or coordinates that are not numbers.
PdbText normalise_pdb(std::string_view text, const std::string& name);

}  // namespace keyway::chem

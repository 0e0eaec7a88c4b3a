/// Residues as users name them: "ATP:A:501" for a ligand, "A:60A" for a pocket residue.
#pragma once

#include "keyway/chem/structure.hpp"

#include <optional>
#include <string>

namespace keyway::chem {

struct ResidueSpec {
    std::string name;                  ///< empty: any
    std::optional<std::string> chain;  ///< none: any; "" is a blank chain id
    std::optional<int> number;         ///< none: any
    char insertion_code = ' ';

    bool matches(const Residue& residue) const;
};

/// "NAME[:CHAIN[:NUMBER]]". Throws Error(usage).
ResidueSpec ligand_spec(const std::string& text);
/// "CHAIN:NUMBER", "CHAIN:NAME:NUMBER", "NUMBER". Throws Error(usage).
ResidueSpec residue_spec(const std::string& text);
/// "NAME:CHAIN:NUMBER", the inverse of `ligand_spec`.
std::string ligand_label(const Residue& residue);

}  // namespace keyway::chem

/// How a pocket was cut. Part of every dataset and model file; a model refuses data cut another way.
#pragma once

#include <string>

namespace keyway {

struct PocketDefinition {
    /// A whole residue belongs to the pocket if one of its heavy atoms is this close to the site [A].
    double residue_cutoff_angstrom = 8.0;
    /// Atoms this close to the site are seen by the ligand directly (fusion tokens) [A].
    double token_cutoff_angstrom = 8.0;
    bool keep_waters = false;
    bool keep_metals = true;
    bool keep_cofactors = true;

    bool operator==(const PocketDefinition&) const = default;

    /// One line of `name=value` pairs in fixed order; goes into files. `from_text` is its inverse and
    /// throws Error(incompatible) for text it does not know.
    std::string to_text() const;
    static PocketDefinition from_text(const std::string& text);
};

}  // namespace keyway

/// One parent molecule out of what a vendor wrote: salts off, charges off where hydrogens can do it.
#pragma once

#include "unsanitised.hpp"

#include "keyway/chem/read_ligand.hpp"

#include <string>
#include <vector>

namespace keyway::chem {

enum class Sanitisation { full, partial };

/// Partial: everything but the valence check and the Kekule form.
void sanitise(RDKit::RWMol& mol, Sanitisation how);
/// Chiral tags and E/Z labels from what the molecule holds; tags that mark no stereocentre go.
void perceive_stereo(RDKit::RWMol& mol);

/// A shortcut of `standardise` for an unsanitised molecule without coordinates, all of whose charges are
/// ammonium on carbon, carboxylate, or pairs of neighbours: one fragment without metals loses them here,
/// before the costly steps rather than between two runs of them. False, and nothing done, for any other
/// molecule.
bool neutralise_plain_ions(RDKit::RWMol& mol);

/// In this order: bonds to alkali and alkaline earth metals become charges; the largest fragment stays (with
/// carbon before without, then heavy atoms, weight, canonical SMILES); charges are neutralised where
/// hydrogens can do it (RDKit's Uncharger: quaternary nitrogen and one counter-charge stay). Isotopes stay.
/// Coordinates stay with their atoms. `mol` is sanitised before and after. What was done is appended to
/// `notes`. Rejections (stage "standardise"): NO_HEAVY_ATOM, METAL, TOO_LARGE. Throws what RDKit throws.
std::optional<Rejection> standardise(MolPointer& mol, const LigandOptions& options, Sanitisation how,
                                     std::vector<std::string>& notes);

}  // namespace keyway::chem

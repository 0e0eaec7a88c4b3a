/// A known SMILES gives bonds and charges, a file gives coordinates.
#pragma once

#include "unsanitised.hpp"

#include "keyway/chem/read_ligand.hpp"

#include <string>

namespace keyway::chem {

/// Matches the heavy-atom skeletons (elements and connections; bond orders, charges and hydrogens do not
/// count) and gives the template's molecule the coordinates of `coordinates`; stereo is read from these. The
/// result's atoms stand in the template's order. Rejected with TEMPLATE_MISMATCH if the skeletons differ.
Result<Molecule> bond_orders_from_template(const RDKit::RWMol& coordinates,
                                           const std::string& template_smiles, std::string id,
                                           const LigandOptions& options);

}  // namespace keyway::chem

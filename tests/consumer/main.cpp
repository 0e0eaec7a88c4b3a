/// Uses an installed keyway as a stranger would: version, units, and (with chemistry) a SMILES turned into a
/// graph.
#include "keyway/core/affinity.hpp"
#include "keyway/core/version.hpp"
#include "keyway/model/config.hpp"

#include <cstdlib>
#include <iostream>
#ifdef KEYWAY_WITH_CHEMISTRY
#include "keyway/chem/read_ligand.hpp"
#include "keyway/features/features.hpp"
#endif

int main() {
    std::cout << "keyway " << keyway::version() << '\n';
    keyway::model::ModelConfig{}.check();
    if (keyway::pk_from_concentration(1, "uM") != 6.0) return EXIT_FAILURE;
#ifdef KEYWAY_WITH_CHEMISTRY
    keyway::chem::warm_up_rdkit();
    const auto aspirin = keyway::chem::parse_smiles("CC(=O)Oc1ccccc1C(=O)O", "aspirin");
    if (!aspirin.ok() || aspirin.value().heavy_atoms() != 13) return EXIT_FAILURE;
#endif
    return EXIT_SUCCESS;
}

/// Stands in for `text_ligands.cpp` where keyway is built without RDKit.
#include "ligand_source.hpp"

#include "keyway/core/error.hpp"

#include <fmt/format.h>

namespace keyway::workflows {

std::unique_ptr<LigandSource> open_text_ligands(const std::filesystem::path& path, const ScreenOptions&) {
    throw Error(ErrorKind::usage,
                fmt::format("'{}' is not an HDF5 library, and this keyway was built without chemistry",
                            path.string()),
                "make a library with `keyway library build` where RDKit is installed, or build with "
                "-DKEYWAY_CHEMISTRY=ON");
}

std::string mol_block_of_smiles(const std::string&) { return ""; }

}  // namespace keyway::workflows

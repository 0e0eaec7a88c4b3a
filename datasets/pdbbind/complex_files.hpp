/// Finds the files of a PDBbind copy, however it is laid out: a file is known by its name, not by its folder.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace keyway::datasets {

/// Files of one complex; empty where there is none.
struct ComplexFiles {
    std::filesystem::path protein;  ///< <code>_protein.pdb or .cif
    std::filesystem::path ligand_sdf, ligand_mol2;
};

struct PdbbindFolder {
    std::map<std::string, ComplexFiles> complexes;  ///< by lower-case code
    std::vector<std::filesystem::path> indexes;     ///< files that look like an index, sorted
};

/// Walks at most six folders deep (flat, refined-set/, v2020-other-PL/, P-L/1981-2000/ ...), any case, plain
/// or .gz. Of two files with one name the one nearer to the root counts. Throws Error(input) if `root` is no
/// folder or cannot be listed to its end.
PdbbindFolder scan_pdbbind(const std::filesystem::path& root);

/// The index to read: the most complete of `indexes` that lists protein-ligand complexes with data.
/// Throws Error(input) if there is none, or more than one equally good.
std::filesystem::path choose_index(const std::vector<std::filesystem::path>& indexes,
                                   const std::filesystem::path& root);

}  // namespace keyway::datasets

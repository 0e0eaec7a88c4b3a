/// MOL blocks by RDKit, SDF data items by hand.
#include "keyway/chem/write_ligand.hpp"

#include "keyway/core/error.hpp"

#include <GraphMol/Depictor/RDDepictor.h>
#include <GraphMol/FileParsers/FileParsers.h>
#include <GraphMol/MolOps.h>
#include <GraphMol/RWMol.h>
#include <fmt/format.h>

namespace keyway::chem {
namespace {

constexpr std::string_view kEmptyBlock = "\n  keyway\n\n  0  0  0  0  0  0  0  0  0  0999 V2000\nM  END\n";

/// One printable line.
std::string one_line(std::string_view text) {
    std::string line(text);
    for (char& c : line)
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
    return line;
}

}  // namespace

std::string mol_block(const Molecule& molecule) {
    try {
        RDKit::RWMol mol(molecule.rdkit());
        if (mol.getNumConformers() == 0 || !mol.getConformer().is3D()) {
            mol.clearConformers();
            RDDepict::compute2DCoords(mol, nullptr, true);
        }
        mol.clearProp("_Name");
        std::string block;
        try {
            block = RDKit::MolToMolBlock(mol, true, -1, true);
        } catch (const std::exception&) {  // partially sanitised: aromatic bonds are written as such
            block = RDKit::MolToMolBlock(mol, true, -1, false);
        }
        return block;
    } catch (const std::exception& error) {
        throw Error(ErrorKind::failure,
                    fmt::format("cannot write ligand '{}' as a MOL block: {}", molecule.id(), error.what()));
    }
}

std::string write_sdf_record(std::string_view block, std::string_view title,
                             const std::vector<std::pair<std::string, std::string>>& fields) {
    if (block.empty()) block = kEmptyBlock;
    std::string first = one_line(title);
    if (first.starts_with("$$$$")) first.insert(0, " ");
    std::string out = first + std::string(block.substr(block.find('\n')));
    for (const auto& [name, value] : fields) {
        std::string line = one_line(value);
        if (line.empty()) continue;
        if (line.starts_with("$$$$") || line.starts_with(">")) line.insert(0, " ");
        out += fmt::format(">  <{}>\n{}\n\n", name, line);
    }
    return out + "$$$$\n";
}

}  // namespace keyway::chem

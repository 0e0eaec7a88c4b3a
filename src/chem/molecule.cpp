/// What others may ask of a ligand without seeing RDKit.
#include "keyway/chem/molecule.hpp"

#include "heavy_atoms.hpp"

#include <GraphMol/ROMol.h>
#include <GraphMol/SmilesParse/SmilesWrite.h>

namespace keyway::chem {

std::string_view to_string(Rung rung) {
    switch (rung) {
        case Rung::clean:
            return "clean";
        case Rung::mol2:
            return "mol2";
        case Rung::template_smiles:
            return "template_smiles";
        case Rung::partial_sanitisation:
            return "partial_sanitisation";
    }
    return "?";
}

Molecule::Molecule(std::shared_ptr<const RDKit::ROMol> mol, std::string id, Rung rung, std::string smiles)
    : mol_(std::move(mol)),
      id_(std::move(id)),
      rung_(rung),
      smiles_(smiles.empty() ? RDKit::MolToSmiles(*mol_) : std::move(smiles)) {}

int Molecule::heavy_atoms() const { return heavy_atom_count(*mol_); }

std::vector<std::array<double, 3>> Molecule::positions_angstrom() const {
    std::vector<std::array<double, 3>> positions;
    if (mol_->getNumConformers() == 0) return positions;
    const auto& conformer = mol_->getConformer();
    for (const auto* atom : mol_->atoms()) {
        if (atom->getAtomicNum() <= 1) continue;
        const auto& at = conformer.getAtomPos(atom->getIdx());
        positions.push_back({at.x, at.y, at.z});
    }
    return positions;
}

}  // namespace keyway::chem

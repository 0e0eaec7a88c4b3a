/// A ligand as RDKit understands it, behind a pointer: no RDKit header leaves `chem`.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace RDKit {
class ROMol;
}

namespace keyway::chem {

/// Which rung of the rescue ladder a ligand needed (`design/cli.md`).
enum class Rung { clean, mol2, template_smiles, partial_sanitisation };

std::string_view to_string(Rung rung);

/// Immutable; cheap to copy. Hydrogens are folded into counts, except isotopes ([2H]) and the like: count
/// atoms with `heavy_atoms()`.
class Molecule {
public:
    /// Without `smiles` it is the canonical one.
    Molecule(std::shared_ptr<const RDKit::ROMol> mol, std::string id, Rung rung, std::string smiles = {});

    const std::string& id() const { return id_; }
    Rung rung() const { return rung_; }
    /// What standardisation changed: "largest of 2 fragments", "neutralised"; empty if nothing.
    std::vector<std::string> notes;
    int heavy_atoms() const;
    /// Isomeric; canonical unless `LigandOptions::canonical_smiles` is off.
    const std::string& smiles() const { return smiles_; }
    /// [heavy atoms] in atom order [A]; empty without a 3D conformer (a flat drawing is not a pose).
    std::vector<std::array<double, 3>> positions_angstrom() const;
    const RDKit::ROMol& rdkit() const { return *mol_; }

private:
    std::shared_ptr<const RDKit::ROMol> mol_;
    std::string id_;
    Rung rung_;
    std::string smiles_;
};

}  // namespace keyway::chem

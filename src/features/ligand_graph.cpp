/// A clean molecule to the numbers of `sample/columns.hpp`: one rule for each column, no pattern searches.
#include "ligand_columns.hpp"
#include "morgan_bits.hpp"

#include "keyway/features/features.hpp"

#include <GraphMol/MolOps.h>
#include <GraphMol/RWMol.h>
#include <fmt/format.h>

#include <memory>
#include <optional>

namespace keyway::features {
namespace {

using RDKit::Atom;
using RDKit::Bond;
using RDKit::ROMol;

Rejection refuse(const char* reason, std::string message) { return {"features", reason, std::move(message)}; }

/// The molecule as features see it: without isotopes and without hydrogen atoms. Most molecules are that
/// already and are used as they are; the copy lives in `owner`.
const ROMol& plain(const ROMol& mol, std::unique_ptr<RDKit::RWMol>& owner) {
    bool needed = false;
    for (const auto* atom : mol.atoms())
        needed = needed || atom->getIsotope() != 0 || atom->getAtomicNum() == 1;
    if (!needed) return mol;
    owner = std::make_unique<RDKit::RWMol>(mol);
    for (auto* atom : owner->atoms()) atom->setIsotope(0);
    RDKit::MolOps::RemoveHsParameters parameters;
    parameters.removeDefiningBondStereo = true;
    parameters.removeDegreeZero = true;
    parameters.showWarnings = false;
    RDKit::MolOps::removeHs(*owner, parameters, /*sanitize=*/false);
    owner->updatePropertyCache(false);
    RDKit::MolOps::symmetrizeSSSR(*owner);
    // A centre that only isotopes made is none any more.
    RDKit::MolOps::assignStereochemistry(*owner, /*cleanIt=*/true, /*force=*/true, false);
    return *owner;
}

std::optional<int> bond_order(const Bond& bond) {
    switch (bond.getBondType()) {
        case Bond::SINGLE:
        case Bond::DATIVE:
            return 0;
        case Bond::DOUBLE:
            return 1;
        case Bond::TRIPLE:
        case Bond::QUADRUPLE:
            return 2;
        case Bond::AROMATIC:
            return 3;
        default:
            return std::nullopt;
    }
}

int double_bond_stereo(const Bond& bond) {
    switch (bond.getStereo()) {
        case Bond::STEREOE:
        case Bond::STEREOTRANS:
            return 1;
        case Bond::STEREOZ:
        case Bond::STEREOCIS:
            return 2;
        default:
            return 0;
    }
}

std::optional<Rejection> fill_bonds(const ROMol& mol, LigandGraph& graph) {
    const auto& rings = *mol.getRingInfo();
    graph.bonds.reserve(mol.getNumBonds());
    graph.bond_types.reserve(mol.getNumBonds());
    for (const auto* bond : mol.bonds()) {
        const auto order = bond_order(*bond);
        if (!order)
            return refuse("BOND_TYPE",
                          fmt::format("the bond between atoms {} and {} is none of single, double, "
                                      "triple, aromatic",
                                      bond->getBeginAtomIdx() + 1, bond->getEndAtomIdx() + 1));
        const bool in_ring = rings.numBondRings(bond->getIdx()) > 0;
        graph.bonds.push_back({static_cast<std::uint16_t>(bond->getBeginAtomIdx()),
                               static_cast<std::uint16_t>(bond->getEndAtomIdx())});
        graph.bond_types.push_back(static_cast<std::uint8_t>(
            bond_class(*order, bond->getIsConjugated(), in_ring, double_bond_stereo(*bond))));
    }
    return std::nullopt;
}

/// RDKit's tag speaks about the neighbours in bond order, seen from the first, an implicit hydrogen (or the
/// lone pair of a sulfoxide) last: CCW is +1 in the sense of `StereoCentre`.
std::optional<StereoCentre> stereo_centre(const ROMol& mol, const Atom& atom) {
    const auto tag = atom.getChiralTag();
    if (tag != Atom::CHI_TETRAHEDRAL_CCW && tag != Atom::CHI_TETRAHEDRAL_CW) return std::nullopt;
    if (atom.getDegree() < 3 || atom.getDegree() > 4) return std::nullopt;
    StereoCentre centre;
    centre.atom = static_cast<std::uint16_t>(atom.getIdx());
    centre.neighbour.fill(-1);
    std::size_t k = 0;
    for (const auto* bond : mol.atomBonds(&atom))
        centre.neighbour[k++] = static_cast<std::int16_t>(bond->getOtherAtomIdx(atom.getIdx()));
    centre.sign = tag == Atom::CHI_TETRAHEDRAL_CCW ? 1 : -1;
    return centre;
}

}  // namespace

Result<LigandGraph> ligand_graph(const chem::Molecule& molecule) {
    std::unique_ptr<RDKit::RWMol> owner;
    LigandGraph graph;
    graph.id = molecule.id();
    graph.smiles = molecule.smiles();
    try {
        const auto& mol = plain(molecule.rdkit(), owner);
        if (mol.getNumAtoms() == 0) return refuse("NO_HEAVY_ATOM", "the molecule has no heavy atom");
        if (mol.getNumAtoms() > 32767)
            return refuse("TOO_LARGE", fmt::format("{} atoms, the limit is 32767", mol.getNumAtoms()));
        if (mol.getNumAtoms() != static_cast<unsigned>(molecule.heavy_atoms()))
            return refuse("HYDROGEN", "a hydrogen atom bridges heavy atoms or stands alone");
        if (const auto refused = fill_bonds(mol, graph)) return *refused;
        for (const auto* atom : mol.atoms())
            if (const auto centre = stereo_centre(mol, *atom)) graph.stereo.push_back(*centre);
        graph.columns = ligand_columns(mol, graph.stereo);
        graph.fingerprint = morgan_bits(mol, kFingerprintBits);
    } catch (const std::bad_alloc&) {
        throw;
    } catch (const std::exception& error) {
        return refuse("FEATURES", error.what());
    }
    return graph;
}

std::vector<std::array<float, 3>> pose_in_pocket(const chem::Molecule& molecule, const PocketGraph& pocket) {
    std::vector<std::array<float, 3>> pose;
    for (const auto& at : molecule.positions_angstrom()) {
        auto& local = pose.emplace_back();
        for (std::size_t axis = 0; axis < 3; ++axis)
            local[axis] = static_cast<float>(at[axis] - pocket.origin_angstrom[axis]);
    }
    return pose;
}

}  // namespace keyway::features

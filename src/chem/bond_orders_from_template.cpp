/// The rung of the ladder that needs a template SMILES.
#include "bond_orders_from_template.hpp"

#include "finish_ligand.hpp"
#include "rdkit_errors.hpp"

#include <GraphMol/MolOps.h>
#include <GraphMol/Substruct/SubstructMatch.h>

namespace keyway::chem {
namespace {

using RDKit::RWMol;

struct Skeleton {
    RWMol mol;
    std::vector<unsigned> atom;  ///< [skeleton atoms] index in the molecule it was made of
};

/// Heavy atoms as bare elements, every bond single.
Skeleton skeleton_of(const RDKit::ROMol& mol) {
    Skeleton skeleton;
    std::vector<int> index(mol.getNumAtoms(), -1);
    for (const auto* atom : mol.atoms()) {
        if (atom->getAtomicNum() <= 1) continue;
        RDKit::Atom bare(atom->getAtomicNum());
        bare.setNoImplicit(true);
        index[atom->getIdx()] = static_cast<int>(skeleton.mol.addAtom(&bare, true, false));
        skeleton.atom.push_back(atom->getIdx());
    }
    for (const auto* bond : mol.bonds()) {
        const int from = index[bond->getBeginAtomIdx()], to = index[bond->getEndAtomIdx()];
        if (from >= 0 && to >= 0)
            skeleton.mol.addBond(static_cast<unsigned>(from), static_cast<unsigned>(to), RDKit::Bond::SINGLE);
    }
    skeleton.mol.updatePropertyCache(false);
    RDKit::MolOps::fastFindRings(skeleton.mol);
    return skeleton;
}

}  // namespace

Result<Molecule> bond_orders_from_template(const RWMol& coordinates, const std::string& template_smiles,
                                           std::string id, const LigandOptions& options) {
    auto parent = parse_smiles(template_smiles, id, options);
    if (!parent) return parent.rejection();
    const auto mismatch = [](std::string message) {
        return Rejection{"parse", "TEMPLATE_MISMATCH", std::move(message)};
    };
    if (coordinates.getNumConformers() == 0) return mismatch("the file has no coordinates");
    MolPointer mol;
    std::optional<Rejection> refused;
    const auto failed = guarded("parse", "TEMPLATE_MISMATCH", [&] {
        const auto known = skeleton_of(parent.value().rdkit()), placed = skeleton_of(coordinates);
        RDKit::SubstructMatchParameters parameters;
        parameters.maxMatches = 1;
        std::vector<RDKit::MatchVectType> matches;
        if (known.mol.getNumAtoms() == placed.mol.getNumAtoms())
            matches = RDKit::SubstructMatch(placed.mol, known.mol, parameters);
        if (matches.empty() || known.mol.getNumBonds() != placed.mol.getNumBonds()) {
            refused =
                mismatch(fmt::format("the skeletons differ: template {} atoms and {} bonds, file {} and {}",
                                     known.mol.getNumAtoms(), known.mol.getNumBonds(),
                                     placed.mol.getNumAtoms(), placed.mol.getNumBonds()));
            return;
        }
        mol = std::make_unique<RWMol>(parent.value().rdkit());
        auto conformer = std::make_unique<RDKit::Conformer>(mol->getNumAtoms());
        conformer->set3D(true);
        for (const auto& [in_known, in_placed] : matches.front())
            conformer->setAtomPos(
                known.atom[static_cast<unsigned>(in_known)],
                coordinates.getConformer().getAtomPos(placed.atom[static_cast<unsigned>(in_placed)]));
        mol->addConformer(conformer.release(), /*assignId=*/true);
        RDKit::MolOps::assignChiralTypesFrom3D(*mol);
    });
    if (failed) return *failed;
    if (refused) return *refused;
    return finish_ligand(std::move(mol), std::move(id), Rung::template_smiles, Sanitisation::full, options);
}

}  // namespace keyway::chem

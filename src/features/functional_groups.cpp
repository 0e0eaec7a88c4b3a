/// Donors, acceptors, acids and bases.
#include "functional_groups.hpp"

#include <GraphMol/ROMol.h>
#include <GraphMol/RingInfo.h>

namespace keyway::features {
namespace {

using RDKit::Atom;
using RDKit::Bond;
using RDKit::ROMol;

constexpr int kCarbon = 6, kNitrogen = 7, kOxygen = 8, kPhosphorus = 15, kSulfur = 16;

bool is(const Atom& atom, int element) { return atom.getAtomicNum() == element; }

bool has_multiple_bond(const ROMol& mol, const Atom& atom) {
    for (const auto* bond : mol.atomBonds(&atom))
        if (bond->getBondType() != Bond::SINGLE) return true;
    return false;
}

/// True for C(=O), S(=O), P(=O), C(=S), N(=O): what takes the lone pair of a neighbouring nitrogen.
bool has_double_bonded_chalcogen(const ROMol& mol, const Atom& atom) {
    for (const auto* bond : mol.atomBonds(&atom)) {
        const auto* other = bond->getOtherAtom(&atom);
        if (bond->getBondType() == Bond::DOUBLE && (is(*other, kOxygen) || is(*other, kSulfur))) return true;
    }
    return false;
}

/// N, O or S with hydrogen.
bool is_donor(const Atom& atom) {
    return (is(atom, kNitrogen) || is(atom, kOxygen) || is(atom, kSulfur)) && atom.getTotalNumHs() > 0;
}

/// A lone pair that is not part of a pi system: every O that is not positive; N of imines, nitriles,
/// pyridines and aliphatic amines, not of amides, anilines, pyrroles; S of thiols, thioethers and thiones.
bool is_acceptor(const ROMol& mol, const Atom& atom) {
    if (atom.getFormalCharge() > 0) return false;
    if (is(atom, kOxygen)) return true;
    if (is(atom, kSulfur))
        return !atom.getIsAromatic() && (atom.getFormalCharge() < 0 || atom.getTotalValence() == 2);
    if (!is(atom, kNitrogen)) return false;
    if (atom.getFormalCharge() < 0) return true;
    if (atom.getIsAromatic()) return atom.getTotalDegree() == 2;
    if (has_multiple_bond(mol, atom)) return atom.getTotalDegree() <= 2;
    return atom.getHybridization() == Atom::SP3;
}

/// Marks the terminal oxygens of C(=O)OH, S(=O)OH, S(=O)(=O)OH, P(=O)OH and their anions: ionised they are
/// equal.
void mark_oxygen_acid(const ROMol& mol, const Atom& centre, std::vector<AtomRole>& roles) {
    if (!is(centre, kCarbon) && !is(centre, kSulfur) && !is(centre, kPhosphorus)) return;
    std::vector<unsigned> terminal;
    bool double_bonded = false, gives_proton = false;
    for (const auto* bond : mol.atomBonds(&centre)) {
        const auto* oxygen = bond->getOtherAtom(&centre);
        if (!is(*oxygen, kOxygen) || oxygen->getDegree() != 1) continue;
        const bool is_double = bond->getBondType() == Bond::DOUBLE;
        double_bonded = double_bonded || is_double;
        gives_proton =
            gives_proton || (!is_double && (oxygen->getTotalNumHs() > 0 || oxygen->getFormalCharge() < 0));
        terminal.push_back(oxygen->getIdx());
    }
    if (!double_bonded || !gives_proton) return;
    for (const auto oxygen : terminal) roles[oxygen].acid = true;
}

/// Marks the nitrogens of an NH-tetrazole (or its anion): aromatic five-rings with four nitrogens, all
/// unsubstituted.
void mark_tetrazoles(const ROMol& mol, std::vector<AtomRole>& roles) {
    for (const auto& ring : mol.getRingInfo()->atomRings()) {
        if (ring.size() != 5) continue;
        int nitrogens = 0;
        bool gives_proton = false, substituted = false;
        for (const int index : ring) {
            const auto& atom = *mol.getAtomWithIdx(static_cast<unsigned>(index));
            if (!is(atom, kNitrogen) || !atom.getIsAromatic()) continue;
            ++nitrogens;
            substituted = substituted || atom.getDegree() > 2;
            gives_proton = gives_proton || atom.getTotalNumHs() > 0 || atom.getFormalCharge() < 0;
        }
        if (nitrogens < 4 || substituted || !gives_proton) continue;
        for (const int index : ring)
            if (is(*mol.getAtomWithIdx(static_cast<unsigned>(index)), kNitrogen))
                roles[static_cast<std::size_t>(index)].acid = true;
    }
}

/// N-H (or N-) between a sulfonyl and a carbonyl or second sulfonyl: as acidic as a carboxylic acid.
bool is_acyl_sulfonamide(const ROMol& mol, const Atom& atom) {
    if (!is(atom, kNitrogen) || atom.getDegree() != 2 || atom.getIsAromatic()) return false;
    if (atom.getTotalNumHs() == 0 && atom.getFormalCharge() >= 0) return false;
    int acyl = 0, sulfonyl = 0;
    for (const auto* other : mol.atomNeighbors(&atom)) {
        if (!has_double_bonded_chalcogen(mol, *other)) return false;
        if (is(*other, kSulfur)) ++sulfonyl;
        if (is(*other, kCarbon)) ++acyl;
    }
    return sulfonyl >= 1 && sulfonyl + acyl == 2;
}

/// A nitrogen whose neighbours leave its lone pair alone: bonded to carbons only, none of them C=O, C=S, C#N.
bool is_undisturbed(const ROMol& mol, const Atom& nitrogen) {
    for (const auto* other : mol.atomNeighbors(&nitrogen))
        if (!is(*other, kCarbon) || has_double_bonded_chalcogen(mol, *other) ||
            other->getHybridization() == Atom::SP)
            return false;
    return true;
}

/// Amines on sp3 carbon, and their protonated form. Quaternary nitrogen gives off no proton and takes none.
bool is_aliphatic_amine(const ROMol& mol, const Atom& atom) {
    if (!is(atom, kNitrogen) || atom.getIsAromatic() || has_multiple_bond(mol, atom)) return false;
    if (atom.getFormalCharge() < 0 || (atom.getFormalCharge() > 0 && atom.getTotalNumHs() == 0)) return false;
    for (const auto* other : mol.atomNeighbors(&atom))
        if (!is(*other, kCarbon) || other->getHybridization() != Atom::SP3) return false;
    return true;
}

/// Marks the nitrogens of amidines and guanidines: N=C-N outside aromatic rings, no nitrogen acylated,
/// sulfonylated or bonded to a hetero atom.
void mark_amidine(const ROMol& mol, const Atom& carbon, std::vector<AtomRole>& roles) {
    if (!is(carbon, kCarbon) || carbon.getIsAromatic()) return;
    std::vector<unsigned> nitrogens;
    bool imine = false;
    for (const auto* bond : mol.atomBonds(&carbon)) {
        const auto* other = bond->getOtherAtom(&carbon);
        const bool is_double = bond->getBondType() == Bond::DOUBLE;
        if (!is(*other, kNitrogen)) {
            if (is_double || is(*other, kOxygen) || is(*other, kSulfur)) return;
            continue;
        }
        if (other->getIsAromatic() || !is_undisturbed(mol, *other)) return;
        imine = imine || is_double;
        nitrogens.push_back(other->getIdx());
    }
    if (!imine || nitrogens.size() < 2) return;
    for (const auto nitrogen : nitrogens) roles[nitrogen].base = true;
}

}  // namespace

std::vector<AtomRole> functional_groups(const ROMol& mol) {
    std::vector<AtomRole> roles(mol.getNumAtoms());
    for (const auto* atom : mol.atoms()) {
        auto& role = roles[atom->getIdx()];
        role.donor = is_donor(*atom);
        role.acceptor = is_acceptor(mol, *atom);
        if (is_acyl_sulfonamide(mol, *atom)) role.acid = true;
        if (is_aliphatic_amine(mol, *atom)) role.base = true;
        mark_oxygen_acid(mol, *atom, roles);
        mark_amidine(mol, *atom, roles);
    }
    mark_tetrazoles(mol, roles);
    return roles;
}

}  // namespace keyway::features

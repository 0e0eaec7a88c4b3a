/// Ions with too many double bonds become one Lewis structure.
#include "delocalised_groups.hpp"

#include <algorithm>
#include <vector>

namespace keyway::chem {
namespace {

using RDKit::Atom;
using RDKit::Bond;
using RDKit::RWMol;

constexpr int kCarbon = 6, kNitrogen = 7, kOxygen = 8, kPhosphorus = 15, kSulfur = 16;

bool is_multiple(const Bond& bond) {
    return bond.getBondType() == Bond::DOUBLE || bond.getBondType() == Bond::AROMATIC;
}

void set_order(Bond& bond, Bond::BondType order) {
    bond.setBondType(order);
    bond.setIsAromatic(false);
}

/// Bonds to oxygens that hang on `centre` alone and are drawn double (or aromatic).
std::vector<Bond*> oxo_bonds(RWMol& mol, const Atom& centre) {
    std::vector<Bond*> bonds;
    for (auto* bond : mol.atomBonds(&centre)) {
        const auto* oxygen = bond->getOtherAtom(&centre);
        if (oxygen->getAtomicNum() == kOxygen && oxygen->getDegree() == 1 && oxygen->getFormalCharge() == 0 &&
            is_multiple(*bond))
            bonds.push_back(bond);
    }
    return bonds;
}

/// Keeps as many oxo bonds double as the centre can bear; the others become single to O-.
bool rewrite_oxo_anion(RWMol& mol, Atom& centre) {
    const auto bonds = oxo_bonds(mol, centre);
    std::size_t allowed = bonds.size();
    switch (centre.getAtomicNum()) {
        case kCarbon:
            allowed = centre.getDegree() == 3 ? 1 : allowed;
            break;
        case kPhosphorus:
            allowed = centre.getDegree() == 4 ? 1 : allowed;
            break;
        case kSulfur:
            allowed = centre.getDegree() == 4 ? 2 : allowed;
            break;
        default:
            return false;
    }
    bool changed = false;
    for (std::size_t k = 0; k < bonds.size(); ++k) {
        if (k < allowed) {
            // An aromatic bond to a lone oxygen is half of a delocalised pair.
            if (bonds[k]->getBondType() == Bond::AROMATIC) changed = true;
            set_order(*bonds[k], Bond::DOUBLE);
            continue;
        }
        set_order(*bonds[k], Bond::SINGLE);
        bonds[k]->getOtherAtom(&centre)->setFormalCharge(-1);
        changed = true;
    }
    if (changed) centre.setFormalCharge(0);  // X-TOOL gives the group's charge to its centre
    return changed;
}

/// C(=N)=N and C(=N)(=N)=N: one double bond stays, at the nitrogen with fewest neighbours other than
/// hydrogen; it gets the charge below.
bool rewrite_amidinium(RWMol& mol, Atom& centre) {
    if (centre.getAtomicNum() != kCarbon || centre.getDegree() != 3) return false;
    std::vector<Bond*> bonds;
    const auto heavy_neighbours = [&](const Bond* bond) {
        int count = 0;
        for (const auto* atom : mol.atomNeighbors(bond->getOtherAtom(&centre)))
            count += atom->getAtomicNum() > 1;
        return count;
    };
    for (auto* bond : mol.atomBonds(&centre))
        if (bond->getBondType() == Bond::DOUBLE && bond->getOtherAtom(&centre)->getAtomicNum() == kNitrogen)
            bonds.push_back(bond);
    if (bonds.size() < 2) return false;
    const auto kept = std::min_element(bonds.begin(), bonds.end(), [&](const Bond* a, const Bond* b) {
        return heavy_neighbours(a) < heavy_neighbours(b);
    });
    for (auto* bond : bonds)
        if (bond != *kept) set_order(*bond, Bond::SINGLE);
    centre.setFormalCharge(0);
    return true;
}

/// [NH4], [N](C)(C)(C)C, C=[NH2]: the charge was left out.
bool charge_four_valent_nitrogen(const RWMol& mol, Atom& nitrogen) {
    if (nitrogen.getAtomicNum() != kNitrogen || nitrogen.getFormalCharge() != 0) return false;
    int valence = 0;
    for (const auto* bond : mol.atomBonds(&nitrogen)) {
        if (bond->getBondType() == Bond::SINGLE)
            valence += 1;
        else if (bond->getBondType() == Bond::DOUBLE)
            valence += 2;
        else
            return false;  // nitriles are right, aromatic nitrogen is for RDKit to judge
    }
    if (valence != 4) return false;
    nitrogen.setFormalCharge(1);
    return true;
}

}  // namespace

int rewrite_delocalised_groups(RWMol& mol) {
    int rewritten = 0;
    for (auto* atom : mol.atoms())
        rewritten += rewrite_oxo_anion(mol, *atom) || rewrite_amidinium(mol, *atom);
    for (auto* atom : mol.atoms()) rewritten += charge_four_valent_nitrogen(mol, *atom);
    return rewritten;
}

}  // namespace keyway::chem

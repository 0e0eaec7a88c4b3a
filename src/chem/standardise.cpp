/// Salt stripping and neutralisation.
#include "standardise.hpp"

#include "heavy_atoms.hpp"

#include "keyway/chem/structure.hpp"

#include <GraphMol/MolOps.h>
#include <GraphMol/MolStandardize/Charge.h>
#include <GraphMol/PeriodicTable.h>
#include <GraphMol/SmilesParse/SmilesWrite.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <tuple>

namespace keyway::chem {
namespace {

using RDKit::Atom;
using RDKit::Bond;
using RDKit::ROMol;
using RDKit::RWMol;

/// Groups 1 and 2 of the periodic table, hydrogen aside: their "bonds" to O, N, S and halogens are ionic.
bool is_salt_former(const Atom& atom) {
    switch (atom.getAtomicNum()) {
        case 3:
        case 4:
        case 11:
        case 12:
        case 19:
        case 20:
        case 37:
        case 38:
        case 55:
        case 56:
            return true;
        default:
            return false;
    }
}

/// "[Na]OC" becomes "[Na+].[O-]C". True if anything changed.
bool disconnect_salts(RWMol& mol) {
    std::vector<std::pair<unsigned, unsigned>> ionic;  // metal, partner
    for (const auto* bond : mol.bonds()) {
        if (bond->getBondType() != Bond::SINGLE) continue;
        const auto *metal = bond->getBeginAtom(), *partner = bond->getEndAtom();
        if (!is_salt_former(*metal)) std::swap(metal, partner);
        const int other = partner->getAtomicNum();
        const bool takes_charge = other == 7 || other == 8 || other == 9 || other == 16 || other == 17 ||
                                  other == 35 || other == 53;
        if (is_salt_former(*metal) && takes_charge) ionic.emplace_back(metal->getIdx(), partner->getIdx());
    }
    for (const auto& [metal, partner] : ionic) {
        mol.removeBond(metal, partner);
        auto &plus = *mol.getAtomWithIdx(metal), &minus = *mol.getAtomWithIdx(partner);
        plus.setFormalCharge(plus.getFormalCharge() + 1);
        minus.setFormalCharge(minus.getFormalCharge() - 1);
        plus.setNoImplicit(true);
    }
    return !ionic.empty();
}

/// Total order of fragments; a smaller key is a better parent.
std::tuple<bool, int, double, std::string> fragment_key(const ROMol& fragment) {
    bool carbon = false;
    double weight = 0;
    for (const auto* atom : fragment.atoms()) {
        carbon = carbon || atom->getAtomicNum() == 6;
        weight += atom->getMass() + 1.008 * atom->getTotalNumHs();
    }
    return {!carbon, -heavy_atom_count(fragment), -weight, RDKit::MolToSmiles(fragment)};
}

bool is_connected(const ROMol& mol) {
    if (mol.getNumAtoms() == 0) return true;
    if (mol.getNumBonds() + 1 < mol.getNumAtoms()) return false;
    std::vector<const Atom*> reached{mol.getAtomWithIdx(0)};
    std::vector<bool> seen(mol.getNumAtoms(), false);
    seen[0] = true;
    for (std::size_t k = 0; k < reached.size(); ++k)
        for (const auto* atom : mol.atomNeighbors(reached[k]))
            if (!seen[atom->getIdx()]) {
                seen[atom->getIdx()] = true;
                reached.push_back(atom);
            }
    return reached.size() == mol.getNumAtoms();
}

void keep_largest_fragment(MolPointer& mol, std::vector<std::string>& notes) {
    if (is_connected(*mol)) return;
    const auto fragments = RDKit::MolOps::getMolFrags(*mol, /*sanitizeFrags=*/false);
    const auto best = std::min_element(fragments.begin(), fragments.end(), [](const auto& a, const auto& b) {
        return fragment_key(*a) < fragment_key(*b);
    });
    notes.push_back(fmt::format("largest of {} fragments", fragments.size()));
    mol = std::make_unique<RWMol>(**best);
}

/// A charge that no hydrogen can remove: next to its opposite (nitro, N-oxide, azide), as far as one can see
/// without a pattern search.
bool is_paired(const ROMol& mol, const Atom& atom) {
    for (const auto* neighbour : mol.atomNeighbors(&atom))
        if (neighbour->getFormalCharge() * atom.getFormalCharge() < 0) return true;
    return false;
}

/// [NH3+]C, [NH2+](C)C, [NH+](C)(C)C as written.
bool is_plain_ammonium(const ROMol& mol, const Atom& atom) {
    if (atom.getAtomicNum() != 7 || atom.getFormalCharge() != 1 || atom.getIsAromatic() ||
        !atom.getNoImplicit() || atom.getNumExplicitHs() == 0 ||
        atom.getDegree() + atom.getNumExplicitHs() != 4)
        return false;
    for (const auto* bond : mol.atomBonds(&atom)) {
        const auto* other = bond->getOtherAtom(&atom);
        if (bond->getBondType() != Bond::SINGLE || other->getAtomicNum() != 6 ||
            other->getFormalCharge() != 0)
            return false;
    }
    return true;
}

/// [O-]C=O as written.
bool is_plain_carboxylate(const ROMol& mol, const Atom& atom) {
    if (atom.getAtomicNum() != 8 || atom.getFormalCharge() != -1 || atom.getDegree() != 1 ||
        !atom.getNoImplicit() || atom.getNumExplicitHs() != 0)
        return false;
    const auto* carbon = *mol.atomNeighbors(&atom).begin();
    if (carbon->getAtomicNum() != 6 || carbon->getFormalCharge() != 0) return false;
    bool carbonyl = false;
    for (const auto* bond : mol.atomBonds(carbon)) {
        const auto* other = bond->getOtherAtom(carbon);
        if (other == &atom && bond->getBondType() != Bond::SINGLE) return false;
        carbonyl = carbonyl || (bond->getBondType() == Bond::DOUBLE && other->getAtomicNum() == 8 &&
                                other->getFormalCharge() == 0 && other->getDegree() == 1);
    }
    return carbonyl;
}

/// Nitro, N-oxide, azide as written: the Uncharger leaves both atoms alone.
bool is_plain_pair(const ROMol& mol, const Atom& atom) {
    if (std::abs(atom.getFormalCharge()) != 1) return false;
    for (const auto* other : mol.atomNeighbors(&atom)) {
        const auto& plus = atom.getFormalCharge() > 0 ? atom : *other;
        if (other->getFormalCharge() == -atom.getFormalCharge() && plus.getAtomicNum() == 7) return true;
    }
    return false;
}

bool neutralise(MolPointer& mol) {
    bool charged = false;
    for (const auto* atom : mol->atoms())
        charged = charged || (atom->getFormalCharge() != 0 && !is_paired(*mol, *atom));
    if (!charged) return false;
    // Its patterns take 0.1 ms to build, hence one for each thread.
    thread_local RDKit::MolStandardize::Uncharger uncharger;
    const std::unique_ptr<ROMol> neutral(uncharger.uncharge(*mol));
    bool changed = false;
    for (const auto* atom : neutral->atoms())
        changed =
            changed || atom->getFormalCharge() != mol->getAtomWithIdx(atom->getIdx())->getFormalCharge();
    if (changed) mol = std::make_unique<RWMol>(*neutral);
    return changed;
}

}  // namespace

void sanitise(RWMol& mol, Sanitisation how) {
    unsigned failed = 0;
    unsigned steps = RDKit::MolOps::SANITIZE_ALL;
    if (how == Sanitisation::partial)
        steps ^= RDKit::MolOps::SANITIZE_PROPERTIES | RDKit::MolOps::SANITIZE_KEKULIZE;
    RDKit::MolOps::sanitizeMol(mol, failed, steps);
}

void perceive_stereo(RWMol& mol) {
    // flagPossibleStereoCenters stays off: it costs seconds on long chains.
    RDKit::MolOps::assignStereochemistry(mol, /*cleanIt=*/true, /*force=*/true, false);
}

bool neutralise_plain_ions(RWMol& mol) {
    if (mol.getNumConformers() > 0) return false;
    std::vector<RDKit::Atom*> ions;
    for (auto* atom : mol.atoms()) {
        const int element = atom->getAtomicNum();
        if (element <= 1 || is_metal(element) || is_salt_former(*atom)) return false;
        if (atom->getFormalCharge() == 0 || is_plain_pair(mol, *atom)) continue;
        if (!is_plain_ammonium(mol, *atom) && !is_plain_carboxylate(mol, *atom)) return false;
        ions.push_back(atom);
    }
    if (ions.empty() || !is_connected(mol)) return false;
    for (auto* ion : ions) {
        const int charge = ion->getFormalCharge();
        ion->setNumExplicitHs(ion->getNumExplicitHs() + (charge < 0 ? 1 : -1));
        ion->setFormalCharge(0);
    }
    return true;
}

std::optional<Rejection> standardise(MolPointer& mol, const LigandOptions& options, Sanitisation how,
                                     std::vector<std::string>& notes) {
    const auto refuse = [](const char* reason, std::string message) {
        return Rejection{"standardise", reason, std::move(message)};
    };
    bool changed = false;
    if (disconnect_salts(*mol)) {
        notes.push_back("ionic bonds to metals cut");
        mol->updatePropertyCache(false);
        changed = true;
    }
    if (options.largest_fragment) {
        const auto before = mol->getNumAtoms();
        keep_largest_fragment(mol, notes);
        changed = changed || mol->getNumAtoms() != before;
    }
    const int heavy_atoms = heavy_atom_count(*mol);
    if (heavy_atoms == 0) return refuse("NO_HEAVY_ATOM", "the molecule has only hydrogens");
    for (const auto* atom : mol->atoms())
        if (is_metal(atom->getAtomicNum()))
            return refuse("METAL",
                          fmt::format("the molecule holds {}, and metals in ligands are not modelled",
                                      atom->getSymbol()));
    if (heavy_atoms > options.max_heavy_atoms)
        return refuse("TOO_LARGE",
                      fmt::format("{} heavy atoms, the limit is {}", heavy_atoms, options.max_heavy_atoms));
    if (options.neutralise && neutralise(mol)) {
        notes.push_back("neutralised");
        changed = true;
    }
    if (changed) {
        // Conjugation, hybridisation and ring information belong to the molecule that is left.
        sanitise(*mol, how);
        perceive_stereo(*mol);
    }
    return std::nullopt;
}

}  // namespace keyway::chem

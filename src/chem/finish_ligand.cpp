/// Unsanitised molecule to clean molecule.
#include "finish_ligand.hpp"

#include "heavy_atoms.hpp"
#include "rdkit_errors.hpp"

#include <GraphMol/MolOps.h>
#include <GraphMol/QueryAtom.h>

#include <algorithm>

namespace keyway::chem {
namespace {

using RDKit::RWMol;

/// More independent rings than any drug; perception of many fused rings can run away.
constexpr int kMaxRings = 100;

Rejection refuse(const char* reason, std::string message) { return {"parse", reason, std::move(message)}; }

std::optional<Rejection> check_size_and_queries(const RWMol& mol, const LigandOptions& options) {
    const int atoms = static_cast<int>(mol.getNumAtoms()), bonds = static_cast<int>(mol.getNumBonds());
    const int heavy_atoms = heavy_atom_count(mol);
    for (const auto* atom : mol.atoms()) {
        if (atom->getAtomicNum() == 0 || atom->hasQuery())
            return refuse("QUERY_ATOM", fmt::format("atom {} is a wildcard, attachment point or query",
                                                    atom->getIdx() + 1));
    }
    for (const auto* bond : mol.bonds())
        if (bond->hasQuery())
            return refuse("QUERY_ATOM", fmt::format("bond {} is a query", bond->getIdx() + 1));
    if (heavy_atoms > options.max_sanitise_atoms || atoms > 4 * options.max_sanitise_atoms)
        return refuse("TOO_LARGE", fmt::format("{} heavy atoms of {}, more than {} are not looked at",
                                               heavy_atoms, atoms, options.max_sanitise_atoms));
    if (bonds - atoms + 1 > kMaxRings)
        return refuse("TOO_LARGE",
                      fmt::format("about {} rings, the limit is {}", bonds - atoms + 1, kMaxRings));
    return std::nullopt;
}

/// Hydrogens become counts, also those that carry a bond's stereo; isotopes and bare protons stay.
void fold_hydrogens(RWMol& mol) {
    bool any = false;
    for (const auto* atom : mol.atoms()) any = any || atom->getAtomicNum() == 1;
    if (!any) return;
    mol.updatePropertyCache(false);
    RDKit::MolOps::RemoveHsParameters parameters;
    parameters.removeDefiningBondStereo = true;
    parameters.showWarnings = false;
    RDKit::MolOps::removeHs(mol, parameters, /*sanitize=*/false);
}

/// Geometry shows a handedness where chemistry has none: amine nitrogen inverts, and the acid oxygens of P
/// and S exchange their proton. Without these tags a crystal structure has the stereo of its SMILES.
void drop_exchanging_centres(RWMol& mol) {
    if (mol.getNumConformers() == 0) return;
    for (auto* atom : mol.atoms()) {
        const int element = atom->getAtomicNum();
        int lone_oxygens = 0, heavy_neighbours = 0;
        for (const auto* other : mol.atomNeighbors(atom)) {
            if (other->getAtomicNum() == 1) continue;
            ++heavy_neighbours;
            int connections = 0;
            for (const auto* next : mol.atomNeighbors(other)) connections += next->getAtomicNum() > 1;
            lone_oxygens += other->getAtomicNum() == 8 && connections == 1;
        }
        if ((element == 7 && heavy_neighbours < 4) || ((element == 15 || element == 16) && lone_oxygens > 1))
            atom->setChiralTag(RDKit::Atom::CHI_UNSPECIFIED);
    }
}

/// True if the atoms do not all lie on one point: some programs write zeros for "no coordinates".
bool has_extent(const RDKit::Conformer& conformer) {
    const auto& positions = conformer.getPositions();
    return std::any_of(positions.begin(), positions.end(),
                       [&](const auto& at) { return (at - positions.front()).lengthSq() > 1e-6; });
}

/// E/Z from coordinates; tetrahedral tags are there already (`unsanitised.hpp`).
void double_bonds_from_coordinates(RWMol& mol) {
    if (mol.getNumConformers() == 0) return;
    if (mol.getNumAtoms() > 1 && has_extent(mol.getConformer())) {
        RDKit::MolOps::clearSingleBondDirFlags(mol);
        RDKit::MolOps::detectBondStereochemistry(mol);
    }
    if (!mol.getConformer().is3D()) mol.clearConformers();
}

}  // namespace

void ensure_rdkit_is_ready() {
    static const bool ready = (warm_up_rdkit(), true);
    (void)ready;
}

Result<Molecule> finish_ligand(MolPointer mol, std::string id, Rung rung, Sanitisation how,
                               const LigandOptions& options, std::string_view written) {
    if (const auto refused = check_size_and_queries(*mol, options)) return *refused;
    std::vector<std::string> notes;
    std::optional<Rejection> not_standard;
    std::optional<Molecule> molecule;
    const auto failed = guarded("parse", "SANITISE", [&] {
        drop_exchanging_centres(*mol);
        fold_hydrogens(*mol);
        if (options.neutralise && how == Sanitisation::full && neutralise_plain_ions(*mol))
            notes.push_back("neutralised");
        sanitise(*mol, how);
        double_bonds_from_coordinates(*mol);
        perceive_stereo(*mol);
        not_standard = standardise(mol, options, how, notes);
        if (not_standard) return;
        if (how == Sanitisation::partial) rung = Rung::partial_sanitisation;
        if (!notes.empty()) written = {};
        molecule.emplace(std::shared_ptr<const RDKit::ROMol>(std::move(mol)), std::move(id), rung,
                         std::string(written));
    });
    if (failed) return *failed;
    if (not_standard) return *not_standard;
    molecule->notes = std::move(notes);
    return std::move(*molecule);
}

}  // namespace keyway::chem

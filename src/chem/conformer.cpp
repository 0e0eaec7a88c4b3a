/// Conformers by RDKit's distance geometry.
#include "keyway/chem/conformer.hpp"

#include "rdkit_errors.hpp"

#include <GraphMol/DistGeomHelpers/Embedder.h>
#include <GraphMol/ForceFieldHelpers/MMFF/MMFF.h>
#include <GraphMol/MolOps.h>
#include <GraphMol/RWMol.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <mutex>

namespace keyway::chem {
namespace {

namespace embedding = RDKit::DGeomHelpers;

constexpr int kSeed = 61453;
constexpr int kMaxAttempts = 10;  ///< for each conformer
constexpr int kRelaxationSteps = 200;

/// distances: from eigenvectors of the distance matrix, fast; at_random: finds what the other does not.
enum class Start { distances, at_random };

embedding::EmbedParameters parameters(Start start) {
    embedding::EmbedParameters chosen = embedding::ETKDGv3;
    chosen.randomSeed = kSeed;
    chosen.maxIterations = kMaxAttempts;
    chosen.numThreads = 1;
    chosen.useRandomCoords = start == Start::at_random;
    return chosen;
}

/// The conformer of lowest MMFF94 energy; unknown energies count as infinite.
int best_conformer(RDKit::ROMol& mol, const std::vector<int>& conformers) {
    if (conformers.size() == 1) return conformers.front();
    std::vector<std::pair<int, double>> energies;  // (converged, kcal/mol)
    RDKit::MMFF::MMFFOptimizeMoleculeConfs(mol, energies, /*numThreads=*/1, kRelaxationSteps);
    int best = conformers.front();
    double lowest = std::numeric_limits<double>::infinity();
    for (std::size_t k = 0; k < energies.size(); ++k)
        if (energies[k].first >= 0 && energies[k].second < lowest) {
            lowest = energies[k].second;
            best = conformers[k];
        }
    return best;
}

std::vector<std::array<double, 3>> heavy_positions(const RDKit::ROMol& mol, int conformer) {
    std::vector<std::array<double, 3>> positions;
    for (const auto* atom : mol.atoms()) {
        if (atom->getAtomicNum() <= 1) continue;
        const auto& at = mol.getConformer(conformer).getAtomPos(atom->getIdx());
        positions.push_back({at.x, at.y, at.z});
    }
    return positions;
}

/// RDKit fills its tables on first use, without a lock.
void fill_tables() {
    static std::once_flag once;
    std::call_once(once, [] {
        RDKit::RWMol ethane;
        ethane.addAtom(new RDKit::Atom(6), false, true);
        ethane.addAtom(new RDKit::Atom(6), false, true);
        ethane.addBond(0, 1, RDKit::Bond::SINGLE);
        RDKit::MolOps::sanitizeMol(ethane);
        RDKit::MolOps::addHs(ethane);
        std::vector<int> found;
        embedding::EmbedMultipleConfs(ethane, found, 2, parameters(Start::distances));
        best_conformer(ethane, found);
    });
}

}  // namespace

std::vector<std::uint8_t> pair_distances(std::span<const std::array<double, 3>> position_angstrom) {
    std::vector<std::uint8_t> distances;
    for (std::size_t i = 0; i < position_angstrom.size(); ++i)
        for (std::size_t j = i + 1; j < position_angstrom.size(); ++j) {
            const auto &a = position_angstrom[i], &b = position_angstrom[j];
            const double length = std::hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
            distances.push_back(static_cast<std::uint8_t>(std::min(255.0, std::round(10 * length))));
        }
    return distances;
}

Result<std::vector<std::uint8_t>> conformer_distances(const Molecule& molecule, int conformers) {
    fill_tables();
    std::vector<std::array<double, 3>> positions;
    const auto failure = guarded("conformer", "EMBED", [&] {
        RDKit::RWMol mol(molecule.rdkit());
        RDKit::MolOps::addHs(mol);
        std::vector<int> found;
        for (const Start start : {Start::distances, Start::at_random})
            if (found.empty())
                embedding::EmbedMultipleConfs(mol, found, static_cast<unsigned>(conformers),
                                              parameters(start));
        if (!found.empty()) positions = heavy_positions(mol, best_conformer(mol, found));
    });
    if (failure) return Rejection{"conformer", "EMBED", failure->message};
    if (positions.empty()) return Rejection{"conformer", "EMBED", "RDKit finds no conformer"};
    return pair_distances(positions);
}

}  // namespace keyway::chem

/// Residue centres, then all pairs of them.
#include "pocket_composition.hpp"

#include "keyway/batch/batch.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace keyway::batch {
namespace {

constexpr int kResidueTypeColumn = 1, kTypes = kPocketColumns[kResidueTypeColumn].classes;
constexpr int kDistances = 4;
constexpr double kStepAngstrom = 3;

struct Residue {
    int type = 0, atoms = 0;
    std::array<double, 3> centre{};  ///< [A]
};

std::vector<Residue> residues_of(const PocketGraph& pocket) {
    std::vector<Residue> residues(pocket.residue_labels.size());
    for (std::size_t atom = 0; atom < pocket.atoms(); ++atom) {
        Residue& residue = residues[static_cast<std::size_t>(pocket.residue[atom])];
        const int type = pocket.columns[atom * std::size_t{kPocketColumnCount} + kResidueTypeColumn];
        residue.type = std::max(residue.type, type);  // one and the same, but for parts of it that are hidden
        for (std::size_t axis = 0; axis < 3; ++axis)
            residue.centre[axis] += static_cast<double>(pocket.position_in_pocket[atom][axis]);
        ++residue.atoms;
    }
    std::erase_if(residues, [](const Residue& residue) { return residue.atoms == 0; });
    for (Residue& residue : residues)
        for (double& coordinate : residue.centre) coordinate /= residue.atoms;
    return residues;
}

/// Where the distances of a pair of types begin.
std::size_t place_of_pair(int a, int b) {
    const int low = std::min(a, b), high = std::max(a, b);
    return static_cast<std::size_t>(kTypes + (high * (high + 1) / 2 + low) * kDistances);
}

}  // namespace

std::int64_t pocket_composition_size() { return kTypes + kTypes * (kTypes + 1) / 2 * kDistances; }

std::vector<float> pocket_composition(const PocketGraph& pocket) {
    const std::vector<Residue> residues = residues_of(pocket);
    std::vector<float> amounts(static_cast<std::size_t>(pocket_composition_size()));
    for (std::size_t i = 0; i < residues.size(); ++i) {
        amounts[static_cast<std::size_t>(residues[i].type)] += 1;
        for (std::size_t j = 0; j < i; ++j) {
            const auto &a = residues[i].centre, &b = residues[j].centre;
            const double distance = std::hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
            const double knot = std::max(distance / kStepAngstrom, 1.0) - 1;  // 0: 3 A
            const auto below = static_cast<int>(knot);
            const auto share = static_cast<float>(knot - below);
            const std::size_t place = place_of_pair(residues[i].type, residues[j].type);
            if (below < kDistances) amounts[place + static_cast<std::size_t>(below)] += 1 - share;
            if (below + 1 < kDistances) amounts[place + static_cast<std::size_t>(below) + 1] += share;
        }
    }
    return amounts;
}

}  // namespace keyway::batch

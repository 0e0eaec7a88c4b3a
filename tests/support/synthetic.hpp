/// Made-up pockets and ligands that are valid inputs of the network: right sizes, densities and value ranges,
/// no chemistry.
#pragma once

#include "keyway/core/random.hpp"
#include "keyway/sample/columns.hpp"
#include "keyway/sample/ligand_graph.hpp"
#include "keyway/sample/pocket_graph.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

namespace keyway::testing {

namespace detail {

using Point = std::array<double, 3>;

inline Point random_direction(Random& random) {
    Point d = {random.normal(), random.normal(), random.normal()};
    const double r = std::sqrt(d[0] * d[0] + d[1] * d[1] + d[2] * d[2]);
    for (double& x : d) x /= r;
    return d;
}

inline Point moved(const Point& from, const Point& direction, double by) {
    return {from[0] + by * direction[0], from[1] + by * direction[1], from[2] + by * direction[2]};
}

inline double distance(const Point& a, const Point& b) {
    return std::hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}

inline bool clashes(const Point& p, const std::vector<Point>& others) {
    return std::any_of(others.begin(), others.end(), [&](const Point& q) { return distance(p, q) < 1.2; });
}

}  // namespace detail

/// Residues of eight atoms (a bonded chain each) in a ball as dense as protein: about 30 neighbours within 6
/// A for 400 atoms. The inner half of the atoms are tokens; a pocket has at least one.
inline PocketGraph random_pocket(std::uint64_t seed, int atoms) {
    using namespace detail;
    constexpr int kResidueAtoms = 8;
    Random random(seed * 2 + 1);
    const double radius = std::cbrt(atoms / 0.045 * 3 / (4 * 3.14159265358979));
    std::vector<Point> points;
    PocketGraph pocket;
    pocket.id = "pocket " + std::to_string(seed);
    while (static_cast<int>(points.size()) < atoms) {
        const bool starts = points.size() % kResidueAtoms == 0;
        Point p;
        int attempts = 0;
        do {
            const double reach = radius * std::cbrt(random.uniform());
            // A chain that is walled in jumps: its bond gets long, which the network does not mind.
            p = starts ? moved({0, 0, 0}, random_direction(random), reach)
                       : moved(points.back(), random_direction(random), 1.5 + 0.05 * attempts);
        } while (clashes(p, points) && ++attempts < 200);
        const auto atom = static_cast<std::int32_t>(points.size());
        if (!starts) pocket.bonds.push_back({atom - 1, atom});
        if (starts)
            pocket.residue_labels.push_back("A:ALA:" + std::to_string(pocket.residue_labels.size() + 1));
        pocket.residue.push_back(static_cast<std::int32_t>(pocket.residue_labels.size()) - 1);
        points.push_back(p);
    }
    std::vector<double> from_centre;
    for (const Point& p : points) from_centre.push_back(distance(p, {0, 0, 0}));
    std::vector<double> sorted = from_centre;
    std::sort(sorted.begin(), sorted.end());
    for (std::size_t k = 0; k < points.size(); ++k) {
        const Point& p = points[k];
        pocket.position_in_pocket.push_back(
            {static_cast<float>(p[0]), static_cast<float>(p[1]), static_cast<float>(p[2])});
        pocket.is_token.push_back(from_centre[k] <= sorted[(sorted.size() - 1) / 2]);
        pocket.atom_names.push_back("X" + std::to_string(k));
        for (const Column& column : kPocketColumns)
            pocket.columns.push_back(static_cast<std::uint8_t>(random.below(column.classes)));
    }
    return pocket;
}

/// A random tree with at most four neighbours an atom and a few ring bonds. Atoms with three or four
/// neighbours are stereocentres; from four atoms on there is at least one.
inline LigandGraph random_ligand(std::uint64_t seed, int atoms) {
    Random random(seed * 2);
    LigandGraph ligand;
    ligand.id = "ligand " + std::to_string(seed);
    std::vector<std::vector<std::int16_t>> neighbours(atoms);
    const auto bond = [&](int a, int b) {
        ligand.bonds.push_back({static_cast<std::uint16_t>(a), static_cast<std::uint16_t>(b)});
        ligand.bond_types.push_back(static_cast<std::uint8_t>(random.below(kBondClasses)));
        neighbours[a].push_back(static_cast<std::int16_t>(b));
        neighbours[b].push_back(static_cast<std::int16_t>(a));
    };
    for (int atom = 1; atom < atoms; ++atom) {
        int to = 0;  // the first three hang on atom 0
        if (atom > 3) do
                to = static_cast<int>(random.below(atom));
            while (neighbours[to].size() >= 4);
        bond(to, atom);
    }
    for (int k = 0; k < atoms / 8; ++k) {
        const int a = static_cast<int>(random.below(atoms)), b = static_cast<int>(random.below(atoms));
        const bool joined = std::find(neighbours[a].begin(), neighbours[a].end(), b) != neighbours[a].end();
        if (a != b && !joined && neighbours[a].size() < 4 && neighbours[b].size() < 4)
            bond(std::min(a, b), std::max(a, b));
    }
    for (int atom = 0; atom < atoms; ++atom) {
        const auto& near = neighbours[atom];
        const bool centre = near.size() >= 3;
        if (centre)
            ligand.stereo.push_back(
                {static_cast<std::uint16_t>(atom),
                 {near[0], near[1], near[2], near.size() > 3 ? near[3] : std::int16_t{-1}},
                 static_cast<std::int8_t>(random.below(2) ? 1 : -1)});
        for (const Column& column : kLigandColumns) {
            auto value = static_cast<std::uint8_t>(random.below(column.classes));
            if (column.name == "degree") value = static_cast<std::uint8_t>(near.size());
            if (column.name == "stereocentre") value = centre;
            ligand.columns.push_back(value);
        }
    }
    for (std::uint16_t bit = 0; bit < kFingerprintBits; ++bit)
        if (random.below(50) == 0) ligand.fingerprint.push_back(bit);
    return ligand;
}

/// Atom `order[k]` of the old numbering becomes atom k. The stereo lists keep their order and name atoms
/// anew.
inline LigandGraph renumbered(const LigandGraph& ligand, const std::vector<int>& order) {
    std::vector<int> place(order.size());
    for (std::size_t k = 0; k < order.size(); ++k) place[order[k]] = static_cast<int>(k);
    LigandGraph out = ligand;
    for (std::size_t k = 0; k < order.size(); ++k)
        std::copy_n(ligand.columns.begin() + order[k] * kLigandColumnCount, kLigandColumnCount,
                    out.columns.begin() + static_cast<std::ptrdiff_t>(k) * kLigandColumnCount);
    for (auto& [a, b] : out.bonds)
        a = static_cast<std::uint16_t>(place[a]), b = static_cast<std::uint16_t>(place[b]);
    for (StereoCentre& centre : out.stereo) {
        centre.atom = static_cast<std::uint16_t>(place[centre.atom]);
        for (auto& n : centre.neighbour)
            if (n >= 0) n = static_cast<std::int16_t>(place[n]);
    }
    return out;
}

/// Atom `order[k]` of the old numbering becomes atom k. `order` must keep residues together; they are
/// numbered anew.
inline PocketGraph renumbered(const PocketGraph& pocket, const std::vector<int>& order) {
    std::vector<int> place(order.size());
    for (std::size_t k = 0; k < order.size(); ++k) place[order[k]] = static_cast<int>(k);
    PocketGraph out = pocket;
    out.residue_labels.clear();
    for (std::size_t k = 0; k < order.size(); ++k) {
        std::copy_n(pocket.columns.begin() + order[k] * kPocketColumnCount, kPocketColumnCount,
                    out.columns.begin() + static_cast<std::ptrdiff_t>(k) * kPocketColumnCount);
        out.position_in_pocket[k] = pocket.position_in_pocket[order[k]];
        out.is_token[k] = pocket.is_token[order[k]];
        out.atom_names[k] = pocket.atom_names[order[k]];
        if (k == 0 || pocket.residue[order[k]] != pocket.residue[order[k - 1]])
            out.residue_labels.push_back(pocket.residue_labels[pocket.residue[order[k]]]);
        out.residue[k] = static_cast<std::int32_t>(out.residue_labels.size()) - 1;
    }
    for (auto& [a, b] : out.bonds) {
        a = place[a], b = place[b];
        if (a > b) std::swap(a, b);
    }
    return out;
}

/// The mirror image of a ligand: every stereocentre's sign flipped.
inline LigandGraph enantiomer(LigandGraph ligand) {
    for (StereoCentre& centre : ligand.stereo) centre.sign = static_cast<std::int8_t>(-centre.sign);
    return ligand;
}

inline PocketGraph reflected(PocketGraph pocket) {
    for (auto& p : pocket.position_in_pocket) p[0] = -p[0];
    return pocket;
}

}  // namespace keyway::testing

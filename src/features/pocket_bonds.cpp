/// Bonds by distance; rings by walking at most six bonds.
#include "features/pocket_bonds.hpp"

#include <algorithm>
#include <cmath>

namespace keyway::features {
namespace {

constexpr double kTolerance = 0.45;        // [A]
constexpr double kTooClose = 0.4;          // two atoms on one place are no bond [A]
constexpr double kFlat = 0.15;             // [A]
constexpr double kLongestFlatBond = 1.50;  // an aromatic C-C has 1.40, a single one 1.53 [A]
constexpr double kLongestSulfurBond = 1.80;

double covalent_radius(int atomic_number) {
    switch (atomic_number) {
        case 5:
            return 0.84;
        case 6:
            return 0.76;
        case 7:
            return 0.71;
        case 8:
            return 0.66;
        case 9:
            return 0.57;
        case 14:
            return 1.11;
        case 15:
            return 1.07;
        case 16:
            return 1.05;
        case 17:
            return 1.02;
        case 33:
            return 1.19;
        case 34:
            return 1.20;
        case 35:
            return 1.20;
        case 52:
            return 1.38;
        case 53:
            return 1.39;
        default:
            return 0.76;
    }
}

bool can_bond(const PlacedAtom& placed) {
    return placed.residue->kind != chem::ResidueKind::water && !chem::is_metal(placed.atom->atomic_number);
}

using Ring = std::vector<std::int32_t>;

/// All simple cycles of five or six atoms through `path.front()`, which is their smallest index; each is
/// found in both directions.
void extend(Ring& path, const std::vector<std::vector<std::int32_t>>& neighbours, std::vector<Ring>& rings) {
    for (const auto next : neighbours[static_cast<std::size_t>(path.back())]) {
        if (next == path.front() && path.size() >= 5) rings.push_back(path);
        if (next <= path.front() || path.size() == 6) continue;
        if (std::find(path.begin(), path.end(), next) != path.end()) continue;
        path.push_back(next);
        extend(path, neighbours, rings);
        path.pop_back();
    }
}

bool is_flat(const Ring& ring, const std::vector<PlacedAtom>& atoms) {
    using Vector = std::array<double, 3>;
    const auto position = [&](std::size_t i) {
        return atoms[static_cast<std::size_t>(ring[i % ring.size()])].atom->position_angstrom;
    };
    Vector centre{}, normal{};
    for (std::size_t i = 0; i < ring.size(); ++i) {
        for (std::size_t k = 0; k < 3; ++k) centre[k] += position(i)[k] / static_cast<double>(ring.size());
    }
    for (std::size_t i = 0; i < ring.size(); ++i) {  // Newell's normal: sum of cross products around the ring
        const Vector a = position(i), b = position(i + 1);
        for (std::size_t k = 0; k < 3; ++k) {
            const std::size_t l = (k + 1) % 3, m = (k + 2) % 3;
            normal[k] += (a[l] - centre[l]) * (b[m] - centre[m]) - (a[m] - centre[m]) * (b[l] - centre[l]);
        }
    }
    const double length = std::hypot(normal[0], normal[1], normal[2]);
    for (std::size_t i = 0; i < ring.size(); ++i) {
        const Vector a = position(i);
        double height = 0;
        for (std::size_t k = 0; k < 3; ++k) height += (a[k] - centre[k]) * normal[k];
        if (!(std::abs(height) <= kFlat * length)) return false;
    }
    return true;
}

bool has_aromatic_bonds(const Ring& ring, const std::vector<PlacedAtom>& atoms,
                        const std::vector<std::vector<std::int32_t>>& neighbours) {
    for (std::size_t i = 0; i < ring.size(); ++i) {
        const auto here = static_cast<std::size_t>(ring[i]);
        const auto& a = *atoms[here].atom;
        const auto& b = *atoms[static_cast<std::size_t>(ring[(i + 1) % ring.size()])].atom;
        const int z = a.atomic_number;
        if ((z != 6 && z != 7 && z != 8 && z != 16) || neighbours[here].size() > 3) return false;
        const bool has_sulfur = a.atomic_number == 16 || b.atomic_number == 16;
        if (distance_angstrom(a, b) > (has_sulfur ? kLongestSulfurBond : kLongestFlatBond)) return false;
    }
    return true;
}

}  // namespace

double distance_angstrom(const chem::Atom& a, const chem::Atom& b) {
    const auto &x = a.position_angstrom, &y = b.position_angstrom;
    return std::hypot(x[0] - y[0], x[1] - y[1], x[2] - y[2]);
}

std::vector<std::array<std::int32_t, 2>> covalent_bonds(const std::vector<PlacedAtom>& atoms) {
    std::vector<std::array<std::int32_t, 2>> bonds;
    for (std::size_t i = 0; i < atoms.size(); ++i) {
        if (!can_bond(atoms[i])) continue;
        for (std::size_t j = i + 1; j < atoms.size(); ++j) {
            const double limit = covalent_radius(atoms[i].atom->atomic_number) +
                                 covalent_radius(atoms[j].atom->atomic_number) + kTolerance;
            const double dx = atoms[i].atom->position_angstrom[0] - atoms[j].atom->position_angstrom[0];
            if (std::abs(dx) >= limit || !can_bond(atoms[j])) continue;
            const double distance = distance_angstrom(*atoms[i].atom, *atoms[j].atom);
            if (distance < limit && distance > kTooClose) {
                bonds.push_back({static_cast<std::int32_t>(i), static_cast<std::int32_t>(j)});
            }
        }
    }
    return bonds;
}

std::vector<std::vector<std::int32_t>> neighbours_of(std::size_t atoms,
                                                     const std::vector<std::array<std::int32_t, 2>>& bonds) {
    std::vector<std::vector<std::int32_t>> neighbours(atoms);
    for (const auto& [a, b] : bonds) {
        neighbours[static_cast<std::size_t>(a)].push_back(b);
        neighbours[static_cast<std::size_t>(b)].push_back(a);
    }
    return neighbours;
}

std::vector<std::uint8_t> in_planar_ring(const std::vector<PlacedAtom>& atoms,
                                         const std::vector<std::vector<std::int32_t>>& neighbours) {
    std::vector<std::uint8_t> result(atoms.size(), 0);
    for (std::size_t i = 0; i < atoms.size(); ++i) {
        const auto kind = atoms[i].residue->kind;
        if (kind != chem::ResidueKind::other && kind != chem::ResidueKind::nucleotide) continue;
        std::vector<Ring> rings;
        Ring path = {static_cast<std::int32_t>(i)};
        extend(path, neighbours, rings);
        for (const auto& ring : rings) {
            if (!has_aromatic_bonds(ring, atoms, neighbours) || !is_flat(ring, atoms)) continue;
            for (const auto member : ring) result[static_cast<std::size_t>(member)] = 1;
        }
    }
    return result;
}

}  // namespace keyway::features

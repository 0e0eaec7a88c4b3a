/// Poses against bond lengths and the pocket's atoms.
#include "workflows/pose_check.hpp"

#include "keyway/sample/columns.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace keyway::workflows {
namespace {

using Position = std::array<float, 3>;

constexpr double kShortestBond = 0.9, kLongestBond = 2.6;  // [A]; Se-Br and Si-I lie inside
constexpr double kClosestContact = 1.2, kFarthestContact = 5.0;
constexpr int kOrders = 4;  // bond classes count the order fastest, single is 0

enum Element : std::uint8_t { kCarbon = 1, kNitrogen = 2, kOxygen = 3 };  // classes of the element column

double distance(const Position& a, const Position& b) {
    return std::hypot(double{a[0]} - b[0], double{a[1]} - b[1], double{a[2]} - b[2]);
}

std::uint8_t element(const LigandGraph& ligand, std::size_t atom) {
    return ligand.columns[atom * kLigandColumnCount];
}

/// Below this a bond between the two is not single; 0: no rule.
double shortest_single_bond(std::uint8_t a, std::uint8_t b) {
    if (a > b) std::swap(a, b);
    if (a != kCarbon) return 0;
    return b == kCarbon ? 1.45 : b == kNitrogen ? 1.40 : b == kOxygen ? 1.34 : 0;
}

Rejection refuse(const char* reason, std::string message) { return {"pose", reason, std::move(message)}; }

std::optional<Rejection> check_bonds(const LigandGraph& ligand, std::span<const Position> position) {
    const bool all_single = std::all_of(ligand.bond_types.begin(), ligand.bond_types.end(),
                                        [](std::uint8_t type) { return type % kOrders == 0; });
    int too_short = 0;
    for (const auto& [a, b] : ligand.bonds) {
        const double length = distance(position[a], position[b]);
        if (!(length >= kShortestBond && length <= kLongestBond))
            return refuse("BOND_LENGTH",
                          fmt::format("atoms {} and {} are bonded and {:.2f} A apart, expected {} to {}",
                                      a + 1, b + 1, length, kShortestBond, kLongestBond));
        too_short += length < shortest_single_bond(element(ligand, a), element(ligand, b));
    }
    if (all_single && too_short > 0)
        return refuse(
            "NO_BOND_ORDERS",
            fmt::format("all {} bonds are single, but {} are as short as multiple ones: the file was "
                        "made from coordinates alone",
                        ligand.bonds.size(), too_short));
    return std::nullopt;
}

}  // namespace

std::optional<Rejection> check_pose(const LigandGraph& ligand, std::span<const Position> position_in_pocket,
                                    std::span<const Position> pocket_position) {
    if (position_in_pocket.size() != ligand.atoms())
        return refuse("ATOM_COUNT", fmt::format("the pose has {} atoms, the ligand {}",
                                                position_in_pocket.size(), ligand.atoms()));
    if (auto refused = check_bonds(ligand, position_in_pocket)) return refused;
    double nearest = std::numeric_limits<double>::infinity();
    for (const auto& a : position_in_pocket)
        for (const auto& b : pocket_position) nearest = std::min(nearest, distance(a, b));
    if (nearest < kClosestContact)
        return refuse("CLASH", fmt::format("an atom is {:.2f} A from a pocket atom, expected {} or more",
                                           nearest, kClosestContact));
    if (nearest > kFarthestContact)
        return refuse("FAR_AWAY", fmt::format("the nearest pocket atom is {:.1f} A away, expected {} or less",
                                              nearest, kFarthestContact));
    return std::nullopt;
}

}  // namespace keyway::workflows

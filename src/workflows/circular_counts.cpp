/// Environments grow by one bond a round: an atom's hash takes in its sorted neighbours'.
#include "workflows/circular_counts.hpp"

#include "keyway/sample/columns.hpp"

#include <algorithm>
#include <cmath>
#include <map>

namespace keyway::workflows {
namespace {

constexpr int kRadiusBonds = 2;
/// Element, degree, hydrogens, charge, in a ring: the invariants of ECFP that the columns hold.
constexpr std::size_t kInvariants[] = {0, 1, 2, 3, 7};

/// Mixes one number into a hash (the finaliser of MurmurHash3 on the combination).
std::uint32_t mixed(std::uint32_t hash, std::uint32_t value) {
    hash ^= value + 0x9e3779b9u + (hash << 6) + (hash >> 2);
    hash ^= hash >> 16;
    hash *= 0x85ebca6bu;
    hash ^= hash >> 13;
    hash *= 0xc2b2ae35u;
    return hash ^ (hash >> 16);
}

}  // namespace

CircularCounts circular_counts(const LigandGraph& ligand) {
    const std::size_t atoms = ligand.atoms();
    std::vector<std::uint32_t> environment(atoms, 0);
    for (std::size_t atom = 0; atom < atoms; ++atom)
        for (const std::size_t column : kInvariants)
            environment[atom] =
                mixed(environment[atom], ligand.columns[atom * std::size_t{kLigandColumnCount} + column]);

    std::map<std::uint32_t, std::uint16_t> counts;
    for (const auto hash : environment) ++counts[hash];
    for (int round = 0; round < kRadiusBonds; ++round) {
        std::vector<std::vector<std::uint32_t>> around(atoms);
        for (std::size_t i = 0; i < ligand.bonds.size(); ++i) {
            const auto [a, b] = ligand.bonds[i];
            const std::uint32_t order = ligand.bond_types[i] % 4u;
            around[a].push_back(mixed(environment[b], order));
            around[b].push_back(mixed(environment[a], order));
        }
        for (std::size_t atom = 0; atom < atoms; ++atom) {
            std::sort(around[atom].begin(), around[atom].end());
            std::uint32_t hash = mixed(environment[atom], static_cast<std::uint32_t>(round + 1));
            for (const auto neighbour : around[atom]) hash = mixed(hash, neighbour);
            environment[atom] = hash;
            ++counts[hash];
        }
    }
    return {counts.begin(), counts.end()};
}

namespace {

template <class Counts>
double tanimoto(const Counts& a, const Counts& b) {
    double common = 0, all = 0;
    for (const auto& [hash, count] : a) all += count;
    for (const auto& [hash, count] : b) all += count;
    for (auto left = a.begin(), right = b.begin(); left != a.end() && right != b.end();) {
        if (left->first == right->first)
            common += std::min((left++)->second, (right++)->second);
        else
            left->first < right->first ? ++left : ++right;
    }
    return all > 0 ? common / (all - common) : 0;
}

}  // namespace

DampedCounts damped(const CircularCounts& counts) {
    DampedCounts damped;
    damped.reserve(counts.size());
    for (const auto& [hash, count] : counts) damped.emplace_back(hash, std::log1p(static_cast<float>(count)));
    return damped;
}

double similarity(const CircularCounts& a, const CircularCounts& b) { return tanimoto(a, b); }
double similarity(const DampedCounts& a, const DampedCounts& b) { return tanimoto(a, b); }

}  // namespace keyway::workflows

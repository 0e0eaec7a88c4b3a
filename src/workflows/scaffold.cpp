/// Prunes leaves until only rings and linkers are left, then hashes what remains.
#include "workflows/scaffold.hpp"

#include "keyway/sample/columns.hpp"

#include <algorithm>
#include <vector>

namespace keyway::workflows {
namespace {

std::uint64_t mixed(std::uint64_t hash, std::uint64_t value) {
    hash ^= value + 0x9e3779b97f4a7c15ull + (hash << 12) + (hash >> 4);
    hash *= 0xff51afd7ed558ccdull;
    return hash ^ (hash >> 33);
}

}  // namespace

std::uint64_t scaffold_of(const LigandGraph& ligand) {
    const std::size_t atoms = ligand.atoms();
    struct Neighbour {
        std::size_t atom;
        std::uint64_t order;
    };
    std::vector<std::vector<Neighbour>> around(atoms);
    for (std::size_t i = 0; i < ligand.bonds.size(); ++i) {
        const auto [a, b] = ligand.bonds[i];
        const std::uint64_t order = ligand.bond_types[i] % 4u;
        around[a].push_back({b, order});
        around[b].push_back({a, order});
    }
    std::vector<std::size_t> degree(atoms), leaves;
    std::vector<bool> kept(atoms, true);
    for (std::size_t atom = 0; atom < atoms; ++atom) {
        degree[atom] = around[atom].size();
        if (degree[atom] <= 1) leaves.push_back(atom);
    }
    while (!leaves.empty()) {
        const std::size_t atom = leaves.back();
        leaves.pop_back();
        if (!kept[atom]) continue;
        kept[atom] = false;
        for (const auto& next : around[atom])
            if (kept[next.atom] && --degree[next.atom] <= 1) leaves.push_back(next.atom);
    }

    std::vector<std::uint64_t> hash(atoms, 0);
    std::size_t remaining = 0;
    for (std::size_t atom = 0; atom < atoms; ++atom)
        if (kept[atom]) {
            hash[atom] = mixed(degree[atom], ligand.columns[atom * std::size_t{kLigandColumnCount}]);
            ++remaining;
        }
    if (remaining == 0) return 0;
    constexpr int kRounds = 12;  // as far as rings reach into each other
    for (int round = 0; round < kRounds; ++round) {
        auto next = hash;
        for (std::size_t atom = 0; atom < atoms; ++atom) {
            if (!kept[atom]) continue;
            std::vector<std::uint64_t> neighbours;
            for (const auto& other : around[atom])
                if (kept[other.atom]) neighbours.push_back(mixed(hash[other.atom], other.order));
            std::sort(neighbours.begin(), neighbours.end());
            for (const auto value : neighbours) next[atom] = mixed(next[atom], value);
        }
        hash = std::move(next);
    }
    std::vector<std::uint64_t> all;
    for (std::size_t atom = 0; atom < atoms; ++atom)
        if (kept[atom]) all.push_back(hash[atom]);
    std::sort(all.begin(), all.end());
    std::uint64_t total = remaining;
    for (const auto value : all) total = mixed(total, value);
    return std::max<std::uint64_t>(total, 1);
}

}  // namespace keyway::workflows

/// Hashes of the environments of each atom, as RDKit forms them.
#include "morgan_bits.hpp"

#include <GraphMol/ROMol.h>
#include <GraphMol/RingInfo.h>
#include <RDGeneral/hash/hash.hpp>

#include <algorithm>
#include <tuple>

namespace keyway::features {

std::vector<std::uint16_t> morgan_bits(const RDKit::ROMol& mol, std::uint32_t bits) {
    constexpr int kRadius = 2;
    const std::size_t atoms = mol.getNumAtoms(), words = (mol.getNumBonds() + 63) / 64;
    std::vector<std::uint32_t> invariant(atoms), next(atoms);
    std::vector<std::uint16_t> set;
    std::vector<std::uint32_t> parts;
    const auto& rings = *mol.getRingInfo();
    for (const auto* atom : mol.atoms()) {
        parts = {static_cast<std::uint32_t>(atom->getAtomicNum()), atom->getTotalDegree(),
                 atom->getTotalNumHs(), static_cast<std::uint32_t>(atom->getFormalCharge()),
                 0};  // 0: isotope's mass
        if (rings.numAtomRings(atom->getIdx()) > 0) parts.push_back(1);
        invariant[atom->getIdx()] =
            static_cast<std::uint32_t>(gboost::hash<std::vector<std::uint32_t>>()(parts));
        set.push_back(static_cast<std::uint16_t>(invariant[atom->getIdx()] % bits));
    }
    // The bonds that each atom's environment spans: of environments with the same bonds, one counts.
    using Bonds = std::vector<std::uint64_t>;
    std::vector<Bonds> around(atoms, Bonds(words, 0)), wider, known;
    std::vector<bool> finished(atoms, false);
    std::vector<std::pair<std::int32_t, std::uint32_t>> neighbours;
    std::vector<std::tuple<const Bonds*, std::uint32_t, unsigned>> found;
    for (int radius = 0; radius < kRadius; ++radius) {
        wider = around;
        found.clear();
        std::fill(next.begin(), next.end(), 0u);
        for (const auto* atom : mol.atoms()) {
            const unsigned i = atom->getIdx();
            if (finished[i]) continue;
            if (atom->getDegree() == 0) {
                finished[i] = true;
                continue;
            }
            neighbours.clear();
            for (const auto* bond : mol.atomBonds(atom)) {
                const unsigned other = bond->getOtherAtomIdx(i), index = bond->getIdx();
                wider[i][index / 64] |= std::uint64_t{1} << (index % 64);
                for (std::size_t w = 0; w < words; ++w) wider[i][w] |= around[other][w];
                neighbours.emplace_back(static_cast<std::int32_t>(bond->getBondType()), invariant[other]);
            }
            std::sort(neighbours.begin(), neighbours.end());
            auto hash = static_cast<std::uint32_t>(radius);
            gboost::hash_combine(hash, invariant[i]);
            for (const auto& neighbour : neighbours) gboost::hash_combine(hash, neighbour);
            next[i] = hash;
            found.emplace_back(&wider[i], hash, i);
        }
        std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) {
            const auto &x = *std::get<0>(a), &y = *std::get<0>(b);
            if (x != y) return x < y;
            return std::tie(std::get<1>(a), std::get<2>(a)) < std::tie(std::get<1>(b), std::get<2>(b));
        });
        for (const auto& [bonds, hash, i] : found) {
            if (std::find(known.begin(), known.end(), *bonds) != known.end()) {
                finished[i] = true;
                continue;
            }
            set.push_back(static_cast<std::uint16_t>(hash % bits));
            known.push_back(*bonds);
        }
        invariant.swap(next);
        around.swap(wider);
    }
    std::sort(set.begin(), set.end());
    set.erase(std::unique(set.begin(), set.end()), set.end());
    return set;
}

}  // namespace keyway::features

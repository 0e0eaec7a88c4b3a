/// Hashes of the environments of each atom, as RDKit forms them.
#include "morgan_bits.hpp"

#include <GraphMol/ROMol.h>
#include <GraphMol/RingInfo.h>
#include <RDGeneral/hash/hash.hpp>

#include <algorithm>

namespace keyway::features {
namespace {

/// The bonds that each atom's environment spans, one bit each: `words` words an atom.
class BondSets {
public:
    BondSets(std::size_t atoms, std::size_t bonds) : words_((bonds + 63) / 64), bits_(atoms * words_, 0) {}
    std::uint64_t* of(std::size_t atom) { return bits_.data() + atom * words_; }
    void add_bond(std::size_t atom, unsigned bond) { of(atom)[bond / 64] |= std::uint64_t{1} << (bond % 64); }
    void add_all(std::size_t atom, const std::uint64_t* other) {
        for (std::size_t w = 0; w < words_; ++w) of(atom)[w] |= other[w];
    }
    bool are_equal(const std::uint64_t* a, const std::uint64_t* b) const {
        for (std::size_t w = 0; w < words_; ++w)
            if (a[w] != b[w]) return false;
        return true;
    }
    bool is_less(const std::uint64_t* a, const std::uint64_t* b) const {
        return std::lexicographical_compare(a, a + words_, b, b + words_);
    }

private:
    std::size_t words_;
    std::vector<std::uint64_t> bits_;
};

struct Environment {
    const std::uint64_t* bonds;
    std::uint32_t hash;
    unsigned atom;
};

}  // namespace

std::vector<std::uint16_t> morgan_bits(const RDKit::ROMol& mol, std::uint32_t bits) {
    constexpr int kRadius = 2;
    const std::size_t atoms = mol.getNumAtoms();
    std::vector<std::uint32_t> invariant(atoms), next(atoms);
    std::vector<std::uint16_t> set;
    set.reserve((kRadius + 1) * atoms);
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
    // Of environments with the same bonds, one counts.
    std::vector<BondSets> around(kRadius + 1, BondSets(atoms, mol.getNumBonds()));
    std::vector<bool> finished(atoms, false);
    std::vector<std::pair<std::int32_t, std::uint32_t>> neighbours;
    std::vector<Environment> found;
    std::vector<const std::uint64_t*> known;
    known.reserve(kRadius * atoms);
    for (int radius = 0; radius < kRadius; ++radius) {
        BondSets &narrow = around[radius], &wider = around[radius + 1];
        wider = narrow;
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
                const unsigned other = bond->getOtherAtomIdx(i);
                wider.add_bond(i, bond->getIdx());
                wider.add_all(i, narrow.of(other));
                neighbours.emplace_back(static_cast<std::int32_t>(bond->getBondType()), invariant[other]);
            }
            std::sort(neighbours.begin(), neighbours.end());
            auto hash = static_cast<std::uint32_t>(radius);
            gboost::hash_combine(hash, invariant[i]);
            for (const auto& neighbour : neighbours) gboost::hash_combine(hash, neighbour);
            next[i] = hash;
            found.push_back({wider.of(i), hash, i});
        }
        std::sort(found.begin(), found.end(), [&](const Environment& a, const Environment& b) {
            if (!wider.are_equal(a.bonds, b.bonds)) return wider.is_less(a.bonds, b.bonds);
            return a.hash != b.hash ? a.hash < b.hash : a.atom < b.atom;
        });
        for (const Environment& environment : found) {
            const auto is_same = [&](const std::uint64_t* other) {
                return wider.are_equal(environment.bonds, other);
            };
            if (std::any_of(known.begin(), known.end(), is_same)) {
                finished[environment.atom] = true;
                continue;
            }
            set.push_back(static_cast<std::uint16_t>(environment.hash % bits));
            known.push_back(environment.bonds);
        }
        invariant.swap(next);
    }
    std::sort(set.begin(), set.end());
    set.erase(std::unique(set.begin(), set.end()), set.end());
    return set;
}

}  // namespace keyway::features

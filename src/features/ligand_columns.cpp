/// One rule for each atom column. Order of the columns: `kLigandColumns`.
#include "ligand_columns.hpp"

#include "functional_groups.hpp"

#include <GraphMol/ROMol.h>
#include <GraphMol/RingInfo.h>

#include <algorithm>
#include <array>

namespace keyway::features {
namespace {

using RDKit::Atom;
using RDKit::ROMol;

constexpr int kWalkSteps = 8, kFirstWalk = 13;  // column of the first step

std::uint8_t element_class(int atomic_number) {
    switch (atomic_number) {
        case 0:
            return 15;  // dummy
        case 6:
            return 1;
        case 7:
            return 2;
        case 8:
            return 3;
        case 9:
            return 4;
        case 15:
            return 5;
        case 16:
            return 6;
        case 17:
            return 7;
        case 35:
            return 8;
        case 53:
            return 9;
        case 5:
            return 10;
        case 14:
            return 11;
        case 34:
            return 12;
        case 33:
            return 13;
        case 1:
        case 2:
        case 10:
        case 18:
        case 36:
        case 52:
        case 54:
        case 85:
        case 86:
            return 0;
        default:
            return 14;  // metal
    }
}

std::uint8_t charge_class(int formal_charge) {
    if (formal_charge == 0) return 0;
    if (formal_charge > 0) return formal_charge == 1 ? 1 : 2;
    return formal_charge == -1 ? 3 : 4;
}

std::uint8_t hybridisation_class(Atom::HybridizationType hybridisation) {
    switch (hybridisation) {
        case Atom::S:
            return 1;
        case Atom::SP:
            return 2;
        case Atom::SP2:
            return 3;
        case Atom::SP3:
            return 4;
        case Atom::SP2D:
        case Atom::SP3D:
        case Atom::SP3D2:
            return 5;
        default:
            return 0;
    }
}

/// Probabilities are fractions of small integers and often fall on a half (p = 1/2 is 15.5): the small excess
/// makes them round up in whatever order the sum was formed.
std::uint8_t rounded(double probability) {
    return static_cast<std::uint8_t>(std::min(31.0, probability * 31.0 + 0.5 + 1e-9));
}

/// Return probabilities of a random walk along the bonds: diag(P^k), P = D^-1 A, k = 1..8 (RWSE). P is
/// reversible, so two half walks that meet give the return probability:
/// p_2h(i,i) = sum_j p_h(i,j) p_h(j,i), with p_h(j,i) = p_h(i,j) deg(i) / deg(j).
void add_random_walks(const ROMol& mol, std::vector<std::uint8_t>& columns) {
    constexpr std::size_t kTogether = 8, kPairs = kTogether / 2;  // walks from as many atoms side by side
    using Pair = double __attribute__((vector_size(2 * sizeof(double))));  // what any x86-64 register holds
    using Walks = std::array<Pair, kPairs>;
    const std::size_t atoms = mol.getNumAtoms();
    std::vector<std::size_t> first(atoms + 1, 0);
    std::vector<unsigned> neighbour;
    neighbour.reserve(2 * mol.getNumBonds());
    std::vector<double> share(atoms, 0);  // 1 / degree
    for (const auto* atom : mol.atoms()) {
        for (const auto* other : mol.atomNeighbors(atom)) neighbour.push_back(other->getIdx());
        const unsigned i = atom->getIdx();
        first[i + 1] = neighbour.size();
        if (first[i + 1] > first[i]) share[i] = 1.0 / static_cast<double>(first[i + 1] - first[i]);
    }
    std::vector<Walks> at(atoms), leaving(atoms), next(atoms);  // leaving[j]: what a neighbour of j gets
    for (std::size_t start = 0; start < atoms; start += kTogether) {
        const std::size_t count = std::min(kTogether, atoms - start);
        std::fill(at.begin(), at.end(), Walks{});
        std::fill(leaving.begin(), leaving.end(), Walks{});
        for (std::size_t k = 0; k < count; ++k) {
            at[start + k][k / 2][k % 2] = 1;
            leaving[start + k][k / 2][k % 2] = share[start + k];
        }
        for (int half = 1; half <= kWalkSteps / 2; ++half) {
            Walks odd{}, even{};  // 2 half - 1 and 2 half steps
            for (std::size_t j = 0; j < atoms; ++j) {
                Walks arrived{};
                for (std::size_t n = first[j]; n < first[j + 1]; ++n)
                    for (std::size_t p = 0; p < kPairs; ++p) arrived[p] += leaving[neighbour[n]][p];
                const double each = share[j];
                for (std::size_t p = 0; p < kPairs; ++p) {
                    const Pair leaves = arrived[p] * each;
                    odd[p] += at[j][p] * leaves;
                    even[p] += arrived[p] * leaves;
                    next[j][p] = leaves;
                    at[j][p] = arrived[p];
                }
            }
            leaving.swap(next);
            for (std::size_t k = 0; k < count; ++k) {
                const auto degree = static_cast<double>(first[start + k + 1] - first[start + k]);
                std::uint8_t* row = columns.data() + (start + k) * kLigandColumnCount + kFirstWalk;
                row[2 * half - 2] = rounded(odd[k / 2][k % 2] * degree);
                row[2 * half - 1] = rounded(even[k / 2][k % 2] * degree);
            }
        }
    }
}

std::uint8_t ring_size_bits(const RDKit::RingInfo& rings, unsigned atom) {
    int bits = 0;
    for (const int size : rings.atomRingSizes(atom))
        if (size >= 3 && size <= 8) bits |= 1 << (size - 3);
    return static_cast<std::uint8_t>(bits);
}

}  // namespace

std::vector<std::uint8_t> ligand_columns(const ROMol& mol, const std::vector<StereoCentre>& stereo) {
    const std::size_t atoms = mol.getNumAtoms();
    std::vector<std::uint8_t> columns(atoms * kLigandColumnCount, 0);  // [atoms, columns]
    const auto groups = functional_groups(mol);
    const auto& rings = *mol.getRingInfo();
    for (const auto* atom : mol.atoms()) {
        const unsigned i = atom->getIdx();
        std::uint8_t* row = columns.data() + std::size_t{i} * kLigandColumnCount;
        row[0] = element_class(atom->getAtomicNum());
        row[1] = static_cast<std::uint8_t>(std::min(atom->getDegree(), 7u));
        row[2] = static_cast<std::uint8_t>(std::min(atom->getTotalNumHs(), 4u));
        row[3] = charge_class(atom->getFormalCharge());
        row[4] = hybridisation_class(atom->getHybridization());
        row[5] = atom->getIsAromatic();
        row[6] = ring_size_bits(rings, i);
        row[7] = rings.numAtomRings(i) > 0;
        row[9] = groups[i].donor;
        row[10] = groups[i].acceptor;
        row[11] = groups[i].acid;
        row[12] = groups[i].base;
    }
    add_random_walks(mol, columns);
    for (const auto& centre : stereo) columns[std::size_t{centre.atom} * kLigandColumnCount + 8] = 1;
    return columns;
}

static_assert(kLigandColumnCount == kFirstWalk + kWalkSteps && kLigandColumns[8].name == "stereocentre" &&
                  kLigandColumns[kFirstWalk].name == "rwse_1",
              "ligand_columns writes the columns by position");

}  // namespace keyway::features

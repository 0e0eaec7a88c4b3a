/// One rule for each atom column. Order of the columns: `kLigandColumns`.
#include "ligand_columns.hpp"

#include "functional_groups.hpp"

#include <GraphMol/ROMol.h>
#include <GraphMol/RingInfo.h>

#include <algorithm>

namespace keyway::features {
namespace {

using RDKit::Atom;
using RDKit::ROMol;

constexpr int kWalkSteps = 8;

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

/// Return probabilities of a random walk along the bonds: diag(P^k), P = D^-1 A, k = 1..8 (RWSE).
class RandomWalk {
public:
    explicit RandomWalk(const ROMol& mol)
        : first_(mol.getNumAtoms() + 1, 0), now_(mol.getNumAtoms()), next_(mol.getNumAtoms()) {
        neighbour_.reserve(2 * mol.getNumBonds());
        for (const auto* atom : mol.atoms()) {
            for (const auto* other : mol.atomNeighbors(atom)) neighbour_.push_back(other->getIdx());
            first_[atom->getIdx() + 1] = neighbour_.size();
        }
    }

    /// Classes of steps 1..8 for one atom. P is reversible, so two half walks that meet give the return
    /// probability: p_2h(i,i) = sum_j p_h(i,j) p_h(j,i), with p_h(j,i) = p_h(i,j) deg(i) / deg(j).
    void classes(std::size_t start, std::uint8_t* out) {
        std::fill(out, out + kWalkSteps, std::uint8_t{0});
        const double start_degree = degree(start);
        if (start_degree == 0) return;
        std::fill(now_.begin(), now_.end(), 0.0);
        now_[start] = 1.0;
        for (int half = 1; half <= kWalkSteps / 2; ++half) {
            step();
            double odd = 0, even = 0;  // 2 half - 1 and 2 half steps
            for (std::size_t j = 0; j < now_.size(); ++j) {
                if (next_[j] == 0) continue;
                const double back = next_[j] * start_degree / degree(j);
                odd += now_[j] * back;
                even += next_[j] * back;
            }
            out[2 * half - 2] = rounded(odd);
            out[2 * half - 1] = rounded(even);
            now_.swap(next_);
        }
    }

private:
    double degree(std::size_t atom) const { return static_cast<double>(first_[atom + 1] - first_[atom]); }

    void step() {
        std::fill(next_.begin(), next_.end(), 0.0);
        for (std::size_t j = 0; j < now_.size(); ++j) {
            if (now_[j] == 0) continue;
            const double share = now_[j] / degree(j);
            for (std::size_t k = first_[j]; k < first_[j + 1]; ++k) next_[neighbour_[k]] += share;
        }
    }

    /// Probabilities are fractions of small integers and often fall on a half (p = 1/2 is 15.5): the small
    /// excess makes them round up in whatever order the sum was formed.
    static std::uint8_t rounded(double probability) {
        return static_cast<std::uint8_t>(std::min(31.0, probability * 31.0 + 0.5 + 1e-9));
    }

    std::vector<std::size_t> first_;
    std::vector<unsigned> neighbour_;
    std::vector<double> now_, next_;
};

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
    RandomWalk walk(mol);
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
        walk.classes(i, row + 13);
    }
    for (const auto& centre : stereo) columns[std::size_t{centre.atom} * kLigandColumnCount + 8] = 1;
    return columns;
}

static_assert(kLigandColumnCount == 13 + kWalkSteps && kLigandColumns[8].name == "stereocentre" &&
                  kLigandColumns[13].name == "rwse_1",
              "ligand_columns writes the columns by position");

}  // namespace keyway::features

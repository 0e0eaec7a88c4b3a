/// Alternate locations: which conformer of each residue is kept.
///
/// Atoms of one position (chain, number, insertion code) share a letter. Positions next to each other in
/// sequence that both have letters form a run and take the same one, so that a loop is not stitched from two
/// conformers: the letter with the highest sum over positions of its mean occupancy; a tie goes to the one
/// that comes first.
#include "chem/raw_structure.hpp"
#include "chem/residue_names.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>
#include <tuple>

namespace keyway::chem {
namespace {

/// Letters in order of appearance with their weight.
using Weights = std::vector<std::pair<char, double>>;

struct Position {
    std::vector<std::size_t> residues;  // more than one: the residue's type differs between conformers
    Weights mean_occupancy;
};

double& weight_of(Weights& weights, char letter) {
    const auto found =
        std::find_if(weights.begin(), weights.end(), [&](const auto& w) { return w.first == letter; });
    if (found != weights.end()) return found->second;
    return weights.emplace_back(letter, 0.0).second;
}

bool has(const Weights& weights, char letter) {
    return std::any_of(weights.begin(), weights.end(), [&](const auto& w) { return w.first == letter; });
}

char best_letter(const Weights& weights) {
    char best = ' ';
    double best_weight = -1;
    for (const auto& [letter, weight] : weights) {
        if (weight > best_weight + 1e-4) best = letter, best_weight = weight;
    }
    return best;
}

Weights mean_occupancies(const RawStructure& structure, const std::vector<std::size_t>& residues) {
    Weights sums, counts;
    for (const auto r : residues) {
        for (const auto& atom : structure.residues[r].atoms) {
            if (atom.altloc == ' ') continue;
            weight_of(sums, atom.altloc) += atom.occupancy;
            weight_of(counts, atom.altloc) += 1;
        }
    }
    for (auto& [letter, sum] : sums) sum /= weight_of(counts, letter);
    return sums;
}

/// Positions that have letters, in file order.
std::vector<Position> positions_with_letters(const RawStructure& structure) {
    std::map<std::tuple<std::string, std::string, int, char>, std::size_t> index;
    std::vector<Position> positions;
    for (std::size_t r = 0; r < structure.residues.size(); ++r) {
        const auto& residue = structure.residues[r];
        const auto [at, is_new] = index.try_emplace(
            {residue.chain, residue.segment, residue.number, residue.insertion_code}, positions.size());
        if (is_new) positions.emplace_back();
        positions[at->second].residues.push_back(r);
    }
    for (auto& position : positions) position.mean_occupancy = mean_occupancies(structure, position.residues);
    std::erase_if(positions, [](const Position& p) { return p.mean_occupancy.empty(); });
    return positions;
}

bool in_one_run(const RawResidue& a, const RawResidue& b) {
    return a.chain == b.chain && a.segment == b.segment && std::abs(a.number - b.number) <= 1 &&
           !is_water(a.name) && !is_water(b.name);
}

void keep_letter(RawStructure& structure, const Position& position, char letter) {
    const auto with_letter = [&](const RawResidue& residue) {
        return std::any_of(residue.atoms.begin(), residue.atoms.end(),
                           [&](const RawAtom& atom) { return atom.altloc == letter; });
    };
    for (const auto r : position.residues) {
        auto& residue = structure.residues[r];
        const bool all_blank = std::all_of(residue.atoms.begin(), residue.atoms.end(),
                                           [](const RawAtom& atom) { return atom.altloc == ' '; });
        if (all_blank) continue;
        if (!with_letter(residue)) {  // the other residue type of this position was chosen
            residue.atoms.clear();
            continue;
        }
        std::vector<RawAtom> kept;
        for (const auto& atom : residue.atoms) {
            if (atom.altloc == ' ' || atom.altloc == letter) kept.push_back(atom);
        }
        // An atom that the chosen conformer lacks is better taken from another one than missing.
        for (const auto& atom : residue.atoms) {
            const auto same = [&](const RawAtom& other) { return other.name == atom.name; };
            if (std::none_of(kept.begin(), kept.end(), same)) kept.push_back(atom);
        }
        residue.atoms = std::move(kept);
    }
}

}  // namespace

void choose_conformer(RawStructure& structure) {
    const auto positions = positions_with_letters(structure);
    std::size_t changed = 0;
    for (std::size_t begin = 0; begin < positions.size();) {
        std::size_t end = begin + 1;
        while (end < positions.size() && in_one_run(structure.residues[positions[end - 1].residues[0]],
                                                    structure.residues[positions[end].residues[0]])) {
            ++end;
        }
        Weights total;
        for (auto p = begin; p < end; ++p) {
            for (const auto& [letter, weight] : positions[p].mean_occupancy)
                weight_of(total, letter) += weight;
        }
        const char common = best_letter(total);
        for (auto p = begin; p < end; ++p) {
            const auto& own = positions[p].mean_occupancy;
            keep_letter(structure, positions[p], has(own, common) ? common : best_letter(own));
            if (own.size() > 1) ++changed;
        }
        begin = end;
    }
    if (changed > 0) {
        structure.notes.push_back(
            fmt::format("kept the most occupied of several alternate locations of {} residue{}", changed,
                        changed == 1 ? "" : "s"));
    }
}

}  // namespace keyway::chem

/// Residue centres, then all pairs of them.
#include "workflows/pocket_counts.hpp"

#include "keyway/sample/columns.hpp"

#include <cmath>
#include <map>

namespace keyway::workflows {

CircularCounts pocket_counts(const PocketGraph& pocket) {
    constexpr double kBinAngstrom = 2, kReachAngstrom = 16;
    struct Residue {
        std::uint32_t type = 0;
        std::array<double, 3> centre{};
        int atoms = 0;
    };
    std::vector<Residue> residues(pocket.residue_labels.size());
    for (std::size_t atom = 0; atom < pocket.atoms(); ++atom) {
        auto& residue = residues[static_cast<std::size_t>(pocket.residue[atom])];
        residue.type = pocket.columns[atom * std::size_t{kPocketColumnCount} + 1];
        for (std::size_t axis = 0; axis < 3; ++axis)
            residue.centre[axis] += static_cast<double>(pocket.position_in_pocket[atom][axis]);
        ++residue.atoms;
    }
    std::erase_if(residues, [](const auto& residue) { return residue.atoms == 0; });
    std::map<std::uint32_t, std::uint16_t> counts;
    for (std::size_t i = 0; i < residues.size(); ++i) {
        ++counts[residues[i].type];
        for (std::size_t j = 0; j < i; ++j) {
            double squared = 0;
            for (std::size_t axis = 0; axis < 3; ++axis) {
                const double step = residues[i].centre[axis] / residues[i].atoms -
                                    residues[j].centre[axis] / residues[j].atoms;
                squared += step * step;
            }
            if (squared > kReachAngstrom * kReachAngstrom) continue;
            const auto bin = static_cast<std::uint32_t>(std::sqrt(squared) / kBinAngstrom);
            const auto low = std::min(residues[i].type, residues[j].type);
            const auto high = std::max(residues[i].type, residues[j].type);
            ++counts[1000 + (low * 64 + high) * 64 + bin];
        }
    }
    return {counts.begin(), counts.end()};
}

}  // namespace keyway::workflows

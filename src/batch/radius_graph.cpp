/// Brute force: a pocket has a few hundred atoms, so no cell list would be quicker by enough to matter.
#include "radius_graph.hpp"

#include <algorithm>

namespace keyway::batch {

namespace {

constexpr double kCoincident = 1e-3;

std::int64_t class_of(const PocketGraph& pocket, const std::vector<std::vector<std::int32_t>>& bonded,
                      std::size_t i, std::size_t j) {
    if (std::find(bonded[i].begin(), bonded[i].end(), static_cast<std::int32_t>(j)) != bonded[i].end())
        return 0;
    return pocket.residue[i] == pocket.residue[j] ? 1 : 2;
}

}  // namespace

RadiusGraph radius_graph(const PocketGraph& pocket, const std::vector<std::array<double, 3>>& position,
                         double cutoff_angstrom) {
    const std::size_t atoms = pocket.atoms();
    std::vector<std::vector<std::int32_t>> bonded(atoms);
    for (const auto& [a, b] : pocket.bonds) {
        bonded[a].push_back(b);
        bonded[b].push_back(a);
    }
    RadiusGraph graph;
    graph.ptr.push_back(0);
    for (std::size_t i = 0; i < atoms; ++i) {
        for (std::size_t j = 0; j < atoms; ++j) {
            const double x = position[j][0] - position[i][0], y = position[j][1] - position[i][1],
                         z = position[j][2] - position[i][2], squared = x * x + y * y + z * z;
            if (squared >= cutoff_angstrom * cutoff_angstrom || squared < kCoincident * kCoincident) continue;
            graph.receiver.push_back(static_cast<std::int64_t>(i));
            graph.sender.push_back(static_cast<std::int64_t>(j));
            graph.edge_class.push_back(class_of(pocket, bonded, i, j));
        }
        graph.ptr.push_back(static_cast<std::int64_t>(graph.sender.size()));
    }
    // Receivers meet each sender's edges in ascending order, so a cursor per row finds the reverse edge.
    graph.reverse.resize(graph.sender.size());
    std::vector<std::int64_t> cursor(graph.ptr.begin(), graph.ptr.end() - 1);
    for (std::size_t e = 0; e < graph.sender.size(); ++e) graph.reverse[e] = cursor[graph.sender[e]]++;
    return graph;
}

}  // namespace keyway::batch

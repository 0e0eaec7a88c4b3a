/// A ligand graph finds its own inconsistencies; similarity is Tanimoto's.
#include "keyway/sample/ligand_graph.hpp"

#include "keyway/core/error.hpp"
#include "keyway/sample/columns.hpp"

#include <gtest/gtest.h>

#include <functional>

namespace keyway {
namespace {

LigandGraph ethanol_like() {
    LigandGraph graph;
    graph.id = "x";
    graph.columns.assign(3 * kLigandColumns.size(), 1);
    graph.bonds = {{0, 1}, {1, 2}};
    graph.bond_types = {0, 0};
    graph.fingerprint = {3, 17, 2000};
    return graph;
}

TEST(LigandGraph, ASoundOnePasses) {
    EXPECT_NO_THROW(ethanol_like().check());
    EXPECT_EQ(ethanol_like().atoms(), 3u);
}

TEST(LigandGraph, EveryInconsistencyIsFound) {
    const std::vector<std::function<void(LigandGraph&)>> breakages = {
        [](LigandGraph& g) { g.columns.clear(); },
        [](LigandGraph& g) { g.columns.push_back(0); },
        [](LigandGraph& g) { g.columns[1] = 200; },
        [](LigandGraph& g) {
            g.bonds[0] = {0, 3};
        },
        [](LigandGraph& g) {
            g.bonds[0] = {1, 1};
        },
        [](LigandGraph& g) { g.bond_types.pop_back(); },
        [](LigandGraph& g) { g.bond_types[0] = kBondClasses; },
        [](LigandGraph& g) {
            g.stereo = {{1, {0, 2, 0, -1}, 0}};
        },
        [](LigandGraph& g) {
            g.stereo = {{1, {0, -1, 0, 2}, 1}};
        },
        [](LigandGraph& g) {
            g.fingerprint = {5, 5};
        },
        [](LigandGraph& g) { g.fingerprint = {kFingerprintBits}; },
    };
    for (std::size_t i = 0; i < breakages.size(); ++i) {
        auto graph = ethanol_like();
        breakages[i](graph);
        EXPECT_THROW(graph.check(), Error) << "breakage " << i;
    }
}

TEST(Tanimoto, CountsCommonOverAllBits) {
    EXPECT_DOUBLE_EQ(tanimoto({1, 2, 3}, {2, 3, 4}), 0.5);
    EXPECT_DOUBLE_EQ(tanimoto({1, 2}, {1, 2}), 1.0);
    EXPECT_DOUBLE_EQ(tanimoto({1}, {}), 0.0);
    EXPECT_DOUBLE_EQ(tanimoto({}, {}), 0.0);
}

}  // namespace
}  // namespace keyway

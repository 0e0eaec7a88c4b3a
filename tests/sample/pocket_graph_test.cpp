/// A pocket graph finds its own inconsistencies.
#include "keyway/sample/pocket_graph.hpp"

#include "keyway/core/error.hpp"
#include "keyway/sample/columns.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>

namespace keyway {
namespace {

PocketGraph three_atoms() {
    PocketGraph graph;
    graph.position_in_pocket = {{0, 0, 0}, {1.5f, 0, 0}, {0, 1.5f, 0}};
    graph.columns.assign(3 * kPocketColumns.size(), 1);
    graph.is_token = {1, 0, 1};
    graph.residue = {0, 0, 1};
    graph.residue_labels = {"A:GLY:1", "A:ALA:2"};
    graph.bonds = {{0, 1}};
    return graph;
}

TEST(PocketGraph, ASoundOnePasses) { EXPECT_NO_THROW(three_atoms().check()); }

TEST(PocketGraph, EveryInconsistencyIsFound) {
    const std::vector<std::function<void(PocketGraph&)>> breakages = {
        [](PocketGraph& g) { g.columns.pop_back(); },
        [](PocketGraph& g) { g.columns[0] = 99; },
        [](PocketGraph& g) { g.is_token.pop_back(); },
        [](PocketGraph& g) { g.is_token[0] = 2; },
        [](PocketGraph& g) { g.residue = {0, 1, 0}; },
        [](PocketGraph& g) { g.residue[2] = 2; },
        [](PocketGraph& g) { g.atom_names = {"CA"}; },
        [](PocketGraph& g) { g.bonds[0] = {1, 0}; },
        [](PocketGraph& g) { g.bonds[0] = {0, 3}; },
        [](PocketGraph& g) { g.position_in_pocket[1][2] = NAN; },
    };
    for (std::size_t i = 0; i < breakages.size(); ++i) {
        auto graph = three_atoms();
        breakages[i](graph);
        EXPECT_THROW(graph.check(), Error) << "breakage " << i;
    }
}

}  // namespace
}  // namespace keyway

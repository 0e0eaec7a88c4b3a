/// Ligand graphs for tests.
#pragma once

#include "keyway/chem/read_ligand.hpp"
#include "keyway/features/features.hpp"
#include "keyway/sample/columns.hpp"

#include <gtest/gtest.h>

#include <string>

namespace keyway::testing {

/// The graph of a SMILES that must be good.
inline LigandGraph graph_of(const std::string& smiles, const chem::LigandOptions& options = {}) {
    const auto molecule = chem::parse_smiles(smiles, "x", options);
    if (!molecule) throw std::runtime_error(smiles + ": " + molecule.rejection().message);
    auto graph = features::ligand_graph(molecule.value());
    if (!graph) throw std::runtime_error(smiles + ": " + graph.rejection().message);
    graph.value().check();
    return graph.value();
}

/// A column's value by its name.
inline int column(const LigandGraph& graph, std::size_t atom, std::string_view name) {
    for (std::size_t c = 0; c < kLigandColumns.size(); ++c)
        if (kLigandColumns[c].name == name) return graph.columns[atom * kLigandColumns.size() + c];
    throw std::runtime_error("no column " + std::string(name));
}

/// One digit for each atom: the values of a column of 0 and 1.
inline std::string flags(const LigandGraph& graph, std::string_view name) {
    std::string text;
    for (std::size_t i = 0; i < graph.atoms(); ++i) text += static_cast<char>('0' + column(graph, i, name));
    return text;
}

}  // namespace keyway::testing

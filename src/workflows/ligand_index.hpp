/// Which ligands a dataset holds already: equal compounds are stored once.
#pragma once

#include "keyway/sample/ligand_graph.hpp"
#include "keyway/store/dataset_file.hpp"

#include <cstdint>
#include <string>
#include <unordered_map>

namespace keyway::workflows {

/// A pose lists positions by atom number, so a row with a pose may share only a graph with the same
/// numbering.
enum class AtomOrder { any, same };

/// Grows by about 200 bytes per distinct compound.
class LigandIndex {
public:
    explicit LigandIndex(store::DatasetWriter& writer) : writer_(writer) {}

    /// Index of a stored graph with this canonical SMILES; writes `ligand` if there is none.
    std::int32_t add(const LigandGraph& ligand, AtomOrder order);
    std::uint64_t size() const { return size_; }

private:
    store::DatasetWriter& writer_;
    std::unordered_map<std::string, std::int32_t> by_smiles_, by_graph_;
    std::uint64_t size_ = 0;
};

}  // namespace keyway::workflows

/// Finds equal ligands by SMILES, or by every array of the graph.
#include "ligand_index.hpp"

#include "keyway/core/sha256.hpp"

namespace keyway::workflows {
namespace {

template <class T>
void add_rows(Sha256& hash, const std::vector<T>& rows) {
    hash.update(std::to_string(rows.size()) + '|');
    hash.update(rows.data(), rows.size() * sizeof(T));
}

/// Everything that depends on how atoms are numbered.
std::string graph_key(const LigandGraph& ligand) {
    Sha256 hash;
    hash.update(ligand.smiles + '|');
    add_rows(hash, ligand.columns);
    add_rows(hash, ligand.bonds);
    add_rows(hash, ligand.bond_types);
    for (const auto& centre : ligand.stereo) {
        hash.update(&centre.atom, sizeof centre.atom);
        hash.update(centre.neighbour.data(), sizeof centre.neighbour);
        hash.update(&centre.sign, sizeof centre.sign);
    }
    return hash.finish();
}

}  // namespace

std::int32_t LigandIndex::add(const LigandGraph& ligand, AtomOrder order) {
    if (order == AtomOrder::any)
        if (const auto found = by_smiles_.find(ligand.smiles); found != by_smiles_.end())
            return found->second;
    const std::string key = graph_key(ligand);
    if (const auto found = by_graph_.find(key); found != by_graph_.end()) return found->second;
    const std::int32_t index = writer_.add(ligand);
    by_smiles_.emplace(ligand.smiles, index);
    by_graph_.emplace(key, index);
    ++size_;
    return index;
}

}  // namespace keyway::workflows

/// Some ligands end to end as integers, the input of one walk through the CPU engine.
#pragma once

#include "model/cpu_engine_weights.hpp"

#include "keyway/sample/ligand_graph.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace keyway::model {

/// Buffers are reused from chunk to chunk.
struct LigandChunk {
    std::vector<std::int64_t> atom_ptr;                      ///< [L + 1]
    std::vector<std::int32_t> ligand_of_atom;                ///< [A]
    std::vector<std::int32_t> feature;                       ///< [A, columns] rows of the embedding table
    std::vector<std::int32_t> bond_ptr, sender, bond_class;  ///< both directions, grouped by receiver
    std::vector<std::int32_t> centre;                        ///< [S] atom
    std::vector<std::int32_t> neighbour;                     ///< [4 S]; -1: implicit hydrogen
    std::vector<std::int32_t> neighbour_row;                 ///< the same with atom 0 instead of -1
    Floats sign;                                             ///< [S]
    std::vector<std::int32_t> bit_ptr, bit;  ///< set bits of the fingerprints, ligand by ligand

    std::int64_t ligands() const { return static_cast<std::int64_t>(atom_ptr.size()) - 1; }
    std::int64_t atoms() const { return atom_ptr.back(); }
    std::int64_t first_atom(std::int64_t l) const { return atom_ptr[l]; }
    std::int64_t atoms_of(std::int64_t l) const { return atom_ptr[l + 1] - atom_ptr[l]; }

    /// Throws Error(input) for a ligand without atoms, Error(failure) for a graph that fails its own check.
    void assign(std::span<const LigandGraph> ligands);

private:
    void append(const LigandGraph& ligand);
};

}  // namespace keyway::model

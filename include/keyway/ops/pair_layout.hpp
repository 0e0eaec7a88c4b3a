/// How ragged ligand atoms and pocket tokens are laid out as dense blocks for pair operations.
///
/// One block per ligand serves everything that differs between ligands of one pocket. One block per pocket
/// holds the atoms of all its ligands: with a single pocket that is one dense problem without padding.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

namespace keyway::ops {

/// Ragged offsets on the host. A atoms in all, T tokens in all.
struct PairOffsets {
    std::vector<std::int64_t> atom_ptr;          ///< [ligands + 1]
    std::vector<std::int64_t> token_ptr;         ///< [pockets + 1]
    std::vector<std::int64_t> pocket_of_ligand;  ///< [ligands]
};

class PairLayout {
public:
    static PairLayout by_ligand(const PairOffsets& offsets, at::Device device);
    static PairLayout by_pocket(const PairOffsets& offsets, at::Device device);
    /// The one of the two that computes fewer padded pairs.
    static PairLayout smallest(const PairOffsets& offsets, at::Device device);

    std::int64_t blocks() const { return blocks_; }
    std::int64_t rows() const { return rows_; }        ///< atoms of a block, padded
    std::int64_t columns() const { return columns_; }  ///< tokens of a block, padded

    at::Tensor atoms_to_blocks(const at::Tensor& x) const;   ///< [A, ...] -> [blocks, rows, ...]
    at::Tensor blocks_to_atoms(const at::Tensor& x) const;   ///< [blocks, rows, ...] -> [A, ...]
    at::Tensor tokens_to_blocks(const at::Tensor& x) const;  ///< [T, ...] -> [blocks, columns, ...]
    /// [blocks, rows, columns, ...] -> [pairs, ...], pairs sorted by atom, then token.
    at::Tensor blocks_to_pairs(const at::Tensor& x) const;

    /// True where a slot is real. Undefined where there is no padding.
    const at::Tensor& atom_mask() const { return atom_mask_; }    ///< [blocks, rows]
    const at::Tensor& token_mask() const { return token_mask_; }  ///< [blocks, columns]

private:
    struct Plan;
    static PairLayout build(const PairOffsets& offsets, const Plan& plan, at::Device device);

    std::int64_t blocks_ = 0, rows_ = 0, columns_ = 0;
    bool single_block_ = false;   // atoms already lie as one block
    bool single_pocket_ = false;  // every block sees the same tokens
    at::Tensor slot_of_atom_;     // [A] in [0, blocks * rows)
    at::Tensor atom_of_slot_;     // [blocks * rows]; padding points at atom 0
    at::Tensor token_of_slot_;    // [blocks * columns]; padding points at token 0
    at::Tensor atom_mask_, token_mask_;
};

}  // namespace keyway::ops

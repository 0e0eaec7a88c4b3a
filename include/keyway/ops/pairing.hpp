/// Which atoms meet which tokens: dense blocks for the reference, lists of pair blocks for the CPU kernels.
#pragma once

#include "keyway/ops/pair_layout.hpp"

namespace keyway::ops {

/// `dense` and `shared_blocks` serve what is equal for all ligands of a pocket, the others what each ligand
/// owns: arrays of changes [L, most, d], one row for each token of the ligand's pocket, padded to `most`.
struct Pairing {
    Pairing(const PairOffsets& offsets, at::Device device);

    PairLayout dense, by_ligand;
    std::int64_t ligands = 0, most = 0;
    at::Tensor shared_blocks, ligand_blocks;  ///< [blocks, 5] int64 on the host: cpu::PairBlock
};

}  // namespace keyway::ops

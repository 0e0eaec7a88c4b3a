/// Blocks of at most kAtomsAtOnce atoms for the kernels: consecutive ligands of a pocket share one.
#include "keyway/ops/pairing.hpp"

#include <ATen/ATen.h>

namespace keyway::ops {
namespace {

constexpr std::int64_t kAtomsAtOnce = 32;

at::Tensor table(const std::vector<std::int64_t>& numbers) {
    return at::tensor(numbers, at::kLong).view({-1, 5});
}

at::Tensor blocks_of_ligands(const PairOffsets& offsets, std::int64_t most) {
    std::vector<std::int64_t> blocks;
    for (std::size_t l = 0; l < offsets.pocket_of_ligand.size(); ++l) {
        const std::int64_t first = offsets.token_ptr[offsets.pocket_of_ligand[l]],
                           end = offsets.token_ptr[offsets.pocket_of_ligand[l] + 1];
        blocks.insert(blocks.end(), {offsets.atom_ptr[l], offsets.atom_ptr[l + 1] - offsets.atom_ptr[l],
                                     first, end - first, static_cast<std::int64_t>(l) * most});
    }
    return table(blocks);
}

at::Tensor blocks_of_pockets(const PairOffsets& offsets) {
    std::vector<std::int64_t> blocks;
    const std::size_t ligands = offsets.pocket_of_ligand.size();
    for (std::size_t l = 0; l < ligands;) {
        const std::int64_t pocket = offsets.pocket_of_ligand[l], first = offsets.atom_ptr[l];
        while (l < ligands && offsets.pocket_of_ligand[l] == pocket) ++l;
        for (std::int64_t atom = first; atom < offsets.atom_ptr[l]; atom += kAtomsAtOnce)
            blocks.insert(blocks.end(), {atom, std::min(kAtomsAtOnce, offsets.atom_ptr[l] - atom),
                                         offsets.token_ptr[pocket],
                                         offsets.token_ptr[pocket + 1] - offsets.token_ptr[pocket], 0});
    }
    return table(blocks);
}

}  // namespace

Pairing::Pairing(const PairOffsets& offsets, at::Device device)
    : dense(PairLayout::smallest(offsets, device)),
      by_ligand(PairLayout::by_ligand(offsets, device)),
      ligands(by_ligand.blocks()),
      most(by_ligand.columns()),
      shared_blocks(blocks_of_pockets(offsets)),
      ligand_blocks(blocks_of_ligands(offsets, most)) {}

}  // namespace keyway::ops

/// Index tensors that carry ragged atoms and tokens into dense blocks and back.
#include "keyway/ops/pair_layout.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <numeric>

namespace keyway::ops {

/// For each ligand its block and the row where its atoms begin; for each block its pocket.
struct PairLayout::Plan {
    std::vector<std::int64_t> block_of_ligand, first_row;
    std::vector<std::int64_t> pocket_of_block, rows_of_block;

    std::int64_t rows() const { return *std::max_element(rows_of_block.begin(), rows_of_block.end()); }
    std::int64_t columns(const PairOffsets& offsets) const {
        std::int64_t most = 0;
        for (const auto p : pocket_of_block)
            most = std::max(most, offsets.token_ptr[p + 1] - offsets.token_ptr[p]);
        return most;
    }

    static Plan by_ligand(const PairOffsets& offsets) {
        Plan plan;
        for (std::size_t l = 0; l < offsets.pocket_of_ligand.size(); ++l) {
            plan.block_of_ligand.push_back(static_cast<std::int64_t>(l));
            plan.first_row.push_back(0);
            plan.pocket_of_block.push_back(offsets.pocket_of_ligand[l]);
            plan.rows_of_block.push_back(offsets.atom_ptr[l + 1] - offsets.atom_ptr[l]);
        }
        return plan;
    }

    // Only pockets that have ligands get a block.
    static Plan by_pocket(const PairOffsets& offsets) {
        Plan plan;
        std::vector<std::int64_t> block_of_pocket(offsets.token_ptr.size() - 1, -1);
        for (std::size_t l = 0; l < offsets.pocket_of_ligand.size(); ++l) {
            auto& block = block_of_pocket[offsets.pocket_of_ligand[l]];
            if (block < 0) {
                block = static_cast<std::int64_t>(plan.pocket_of_block.size());
                plan.pocket_of_block.push_back(offsets.pocket_of_ligand[l]);
                plan.rows_of_block.push_back(0);
            }
            plan.block_of_ligand.push_back(block);
            plan.first_row.push_back(plan.rows_of_block[block]);
            plan.rows_of_block[block] += offsets.atom_ptr[l + 1] - offsets.atom_ptr[l];
        }
        return plan;
    }
};

namespace {

at::Tensor to_device(const std::vector<std::int64_t>& values, at::Device device) {
    return at::tensor(values, at::kLong).to(device);
}

}  // namespace

PairLayout PairLayout::build(const PairOffsets& offsets, const Plan& plan, at::Device device) {
    PairLayout layout;
    layout.blocks_ = static_cast<std::int64_t>(plan.pocket_of_block.size());
    layout.rows_ = plan.rows();
    layout.columns_ = plan.columns(offsets);
    layout.single_block_ = layout.blocks_ == 1;
    layout.single_pocket_ = offsets.token_ptr.size() == 2;

    std::vector<std::int64_t> slot_of_atom, atom_of_slot(layout.blocks_ * layout.rows_, 0);
    for (std::size_t l = 0; l < plan.block_of_ligand.size(); ++l) {
        const std::int64_t first = plan.block_of_ligand[l] * layout.rows_ + plan.first_row[l];
        for (std::int64_t atom = offsets.atom_ptr[l]; atom < offsets.atom_ptr[l + 1]; ++atom) {
            slot_of_atom.push_back(first + atom - offsets.atom_ptr[l]);
            atom_of_slot[slot_of_atom.back()] = atom;
        }
    }
    layout.slot_of_atom_ = to_device(slot_of_atom, device);
    layout.atom_of_slot_ = to_device(atom_of_slot, device);

    std::vector<std::int64_t> token_of_slot(layout.blocks_ * layout.columns_, 0), tokens_of_block;
    for (std::int64_t block = 0; block < layout.blocks_; ++block) {
        const std::int64_t first = offsets.token_ptr[plan.pocket_of_block[block]];
        tokens_of_block.push_back(offsets.token_ptr[plan.pocket_of_block[block] + 1] - first);
        const auto slots = token_of_slot.begin() + block * layout.columns_;
        std::iota(slots, slots + tokens_of_block.back(), first);
    }
    layout.token_of_slot_ = to_device(token_of_slot, device);

    const auto mask = [device](const std::vector<std::int64_t>& sizes, std::int64_t width) {
        if (std::all_of(sizes.begin(), sizes.end(), [width](auto size) { return size == width; }))
            return at::Tensor();
        const at::Tensor position = at::arange(width, at::kLong).unsqueeze(0);
        return (position < at::tensor(sizes, at::kLong).unsqueeze(1)).to(device);
    };
    layout.atom_mask_ = mask(plan.rows_of_block, layout.rows_);
    layout.token_mask_ = mask(tokens_of_block, layout.columns_);
    return layout;
}

PairLayout PairLayout::by_ligand(const PairOffsets& offsets, at::Device device) {
    return build(offsets, Plan::by_ligand(offsets), device);
}

PairLayout PairLayout::by_pocket(const PairOffsets& offsets, at::Device device) {
    return build(offsets, Plan::by_pocket(offsets), device);
}

PairLayout PairLayout::smallest(const PairOffsets& offsets, at::Device device) {
    const auto pairs = [&](const Plan& plan) {
        return static_cast<std::int64_t>(plan.pocket_of_block.size()) * plan.rows() * plan.columns(offsets);
    };
    const Plan ligands = Plan::by_ligand(offsets), pockets = Plan::by_pocket(offsets);
    return build(offsets, pairs(pockets) <= pairs(ligands) ? pockets : ligands, device);
}

namespace {

// [rows, ...] gathered and reshaped to [blocks, width, ...]
at::Tensor gathered(const at::Tensor& x, const at::Tensor& index, std::int64_t blocks, std::int64_t width) {
    std::vector<std::int64_t> shape = {blocks, width};
    shape.insert(shape.end(), x.sizes().begin() + 1, x.sizes().end());
    return x.index_select(0, index).view(shape);
}

}  // namespace

at::Tensor PairLayout::atoms_to_blocks(const at::Tensor& x) const {
    return single_block_ ? x.unsqueeze(0) : gathered(x, atom_of_slot_, blocks_, rows_);
}

at::Tensor PairLayout::blocks_to_atoms(const at::Tensor& x) const {
    return single_block_ ? x.squeeze(0) : x.flatten(0, 1).index_select(0, slot_of_atom_);
}

at::Tensor PairLayout::tokens_to_blocks(const at::Tensor& x) const {
    if (!single_pocket_) return gathered(x, token_of_slot_, blocks_, columns_);
    std::vector<std::int64_t> shape = x.sizes().vec();
    shape.insert(shape.begin(), blocks_);
    return x.unsqueeze(0).expand(shape);
}

at::Tensor PairLayout::blocks_to_pairs(const at::Tensor& x) const {
    const at::Tensor by_atom = blocks_to_atoms(x);  // [A, columns, ...]
    if (!token_mask_.defined()) return by_atom.flatten(0, 1);
    const at::Tensor real = blocks_to_atoms(token_mask_.unsqueeze(1).expand({blocks_, rows_, columns_}));
    return by_atom.flatten(0, 1).index_select(0, real.flatten().nonzero().squeeze(1));
}

}  // namespace keyway::ops

/// Ligands of a batch end to end, each bond in both directions.
#include "tensors.hpp"

#include "keyway/batch/batch.hpp"
#include "keyway/core/error.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace keyway::batch {

namespace {

struct DirectedBond {
    std::int64_t receiver, sender, type;
    auto operator<=>(const DirectedBond&) const = default;
};

std::vector<DirectedBond> directed_bonds(const LigandGraph& ligand, std::int64_t first_atom) {
    std::vector<DirectedBond> bonds;
    for (std::size_t k = 0; k < ligand.bonds.size(); ++k) {
        const std::int64_t a = first_atom + ligand.bonds[k][0], b = first_atom + ligand.bonds[k][1];
        bonds.push_back({a, b, ligand.bond_types[k]});
        bonds.push_back({b, a, ligand.bond_types[k]});
    }
    std::sort(bonds.begin(), bonds.end());
    return bonds;
}

void check_ligand(const LigandGraph& ligand) {
    if (ligand.atoms() == 0) throw Error(ErrorKind::input, "ligand " + ligand.id + " has no heavy atom");
    ligand.check();
}

}  // namespace

std::int64_t ligand_feature_rows() { return total_classes(kLigandColumns); }

LigandBatch collate_ligands(std::span<const LigandGraph* const> ligands,
                            std::span<const int> pocket_of_ligand, const CollateOptions& options) {
    if (ligands.size() != pocket_of_ligand.size())
        throw Error(ErrorKind::failure, "collate got " + std::to_string(ligands.size()) +
                                            " ligands but the pockets of " +
                                            std::to_string(pocket_of_ligand.size()));
    LigandBatch batch{.ligands = static_cast<std::int64_t>(ligands.size())};
    batch.pocket_of_ligand.assign(pocket_of_ligand.begin(), pocket_of_ligand.end());
    batch.atom_ptr = {0};
    std::vector<std::int64_t> feature_row, ligand_of_atom, receiver, sender, type, stereo_atom,
        stereo_neighbour, bit_ptr = {0}, bit, ligand_of_bit;
    std::vector<double> stereo_sign;
    for (std::size_t l = 0; l < ligands.size(); ++l) {
        const LigandGraph& ligand = *ligands[l];
        check_ligand(ligand);
        const std::int64_t first_atom = batch.atom_ptr.back();
        append_feature_rows(feature_row, ligand.columns, kLigandColumns);
        ligand_of_atom.insert(ligand_of_atom.end(), ligand.atoms(), static_cast<std::int64_t>(l));
        batch.atom_ptr.push_back(first_atom + static_cast<std::int64_t>(ligand.atoms()));
        for (const DirectedBond& bond : directed_bonds(ligand, first_atom)) {
            receiver.push_back(bond.receiver);
            sender.push_back(bond.sender);
            type.push_back(bond.type);
        }
        bit.insert(bit.end(), ligand.fingerprint.begin(), ligand.fingerprint.end());
        ligand_of_bit.resize(bit.size(), static_cast<std::int64_t>(l));
        bit_ptr.push_back(static_cast<std::int64_t>(bit.size()));
        for (const StereoCentre& centre : ligand.stereo) {
            stereo_atom.push_back(first_atom + centre.atom);
            for (const std::int16_t n : centre.neighbour)
                stereo_neighbour.push_back(n < 0 ? -1 : first_atom + n);
            stereo_sign.push_back(options.handedness == Handedness::mirrored ? -centre.sign : centre.sign);
        }
    }
    std::vector<std::int64_t> bond_ptr(batch.atom_ptr.back() + 1, 0);
    for (const std::int64_t atom : receiver) ++bond_ptr[atom + 1];
    for (std::size_t atom = 1; atom < bond_ptr.size(); ++atom) bond_ptr[atom] += bond_ptr[atom - 1];

    batch.feature_row = index_tensor(feature_row, options).view({-1, kLigandColumnCount});
    batch.ligand_of_atom = index_tensor(ligand_of_atom, options);
    batch.atom_ptr_device = index_tensor(batch.atom_ptr, options);
    batch.bond_ptr = index_tensor(bond_ptr, options);
    batch.bond_receiver = index_tensor(receiver, options);
    batch.bond_sender = index_tensor(sender, options);
    batch.bond_type = index_tensor(type, options);
    batch.stereo_atom = index_tensor(stereo_atom, options);
    batch.stereo_neighbour = index_tensor(stereo_neighbour, options).view({-1, 4});
    batch.stereo_sign = real_tensor(stereo_sign, options);
    batch.bit_ptr = index_tensor(bit_ptr, options);
    batch.bit = index_tensor(bit, options);
    batch.ligand_of_bit = index_tensor(ligand_of_bit, options);
    return batch;
}

Batch collate(std::span<const PocketGraph* const> pockets, std::span<const LigandGraph* const> ligands,
              std::span<const int> pocket_of_ligand, const CollateOptions& options) {
    for (const int pocket : pocket_of_ligand)
        if (pocket < 0 || static_cast<std::size_t>(pocket) >= pockets.size())
            throw Error(ErrorKind::failure, "a ligand asks for pocket " + std::to_string(pocket) + " of " +
                                                std::to_string(pockets.size()));
    return {collate_pockets(pockets, options), collate_ligands(ligands, pocket_of_ligand, options)};
}

}  // namespace keyway::batch

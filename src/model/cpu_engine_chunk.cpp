/// Graphs of a chunk, appended one after the other.
#include "model/cpu_engine_chunk.hpp"

#include "keyway/core/error.hpp"
#include "keyway/sample/columns.hpp"

namespace keyway::model {

void LigandChunk::assign(std::span<const LigandGraph> ligands) {
    atom_ptr.assign(1, 0);
    bond_ptr.assign(1, 0);
    bit_ptr.assign(1, 0);
    for (auto* list :
         {&ligand_of_atom, &feature, &sender, &bond_class, &centre, &neighbour, &neighbour_row, &bit})
        list->clear();
    sign.clear();
    for (const LigandGraph& ligand : ligands) append(ligand);
}

void LigandChunk::append(const LigandGraph& ligand) {
    if (ligand.atoms() == 0) throw Error(ErrorKind::input, "ligand " + ligand.id + " has no heavy atom");
    ligand.check();
    const std::size_t first = static_cast<std::size_t>(atoms()), count = ligand.atoms();
    const auto index = [](auto number) { return static_cast<std::int32_t>(number); };

    ligand_of_atom.insert(ligand_of_atom.end(), count, index(ligands()));
    atom_ptr.push_back(static_cast<std::int64_t>(first + count));
    for (std::size_t atom = 0; atom < count; ++atom) {
        std::int32_t row = 0;
        for (int k = 0; k < kLigandColumnCount; ++k) {
            feature.push_back(row + ligand.columns[atom * kLigandColumnCount + k]);
            row += kLigandColumns[k].classes;
        }
    }

    // Counting sort by receiver; bonds of one atom keep the order of the ligand's list.
    const std::size_t first_bond = sender.size();
    bond_ptr.resize(first + count + 1, 0);
    std::int32_t* ptr = bond_ptr.data() + first;  // ptr[0] is the end of the ligand before
    for (const auto& [a, b] : ligand.bonds) ++ptr[a + 1], ++ptr[b + 1];
    for (std::size_t atom = 0; atom < count; ++atom) ptr[atom + 1] += ptr[atom];
    sender.resize(first_bond + 2 * ligand.bonds.size());
    bond_class.resize(sender.size());
    for (std::size_t k = ligand.bonds.size(); k-- > 0;) {
        const auto place = [&](std::size_t receiver, std::size_t from) {
            const std::int32_t at = --ptr[receiver + 1];
            sender[at] = index(first + from);
            bond_class[at] = ligand.bond_types[k];
        };
        place(ligand.bonds[k][0], ligand.bonds[k][1]);
        place(ligand.bonds[k][1], ligand.bonds[k][0]);
    }
    // Filling from the back moved each end to its row's beginning.
    for (std::size_t atom = 0; atom + 1 < count; ++atom) ptr[atom + 1] = ptr[atom + 2];
    ptr[count] = index(sender.size());

    bit.insert(bit.end(), ligand.fingerprint.begin(), ligand.fingerprint.end());
    bit_ptr.push_back(index(bit.size()));

    for (const StereoCentre& at : ligand.stereo) {
        centre.push_back(index(first + at.atom));
        sign.push_back(at.sign);
        for (const std::int16_t n : at.neighbour) {
            neighbour.push_back(n < 0 ? -1 : index(first) + n);
            neighbour_row.push_back(n < 0 ? index(first) : index(first) + n);
        }
    }
}

}  // namespace keyway::model

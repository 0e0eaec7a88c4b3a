/// One row of columns per heavy atom of the pocket; see include/keyway/sample/columns.hpp.
#include "features/atom_names.hpp"
#include "features/pocket_bonds.hpp"
#include "features/pocket_chemistry.hpp"

#include "keyway/features/features.hpp"
#include "keyway/sample/columns.hpp"

#include <algorithm>
#include <string_view>

namespace keyway::features {
namespace {

std::uint8_t element_class(int atomic_number) {
    switch (atomic_number) {
        case 6:
            return 1;
        case 7:
            return 2;
        case 8:
            return 3;
        case 16:
            return 4;
        case 15:
            return 5;
        case 34:
            return 6;
        case 9:
            return 7;
        case 17:
            return 8;
        case 35:
            return 9;
        case 53:
            return 10;
        case 30:
            return 11;
        case 12:
            return 12;
        case 20:
            return 13;
        case 26:
            return 14;
        default:
            return chem::is_metal(atomic_number) ? 15 : 0;
    }
}

std::uint8_t residue_class(const chem::Residue& residue) {
    static constexpr std::string_view kNames[] = {"ALA", "ARG", "ASN", "ASP", "CYS", "GLN", "GLU",
                                                  "GLY", "HIS", "ILE", "LEU", "LYS", "MET", "PHE",
                                                  "PRO", "SER", "THR", "TRP", "TYR", "VAL"};
    switch (residue.kind) {
        case chem::ResidueKind::water:
            return 21;
        case chem::ResidueKind::metal:
            return 22;
        case chem::ResidueKind::nucleotide:
        case chem::ResidueKind::other:
            return 23;
        case chem::ResidueKind::amino_acid:
            break;
    }
    const auto found = std::find(std::begin(kNames), std::end(kNames), residue.standard_name);
    return found == std::end(kNames) ? 0 : static_cast<std::uint8_t>(found - std::begin(kNames) + 1);
}

std::array<std::uint8_t, kPocketColumns.size()> columns_of(const PlacedAtom& placed,
                                                           const AtomChemistry& chemistry) {
    const auto& residue = *placed.residue;
    const auto& atom = *placed.atom;
    const bool is_amino_acid = residue.kind == chem::ResidueKind::amino_acid;
    const bool is_polymer = is_amino_acid || residue.kind == chem::ResidueKind::nucleotide;
    return {element_class(atom.atomic_number),
            residue_class(residue),
            is_polymer ? atom_name_class(atom.name) : std::uint8_t{0},
            chemistry.formal_charge,
            chemistry.aromatic,
            chemistry.donor,
            chemistry.acceptor,
            static_cast<std::uint8_t>(is_amino_acid && is_backbone_name(atom.name)),
            static_cast<std::uint8_t>(chem::is_metal(atom.atomic_number)),
            static_cast<std::uint8_t>(residue.kind == chem::ResidueKind::water),
            static_cast<std::uint8_t>(residue.kind == chem::ResidueKind::other)};
}

}  // namespace

PocketGraph pocket_graph(const chem::Pocket& pocket) {
    PocketGraph graph;
    graph.id = pocket.id;
    graph.origin_angstrom = pocket.site_centre_angstrom;
    std::vector<PlacedAtom> atoms;
    for (std::size_t r = 0; r < pocket.residues.size(); ++r) {
        const auto& residue = pocket.residues[r];
        graph.residue_labels.push_back(residue.label());
        for (std::size_t a = 0; a < residue.atoms.size(); ++a) {
            const auto& atom = residue.atoms[a];
            atoms.push_back({&atom, &residue, static_cast<std::int32_t>(r)});
            std::array<float, 3> position{};
            for (std::size_t k = 0; k < 3; ++k) {
                position[k] = static_cast<float>(atom.position_angstrom[k] - graph.origin_angstrom[k]);
            }
            graph.position_in_pocket.push_back(position);
            graph.is_token.push_back(pocket.is_token[r][a]);
            graph.residue.push_back(static_cast<std::int32_t>(r));
            graph.atom_names.push_back(atom.name);
        }
    }
    graph.bonds = covalent_bonds(atoms);
    const auto neighbours = neighbours_of(atoms.size(), graph.bonds);
    const auto planar = in_planar_ring(atoms, neighbours);
    graph.columns.reserve(atoms.size() * kPocketColumns.size());
    for (std::size_t i = 0; i < atoms.size(); ++i) {
        AtomChemistry chemistry = atom_chemistry(i, atoms, neighbours);
        chemistry.aromatic |= planar[i];
        const auto row = columns_of(atoms[i], chemistry);
        graph.columns.insert(graph.columns.end(), row.begin(), row.end());
    }
    graph.check();
    return graph;
}

}  // namespace keyway::features

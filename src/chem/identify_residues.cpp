/// What each residue is: amino acid (of which parent), nucleotide, water, ion or molecule; where chains
/// begin.
#include "chem/raw_structure.hpp"
#include "chem/residue_names.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>

namespace keyway::chem {
namespace {

constexpr double kPeptideBond = 2.0;  // C-N [A], generous: 1.33 in a good structure

bool is_near(const std::array<double, 3>& a, const std::array<double, 3>& b) {
    return std::abs(a[0] - b[0]) < kPeptideBond && distance_angstrom(a, b) < kPeptideBond;
}

bool has_backbone(const RawResidue& residue) {
    return find_atom(residue, "N") && find_atom(residue, "CA") && find_atom(residue, "C");
}

/// All atoms named N and C, with their residues: a peptide bond joins one of each.
struct BackboneEnds {
    std::vector<std::pair<const RawResidue*, const RawAtom*>> nitrogens, carbons;
};

BackboneEnds backbone_ends(const RawStructure& raw) {
    BackboneEnds ends;
    for (const auto& residue : raw.residues) {
        if (const auto* n = find_atom(residue, "N")) ends.nitrogens.emplace_back(&residue, n);
        if (const auto* c = find_atom(residue, "C")) ends.carbons.emplace_back(&residue, c);
    }
    return ends;
}

/// Peptide bond from the residue's C to another one's N, or from its N to another one's C.
bool has_peptide_bond(const BackboneEnds& ends, const RawResidue& residue) {
    const auto reaches = [&](const RawAtom* atom, const auto& others) {
        return atom && std::any_of(others.begin(), others.end(), [&](const auto& other) {
                   return other.first != &residue &&
                          is_near(atom->position_angstrom, other.second->position_angstrom);
               });
    };
    return reaches(find_atom(residue, "C"), ends.nitrogens) || reaches(find_atom(residue, "N"), ends.carbons);
}

/// The largest standard amino acid whose atoms all occur here; GLY if the residue has no side chain we know.
std::string parent_by_atoms(const RawResidue& residue) {
    static constexpr std::string_view kNames[] = {"ALA", "ARG", "ASN", "ASP", "CYS", "GLN", "GLU",
                                                  "GLY", "HIS", "ILE", "LEU", "LYS", "MET", "PHE",
                                                  "PRO", "SER", "THR", "TRP", "TYR", "VAL"};
    std::string_view best = "UNK";
    std::size_t best_size = 0;
    for (const auto name : kNames) {
        const auto atoms = amino_acid_atoms(name);
        const bool all =
            std::all_of(atoms.begin(), atoms.end(), [&](auto atom) { return find_atom(residue, atom); });
        // A larger residue is no glycine, and proline's ring needs no more atoms than a stretched chain.
        if (!all || name == "PRO" || (name == "GLY" && find_atom(residue, "CB"))) continue;
        if (atoms.size() > best_size) best = name, best_size = atoms.size();
    }
    return std::string(best);
}

struct Identity {
    ResidueKind kind;
    std::string standard_name;
};

Identity identify(const BackboneEnds& ends, const RawResidue& residue) {
    if (residue.atoms.size() == 1 &&
        (ion_element(residue.name) != 0 || is_metal(residue.atoms[0].atomic_number))) {
        const bool positive = is_metal(residue.atoms[0].atomic_number);
        return {positive ? ResidueKind::metal : ResidueKind::other, residue.name};
    }
    if (is_water(residue.name)) return {ResidueKind::water, residue.name};
    if (is_cap(residue.name)) return {ResidueKind::amino_acid, residue.name};
    const auto parent = parent_amino_acid(residue.name);
    if (is_standard_amino_acid(residue.name) || (!parent.empty() && find_atom(residue, "CA"))) {
        const bool is_free = residue.is_hetatm && has_backbone(residue) && !has_peptide_bond(ends, residue);
        return is_free ? Identity{ResidueKind::other, residue.name}
                       : Identity{ResidueKind::amino_acid, std::string(parent)};
    }
    if (is_nucleotide(residue.name)) return {ResidueKind::nucleotide, residue.name};
    if (has_backbone(residue) && has_peptide_bond(ends, residue)) {
        return {ResidueKind::amino_acid, parent_by_atoms(residue)};
    }
    return {ResidueKind::other, residue.name};
}

/// `residues` runs parallel to `raw.residues`.
void mark_n_termini(const RawStructure& raw, std::vector<Residue>& residues) {
    std::set<std::pair<std::string, std::string>> begun;
    for (std::size_t r = 0; r < residues.size(); ++r) {
        if (residues[r].kind != ResidueKind::amino_acid) continue;
        const bool is_first = begun.insert({raw.residues[r].chain, raw.residues[r].segment}).second;
        residues[r].is_n_terminus = is_first && !is_cap(residues[r].name) && find_atom(raw.residues[r], "N");
    }
}

}  // namespace

std::vector<Residue> identify_residues(const RawStructure& raw, std::vector<std::string>& notes) {
    const BackboneEnds ends = backbone_ends(raw);
    std::vector<Residue> residues;
    std::map<std::string, std::size_t> mapped;
    for (const auto& in : raw.residues) {
        Residue& out = residues.emplace_back();
        out.chain = in.chain;
        out.number = in.number;
        out.insertion_code = in.insertion_code;
        out.name = in.name;
        const auto identity = identify(ends, in);
        out.kind = identity.kind;
        out.standard_name = identity.standard_name;
        if (out.kind == ResidueKind::amino_acid && out.standard_name != out.name) {
            ++mapped[fmt::format("{} as {}", out.name, out.standard_name)];
        }
        for (const auto& atom : in.atoms) {
            out.atoms.push_back({atom.name, atom.atomic_number, atom.position_angstrom, atom.occupancy});
        }
    }
    std::vector<std::string> parts;
    for (const auto& [what, count] : mapped) parts.push_back(fmt::format("{} {}", count, what));
    if (!parts.empty()) notes.push_back("read " + fmt::format("{}", fmt::join(parts, ", ")));
    mark_n_termini(raw, residues);
    return residues;
}

}  // namespace keyway::chem

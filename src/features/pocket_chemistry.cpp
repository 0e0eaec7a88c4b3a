/// Tables are text, " RESIDUE.ATOM ", so that a chemist can read them.
#include "features/pocket_chemistry.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

namespace keyway::features {
namespace {

constexpr std::uint8_t kPositive = 1, kNegative = 2;
constexpr double kSingleBondToOxygen = 1.32;  // C=O 1.23, carboxylate 1.26, C-OH 1.36-1.43 [A]
constexpr double kSingleBondToSulfur = 1.75;  // C=S 1.67, C-SH 1.81 [A]

constexpr std::string_view kDonors =
    " ARG.NE ARG.NH1 ARG.NH2 ASN.ND2 CYS.SG GLN.NE2 HIS.ND1 HIS.NE2 LYS.NZ SER.OG THR.OG1 TRP.NE1 TYR.OH ";
constexpr std::string_view kAcceptors =
    " ASN.OD1 ASP.OD1 ASP.OD2 CYS.SG GLN.OE1 GLU.OE1 GLU.OE2 HIS.ND1 HIS.NE2 MET.SD SER.OG THR.OG1 TYR.OH ";
/// Both ends of a delocalised charge carry it: which one is "1" is a matter of naming.
constexpr std::string_view kCations = " ARG.NH1 ARG.NH2 LYS.NZ ";
constexpr std::string_view kAnions = " ASP.OD1 ASP.OD2 GLU.OE1 GLU.OE2 ";
constexpr std::string_view kAromatic =
    " PHE.CG PHE.CD1 PHE.CD2 PHE.CE1 PHE.CE2 PHE.CZ TYR.CG TYR.CD1 TYR.CD2 TYR.CE1 TYR.CE2 TYR.CZ"
    " TRP.CG TRP.CD1 TRP.CD2 TRP.NE1 TRP.CE2 TRP.CE3 TRP.CZ2 TRP.CZ3 TRP.CH2 HIS.CG HIS.ND1 HIS.CD2 HIS.CE1 "
    "HIS.NE2 ";
/// Lysines whose nitrogen is an amide, carbamate or imine.
constexpr std::string_view kNeutralLysines = " KCX ALY LLP ";

bool contains(std::string_view list, const std::string& key) {
    return list.find(key) != std::string_view::npos;
}

/// For cofactors, nucleotides and the extra atoms of modified residues: element, heavy neighbours, bond
/// length.
AtomChemistry by_element(std::size_t index, const std::vector<PlacedAtom>& atoms,
                         const std::vector<std::vector<std::int32_t>>& neighbours) {
    AtomChemistry result;
    const auto& atom = *atoms[index].atom;
    const auto& around = neighbours[index];
    const chem::Atom* only = around.size() == 1 ? atoms[static_cast<std::size_t>(around[0])].atom : nullptr;
    const bool has_single_bond = only && only->atomic_number == 6 &&
                                 distance_angstrom(atom, *only) >
                                     (atom.atomic_number == 8 ? kSingleBondToOxygen : kSingleBondToSulfur);
    if (atom.atomic_number == 8) {
        result.acceptor = 1;
        result.donor = around.empty() || has_single_bond;
        const auto is_terminal_oxygen = [&](std::int32_t other) {
            return atoms[static_cast<std::size_t>(other)].atom->atomic_number == 8 &&
                   neighbours[static_cast<std::size_t>(other)].size() == 1;
        };
        if (only && only->atomic_number == 15) result.formal_charge = kNegative;
        if (only && only->atomic_number == 6) {
            const auto& beside = neighbours[static_cast<std::size_t>(around[0])];
            const bool is_carboxylate = std::count_if(beside.begin(), beside.end(), is_terminal_oxygen) == 2;
            if (is_carboxylate) result = {kNegative, 0, 0, 1};
        }
    } else if (atom.atomic_number == 7) {
        result.donor = around.size() <= 2;
        result.acceptor = around.size() == 2;
    } else if (atom.atomic_number == 16) {
        result.acceptor = around.size() <= 2;
        result.donor = has_single_bond;
    }
    return result;
}

AtomChemistry of_backbone(const chem::Residue& residue, const std::string& name) {
    AtomChemistry result;
    const bool has_oxt = std::any_of(residue.atoms.begin(), residue.atoms.end(),
                                     [](const chem::Atom& atom) { return atom.name == "OXT"; });
    if (name == "N") {
        result.donor = residue.is_n_terminus || residue.standard_name != "PRO";
        result.formal_charge = residue.is_n_terminus ? kPositive : 0;
    } else if (name == "O" || name == "OXT") {
        result.acceptor = 1;
        result.formal_charge = has_oxt ? kNegative : 0;
    }
    return result;
}

}  // namespace

bool is_backbone_name(const std::string& name) {
    return name == "N" || name == "CA" || name == "C" || name == "O" || name == "OXT";
}

AtomChemistry atom_chemistry(std::size_t index, const std::vector<PlacedAtom>& atoms,
                             const std::vector<std::vector<std::int32_t>>& neighbours) {
    const auto& residue = *atoms[index].residue;
    const auto& atom = *atoms[index].atom;
    if (chem::is_metal(atom.atomic_number)) return {kPositive, 0, 0, 0};
    if (residue.kind == chem::ResidueKind::water) return {0, 0, 1, 1};
    if (residue.kind != chem::ResidueKind::amino_acid) return by_element(index, atoms, neighbours);
    if (is_backbone_name(atom.name)) return of_backbone(residue, atom.name);

    const auto name = atom.name == "SE" ? std::string("SD") : atom.name;
    const auto key = fmt::format(" {}.{} ", residue.standard_name, name);
    const bool is_donor = contains(kDonors, key), is_acceptor = contains(kAcceptors, key);
    const bool is_hetero = atom.atomic_number == 7 || atom.atomic_number == 8 || atom.atomic_number == 16;
    if (is_hetero && !is_donor && !is_acceptor) return by_element(index, atoms, neighbours);

    AtomChemistry result;
    result.donor = is_donor;
    result.acceptor = is_acceptor;
    result.aromatic = contains(kAromatic, key);
    if (contains(kCations, key) && !contains(kNeutralLysines, fmt::format(" {} ", residue.name))) {
        result.formal_charge = kPositive;
    }
    if (contains(kAnions, key)) result.formal_charge = kNegative;
    // Phosphoserine, disulfide, sulfotyrosine: the hydrogen is gone.
    if ((atom.atomic_number == 8 || atom.atomic_number == 16) && neighbours[index].size() > 1)
        result.donor = 0;
    return result;
}

}  // namespace keyway::features

/// Charges, donors, acceptors and aromatic atoms, residue by residue, as a chemist would write them.
#include "features/pocket_chemistry.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

namespace keyway::features {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

struct NamedAtom {
    std::string name;
    int element;
    std::array<double, 3> at{};
};

chem::Residue residue_of(const std::string& name, const std::string& standard,
                         const std::vector<NamedAtom>& atoms,
                         chem::ResidueKind kind = chem::ResidueKind::amino_acid) {
    chem::Residue residue;
    residue.name = name;
    residue.standard_name = standard;
    residue.kind = kind;
    for (const auto& atom : atoms) residue.atoms.push_back({atom.name, atom.element, atom.at, 1});
    return residue;
}

std::map<std::string, AtomChemistry> chemistry_of(const chem::Residue& residue) {
    std::vector<PlacedAtom> atoms;
    for (const auto& atom : residue.atoms) atoms.push_back({&atom, &residue, 0});
    const auto neighbours = neighbours_of(atoms.size(), covalent_bonds(atoms));
    std::map<std::string, AtomChemistry> result;
    for (std::size_t i = 0; i < atoms.size(); ++i)
        result[atoms[i].atom->name] = atom_chemistry(i, atoms, neighbours);
    return result;
}

/// Side-chain atoms, spread out so that no bond forms.
std::map<std::string, AtomChemistry> amino_acid(const std::string& name,
                                                const std::vector<std::string>& side_chain) {
    std::vector<NamedAtom> atoms;
    for (const auto& atom : side_chain) {
        const int element = atom[0] == 'C' ? 6 : atom[0] == 'N' ? 7 : atom[0] == 'O' ? 8 : 16;
        atoms.push_back({atom, element, {5.0 * static_cast<double>(atoms.size()), 0, 0}});
    }
    return chemistry_of(residue_of(name, name, atoms));
}

template <class Member>
std::vector<std::string> where(const std::map<std::string, AtomChemistry>& atoms, Member member,
                               int value = 1) {
    std::vector<std::string> names;
    for (const auto& [name, chemistry] : atoms) {
        if (chemistry.*member == value) names.push_back(name);
    }
    return names;
}
constexpr auto kCharge = &AtomChemistry::formal_charge;
constexpr auto kDonor = &AtomChemistry::donor;
constexpr auto kAcceptor = &AtomChemistry::acceptor;
constexpr auto kAromatic = &AtomChemistry::aromatic;

TEST(PocketChemistry, ChargesAcidsAndBasesOnBothEqualAtoms) {
    const auto arginine = amino_acid("ARG", {"CB", "CG", "CD", "NE", "CZ", "NH1", "NH2"});
    EXPECT_THAT(where(arginine, kCharge, 1), UnorderedElementsAre("NH1", "NH2"));
    EXPECT_THAT(where(arginine, kDonor), UnorderedElementsAre("NE", "NH1", "NH2"));
    EXPECT_THAT(where(arginine, kAcceptor), IsEmpty());
    const auto aspartate = amino_acid("ASP", {"CB", "CG", "OD1", "OD2"});
    EXPECT_THAT(where(aspartate, kCharge, 2), UnorderedElementsAre("OD1", "OD2"));
    EXPECT_THAT(where(aspartate, kAcceptor), UnorderedElementsAre("OD1", "OD2"));
    EXPECT_THAT(where(aspartate, kDonor), IsEmpty());
    EXPECT_THAT(where(amino_acid("GLU", {"OE1", "OE2"}), kCharge, 2), UnorderedElementsAre("OE1", "OE2"));
    EXPECT_THAT(where(amino_acid("LYS", {"CE", "NZ"}), kCharge, 1), ElementsAre("NZ"));
}

TEST(PocketChemistry, LeavesHistidineNeutralWithBothNitrogensAmbivalent) {
    const auto histidine = amino_acid("HIS", {"CB", "CG", "ND1", "CD2", "CE1", "NE2"});
    EXPECT_THAT(where(histidine, kDonor), UnorderedElementsAre("ND1", "NE2"));
    EXPECT_THAT(where(histidine, kAcceptor), UnorderedElementsAre("ND1", "NE2"));
    EXPECT_THAT(where(histidine, kAromatic), UnorderedElementsAre("CG", "ND1", "CD2", "CE1", "NE2"));
    EXPECT_EQ(where(histidine, kCharge, 0).size(), 6u);
}

TEST(PocketChemistry, KnowsAmidesAlcoholsThiolsAndIndoles) {
    EXPECT_THAT(where(amino_acid("ASN", {"CG", "OD1", "ND2"}), kDonor), ElementsAre("ND2"));
    EXPECT_THAT(where(amino_acid("ASN", {"CG", "OD1", "ND2"}), kAcceptor), ElementsAre("OD1"));
    EXPECT_THAT(where(amino_acid("GLN", {"CD", "OE1", "NE2"}), kDonor), ElementsAre("NE2"));
    for (const auto& [residue, atom] :
         std::map<std::string, std::string>{{"SER", "OG"}, {"THR", "OG1"}, {"TYR", "OH"}, {"CYS", "SG"}}) {
        EXPECT_THAT(where(amino_acid(residue, {atom}), kDonor), ElementsAre(atom));
        EXPECT_THAT(where(amino_acid(residue, {atom}), kAcceptor), ElementsAre(atom));
    }
    const auto tryptophan =
        amino_acid("TRP", {"CB", "CG", "CD1", "CD2", "NE1", "CE2", "CE3", "CZ2", "CZ3", "CH2"});
    EXPECT_THAT(where(tryptophan, kDonor), ElementsAre("NE1"));
    EXPECT_THAT(where(tryptophan, kAcceptor), IsEmpty());
    EXPECT_EQ(where(tryptophan, kAromatic).size(), 9u);
    EXPECT_THAT(where(amino_acid("MET", {"SD"}), kAcceptor), ElementsAre("SD"));
    EXPECT_THAT(where(amino_acid("PHE", {"CB", "CZ"}), kAromatic), ElementsAre("CZ"));
}

TEST(PocketChemistry, KnowsTheBackboneProlineAndBothTermini) {
    const std::vector<NamedAtom> backbone = {
        {"N", 7}, {"CA", 6, {5, 0, 0}}, {"C", 6, {10, 0, 0}}, {"O", 8, {15, 0, 0}}};
    const auto inner = chemistry_of(residue_of("GLY", "GLY", backbone));
    EXPECT_THAT(where(inner, kDonor), ElementsAre("N"));
    EXPECT_THAT(where(inner, kAcceptor), ElementsAre("O"));
    EXPECT_THAT(where(chemistry_of(residue_of("PRO", "PRO", backbone)), kDonor), IsEmpty());

    auto first = residue_of("PRO", "PRO", backbone);
    first.is_n_terminus = true;
    EXPECT_THAT(where(chemistry_of(first), kCharge, 1), ElementsAre("N"));
    EXPECT_THAT(where(chemistry_of(first), kDonor), ElementsAre("N"));

    auto with_oxt = backbone;
    with_oxt.push_back({"OXT", 8, {20, 0, 0}});
    EXPECT_THAT(where(chemistry_of(residue_of("GLY", "GLY", with_oxt)), kCharge, 2),
                UnorderedElementsAre("O", "OXT"));
}

TEST(PocketChemistry, TakesTheHydrogenFromDisulfidesAndPhosphates) {
    const auto disulfide = chemistry_of(
        residue_of("CYX", "CYS", {{"CB", 6, {0, 0, 0}}, {"SG", 16, {1.8, 0, 0}}, {"S", 16, {3.8, 0, 0}}}));
    EXPECT_EQ(disulfide.at("SG").donor, 0);
    const auto phosphoserine = chemistry_of(residue_of(
        "SEP", "SER",
        {{"CB", 6, {0, 0, 0}}, {"OG", 8, {1.4, 0, 0}}, {"P", 15, {3.0, 0, 0}}, {"O1P", 8, {3.0, 1.5, 0}}}));
    EXPECT_EQ(phosphoserine.at("OG").donor, 0);
    EXPECT_EQ(phosphoserine.at("O1P").formal_charge, 2);
    EXPECT_EQ(phosphoserine.at("O1P").acceptor, 1);
}

TEST(PocketChemistry, LeavesAcylatedLysinesNeutral) {
    EXPECT_EQ(chemistry_of(residue_of("ALY", "LYS", {{"NZ", 7}})).at("NZ").formal_charge, 0);
    EXPECT_EQ(chemistry_of(residue_of("MLY", "LYS", {{"NZ", 7}})).at("NZ").formal_charge, 1);
}

TEST(PocketChemistry, JudgesCofactorsByElementsNeighboursAndBondLengths) {
    const auto acid = chemistry_of(residue_of(
        "LIG", "LIG",
        {{"C", 6, {0, 0, 0}}, {"O1", 8, {1.25, 0, 0}}, {"O2", 8, {-0.6, 1.1, 0}}, {"C2", 6, {-0.7, -1.3, 0}}},
        chem::ResidueKind::other));
    EXPECT_THAT(where(acid, kCharge, 2), UnorderedElementsAre("O1", "O2"));
    EXPECT_THAT(where(acid, kDonor), IsEmpty());

    const auto alcohol = chemistry_of(
        residue_of("LIG", "LIG", {{"C", 6, {0, 0, 0}}, {"O1", 8, {1.43, 0, 0}}}, chem::ResidueKind::other));
    EXPECT_EQ(alcohol.at("O1").donor, 1);
    const auto ketone = chemistry_of(
        residue_of("LIG", "LIG", {{"C", 6, {0, 0, 0}}, {"O1", 8, {1.22, 0, 0}}}, chem::ResidueKind::other));
    EXPECT_EQ(ketone.at("O1").donor, 0);
    EXPECT_EQ(ketone.at("O1").acceptor, 1);
}

TEST(PocketChemistry, GivesMetalsAPositiveChargeAndWaterBothRoles) {
    EXPECT_EQ(
        chemistry_of(residue_of("ZN", "ZN", {{"ZN", 30}}, chem::ResidueKind::metal)).at("ZN").formal_charge,
        1);
    const auto water = chemistry_of(residue_of("HOH", "HOH", {{"O", 8}}, chem::ResidueKind::water)).at("O");
    EXPECT_EQ(water.donor, 1);
    EXPECT_EQ(water.acceptor, 1);
}

}  // namespace
}  // namespace keyway::features

/// A pocket's columns, positions, tokens and labels.
#include "support/pdb_text.hpp"

#include "keyway/features/features.hpp"
#include "keyway/sample/columns.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace keyway::features {
namespace {

using keyway::testing::operator+;
using keyway::testing::pdb_of;
using keyway::testing::PdbAtom;
using keyway::testing::peptide;
using keyway::testing::residue_atoms;
using ::testing::ElementsAre;

PocketGraph graph_of(const std::vector<PdbAtom>& atoms, std::array<double, 3> centre = {6, 3, 0},
                     const chem::HetPolicy& het = {}) {
    const auto structure = chem::read_structure_text(pdb_of(atoms), "test.pdb");
    return pocket_graph(chem::cut_pocket(structure, chem::site_from_centre(centre), {}, het));
}

int column(const PocketGraph& graph, std::size_t atom, std::string_view name) {
    for (std::size_t c = 0; c < kPocketColumns.size(); ++c) {
        if (kPocketColumns[c].name == name) return graph.columns[atom * kPocketColumns.size() + c];
    }
    ADD_FAILURE() << "no column " << name;
    return -1;
}

std::size_t atom_index(const PocketGraph& graph, const std::string& label, const std::string& name) {
    for (std::size_t i = 0; i < graph.atoms(); ++i) {
        const auto& own = graph.residue_labels[static_cast<std::size_t>(graph.residue[i])];
        if (own == label && graph.atom_names[i] == name) return i;
    }
    ADD_FAILURE() << "no atom " << name << " in " << label;
    return 0;
}

TEST(PocketGraph, HoldsPositionsRelativeToTheSiteCentre) {
    const auto graph = graph_of(peptide({"ALA", "GLY"}), {6, 3, 1});

    EXPECT_THAT(graph.origin_angstrom, ElementsAre(6, 3, 1));
    EXPECT_FLOAT_EQ(graph.position_in_pocket[0][0], 3.8f - 6.0f);
    EXPECT_FLOAT_EQ(graph.position_in_pocket[0][1], -3.0f);
    EXPECT_FLOAT_EQ(graph.position_in_pocket[0][2], -1.0f);
}

TEST(PocketGraph, LabelsResiduesAndAtomsForPeople) {
    const auto graph = graph_of(peptide({"ALA", "GLY"}));

    EXPECT_THAT(graph.residue_labels, ElementsAre("A:ALA:1", "A:GLY:2"));
    EXPECT_THAT(graph.atom_names, ElementsAre("N", "CA", "C", "O", "CB", "N", "CA", "C", "O"));
    EXPECT_THAT(graph.residue, ElementsAre(0, 0, 0, 0, 0, 1, 1, 1, 1));
}

TEST(PocketGraph, FlagsAtomsWithinTheTokenCutoffOnly) {
    const auto graph = graph_of(peptide({"ALA", "GLY"}), {-7.9, 0, 0});  // 12 A reach: x up to 4.1

    EXPECT_THAT(graph.is_token, ElementsAre(1, 0, 0, 0, 0));
    EXPECT_THAT(graph.residue_labels, ElementsAre("A:ALA:1"));
}

TEST(PocketGraph, NumbersResidueTypesInAlphabeticalOrder) {
    auto atoms = peptide({"ALA", "HIE", "VAL", "MSE", "UNK"});
    atoms.push_back({"O", "HOH", 90, {6, 6, 0}, "O"});
    atoms.push_back({"ZN", "ZN", 91, {6, 9, 0}, "ZN"});
    atoms.push_back({"C1", "XYZ", 92, {6, 12, 0}, "C"});
    atoms.push_back({"C2", "XYZ", 92, {6, 13.5, 0}, "C"});
    const auto graph = graph_of(atoms, {6, 3, 0}, {{"HOH", "XYZ"}, {}});

    EXPECT_EQ(column(graph, atom_index(graph, "A:ALA:1", "CA"), "residue_type"), 1);
    EXPECT_EQ(column(graph, atom_index(graph, "A:HIE:2", "CA"), "residue_type"), 9);
    EXPECT_EQ(column(graph, atom_index(graph, "A:VAL:3", "CA"), "residue_type"), 20);
    EXPECT_EQ(column(graph, atom_index(graph, "A:MSE:4", "CA"), "residue_type"), 13);
    EXPECT_EQ(column(graph, atom_index(graph, "A:HOH:90", "O"), "residue_type"), 21);
    EXPECT_EQ(column(graph, atom_index(graph, "A:ZN:91", "ZN"), "residue_type"), 22);
    EXPECT_EQ(column(graph, atom_index(graph, "A:XYZ:92", "C1"), "residue_type"), 23);
}

TEST(PocketGraph, TellsMetalsWatersCofactorsAndBackboneApart) {
    auto atoms = peptide({"ALA", "GLY"});
    atoms.push_back({"O", "HOH", 90, {6, 6, 0}, "O"});
    atoms.push_back({"MG", "MG", 91, {6, 9, 0}, "MG"});
    atoms.push_back({"CA", "NAD", 92, {6, 12, 0}, "C"});
    atoms.push_back({"C2", "NAD", 92, {6, 13.5, 0}, "C"});
    const auto graph = graph_of(atoms, {6, 3, 0}, {{"HOH"}, {}});
    const auto flags = [&](const std::string& label, const std::string& name) {
        std::vector<int> values;
        for (const auto* key : {"element", "atom_name", "backbone", "metal", "water", "cofactor"}) {
            values.push_back(column(graph, atom_index(graph, label, name), key));
        }
        return values;
    };

    EXPECT_THAT(flags("A:ALA:1", "CA"), ElementsAre(1, 2, 1, 0, 0, 0));
    EXPECT_THAT(flags("A:ALA:1", "CB"), ElementsAre(1, 6, 0, 0, 0, 0));
    EXPECT_THAT(flags("A:HOH:90", "O"), ElementsAre(3, 0, 0, 0, 1, 0));
    EXPECT_THAT(flags("A:MG:91", "MG"), ElementsAre(12, 0, 0, 1, 0, 0));
    EXPECT_THAT(flags("A:NAD:92", "CA"), ElementsAre(1, 0, 0, 0, 0, 1));  // no alpha carbon
}

TEST(PocketGraph, DoesNotDependOnHydrogensProtonationNamesOrTheFrame) {
    std::vector<PdbAtom> raw = peptide({"ASP", "HIS", "LYS"}), prepared = raw;
    for (auto& atom : prepared) {
        if (atom.residue == "HIS") atom.residue = "HIP";
        if (atom.residue == "ASP") atom.residue = "ASH";
        for (auto& x : atom.at) x += 100;
    }
    prepared.push_back({"HZ1", "LYS", 3, {114, 103, 103}, "H"});

    const auto a = graph_of(raw, {6, 3, 0}), b = graph_of(prepared, {106, 103, 100});

    EXPECT_EQ(a.columns, b.columns);
    EXPECT_EQ(a.bonds, b.bonds);
}

}  // namespace
}  // namespace keyway::features

/// Guards the feature version: a pocket with every residue type must give the same columns for ever.
#include "support/pdb_text.hpp"

#include "keyway/core/sha256.hpp"
#include "keyway/features/features.hpp"
#include "keyway/sample/columns.hpp"

#include <gtest/gtest.h>

#include <sstream>

namespace keyway::features {
namespace {

using keyway::testing::PdbAtom;
using keyway::testing::residue_atoms;

constexpr int kGoldenVersion = 1;
constexpr const char* kGoldenHash = "18277323f78c5388b52551eb6fcee9bf8e0cbdb2fc9ad122b495b6b49ea6fbda";

/// Side-chain heavy atoms after CB. They stand 2.5 A apart, so that only the backbone has bonds.
const std::vector<std::pair<std::string, std::vector<std::string>>> kResidues = {
    {"ALA", {}},
    {"ARG", {"CG", "CD", "NE", "CZ", "NH1", "NH2"}},
    {"ASN", {"CG", "OD1", "ND2"}},
    {"ASP", {"CG", "OD1", "OD2"}},
    {"CYS", {"SG"}},
    {"GLN", {"CG", "CD", "OE1", "NE2"}},
    {"GLU", {"CG", "CD", "OE1", "OE2"}},
    {"GLY", {}},
    {"HIS", {"CG", "ND1", "CD2", "CE1", "NE2"}},
    {"ILE", {"CG1", "CG2", "CD1"}},
    {"LEU", {"CG", "CD1", "CD2"}},
    {"LYS", {"CG", "CD", "CE", "NZ"}},
    {"MET", {"CG", "SD", "CE"}},
    {"PHE", {"CG", "CD1", "CD2", "CE1", "CE2", "CZ"}},
    {"PRO", {"CG", "CD"}},
    {"SER", {"OG"}},
    {"THR", {"OG1", "CG2"}},
    {"TRP", {"CG", "CD1", "CD2", "NE1", "CE2", "CE3", "CZ2", "CZ3", "CH2"}},
    {"TYR", {"CG", "CD1", "CD2", "CE1", "CE2", "CZ", "OH"}},
    {"VAL", {"CG1", "CG2"}},
    {"MSE", {"CG", "SE", "CE"}},
    {"SEP", {"OG", "P", "O1P", "O2P", "O3P"}}};

PocketGraph golden_pocket() {
    std::vector<PdbAtom> atoms;
    int number = 0;
    for (const auto& [residue, side_chain] : kResidues) {
        // Rows of four residues keep everything near the centre.
        const std::array<double, 3> row = {-3.8 * 4 * (number / 4), 0, 30.0 * (number / 4) - 75};
        ++number;
        auto more = residue_atoms(residue, number, "A", row);
        auto at = more.back().at;
        for (const auto& name : side_chain) {
            at[2] += 2.5;
            const std::string element = name == "SE" ? "SE" : name.substr(0, 1);
            more.push_back({name, residue, number, at, element});
        }
        atoms.insert(atoms.end(), more.begin(), more.end());
    }
    atoms.push_back({"OXT", "SEP", number, {20, 0, 60}, "O"});
    double z = -70;
    for (const auto& [name, element] : std::vector<std::pair<std::string, std::string>>{
             {"ZN", "ZN"}, {"MG", "MG"}, {"CA", "CA"}, {"FE", "FE"}, {"NA", "NA"}}) {
        atoms.push_back({name, name, ++number, {-10, 10, z += 5}, element});
    }
    atoms.push_back({"O", "HOH", ++number, {-10, 10, z += 5}, "O"});
    for (const auto& [name, element] : std::vector<std::pair<std::string, std::string>>{{"C1", "C"},
                                                                                        {"N1", "N"},
                                                                                        {"O1", "O"},
                                                                                        {"S1", "S"},
                                                                                        {"P1", "P"},
                                                                                        {"F1", "F"},
                                                                                        {"CL1", "CL"},
                                                                                        {"BR1", "BR"},
                                                                                        {"I1", "I"},
                                                                                        {"SE1", "SE"},
                                                                                        {"B1", "B"}}) {
        atoms.push_back({name, "NAD", number + 1, {-10, 14, z += 3}, element});
    }
    const auto structure = chem::read_structure_text(keyway::testing::pdb_of(atoms), "golden.pdb");
    return pocket_graph(
        chem::cut_pocket(structure, chem::site_from_box({0, 0, 0}, {200, 200, 300}), {}, {{"HOH"}, {}}));
}

std::string spelled_out(const PocketGraph& graph) {
    std::ostringstream text;
    for (std::size_t i = 0; i < graph.atoms(); ++i) {
        text << graph.residue_labels[static_cast<std::size_t>(graph.residue[i])] << ' '
             << graph.atom_names[i];
        for (std::size_t c = 0; c < kPocketColumns.size(); ++c) {
            text << ' ' << int{graph.columns[i * kPocketColumns.size() + c]};
        }
        text << ' ' << int{graph.is_token[i]} << '\n';
    }
    for (const auto& [a, b] : graph.bonds) text << a << '-' << b << '\n';
    return text.str();
}

TEST(PocketGolden, ColumnsOfEveryResidueTypeAreThoseOfThisFeatureVersion) {
    const auto text = spelled_out(golden_pocket());

    EXPECT_EQ(kFeatureVersion, kGoldenVersion)
        << "the feature version was raised: store it here together with the hash of the new columns, "
        << sha256_of(text);
    EXPECT_EQ(sha256_of(text), kGoldenHash) << "pocket features have changed. If that is meant, raise "
                                               "kFeatureVersion in sample/columns.hpp and store "
                                               "the new version and hash here; files and models of the old "
                                               "version are then refused. The columns are:\n"
                                            << text;
}

TEST(PocketGolden, HoldsEveryResidueTypeAndElement) {
    const auto graph = golden_pocket();
    std::vector<int> residue_types(24, 0), elements(16, 0);
    for (std::size_t i = 0; i < graph.atoms(); ++i) {
        ++elements[graph.columns[i * kPocketColumns.size()]];
        ++residue_types[graph.columns[i * kPocketColumns.size() + 1]];
    }
    for (std::size_t type = 1; type < residue_types.size(); ++type) EXPECT_GT(residue_types[type], 0) << type;
    for (std::size_t element = 0; element < elements.size(); ++element)
        EXPECT_GT(elements[element], 0) << element;
}

}  // namespace
}  // namespace keyway::features

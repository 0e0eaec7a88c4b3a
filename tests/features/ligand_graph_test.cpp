/// What a ligand's graph promises: independent of atom order, true to geometry, blind to charges and
/// isotopes.
#include "ligand_support.hpp"

#include <DataStructs/ExplicitBitVect.h>
#include <GraphMol/Fingerprints/MorganFingerprints.h>
#include <GraphMol/RWMol.h>
#include <GraphMol/SmilesParse/SmilesWrite.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>
#include <map>

namespace keyway::features {
namespace {

using testing::column;
using testing::graph_of;

const std::filesystem::path kShared = KEYWAY_SHARED_DIR;

const std::vector<std::string> kMolecules = {
    "CC(=O)Oc1ccccc1C(=O)O",
    "C[C@H](N)C(=O)N[C@@H](CO)C(=O)O",
    "C/C=C/C(=O)N1CC[C@@H](F)[C@H]1Cl",
    "CN1[C@H]2CC[C@@H]1[C@H]([C@H](C2)OC(=O)c3ccccc3)C(=O)OC",
    "C[S@](=O)c1ccc(/C=C2\\CCc3cc(F)ccc32)cc1",
    "O=C1N2[C@@H](SC1(C)C)[C@H](C2=O)NC(=O)Cc4ccccc4",
    "CC(C)C[C@H](NC(=O)[C@@H]1C[C@H]2CCCC[C@@H]2N1)C(=N)N",
    "OP(=O)(O)OC[C@H]1O[C@@H](n2cnc3c(N)ncnc32)[C@H](O)[C@@H]1O",
    "C1CC2(C1)C[C@@H]1C[C@H]2c2c1[nH]c1ccccc21",
};

/// +1 if `order` is an even permutation of `reference`, -1 if odd.
int parity(std::vector<int> order, const std::vector<int>& reference) {
    int sign = 1;
    for (std::size_t k = 0; k < order.size(); ++k) {
        const auto at = std::find(order.begin(), order.end(), reference[k]) - order.begin();
        EXPECT_LT(at, static_cast<std::ptrdiff_t>(order.size())) << "another neighbour";
        if (static_cast<std::size_t>(at) != k) {
            std::swap(order[k], order[static_cast<std::size_t>(at)]);
            sign = -sign;
        }
    }
    return sign;
}

std::map<std::array<int, 2>, int> bond_table(const LigandGraph& graph, const std::vector<unsigned>& name) {
    std::map<std::array<int, 2>, int> table;
    for (std::size_t k = 0; k < graph.bonds.size(); ++k) {
        int a = static_cast<int>(name[graph.bonds[k][0]]), b = static_cast<int>(name[graph.bonds[k][1]]);
        table[{std::min(a, b), std::max(a, b)}] = graph.bond_types[k];
    }
    return table;
}

std::vector<unsigned> identity(std::size_t count) {
    std::vector<unsigned> names(count);
    for (unsigned i = 0; i < count; ++i) names[i] = i;
    return names;
}

/// Compares `b` with `a` when atom i of `b` is atom `name[i]` of `a`.
void expect_same(const LigandGraph& a, const LigandGraph& b, const std::vector<unsigned>& name) {
    ASSERT_EQ(a.atoms(), b.atoms());
    for (std::size_t i = 0; i < b.atoms(); ++i)
        for (const auto& c : kLigandColumns)
            EXPECT_EQ(column(b, i, c.name), column(a, name[i], c.name)) << c.name << " of atom " << name[i];
    EXPECT_EQ(bond_table(a, identity(a.atoms())), bond_table(b, name));
    EXPECT_EQ(a.fingerprint, b.fingerprint);
    EXPECT_EQ(a.smiles, b.smiles);
    ASSERT_EQ(a.stereo.size(), b.stereo.size());
    for (const auto& centre : b.stereo) {
        const auto same = std::find_if(a.stereo.begin(), a.stereo.end(), [&](const StereoCentre& other) {
            return other.atom == name[centre.atom];
        });
        ASSERT_NE(same, a.stereo.end());
        std::vector<int> order;
        for (const int neighbour : centre.neighbour)
            order.push_back(neighbour < 0 ? -1 : static_cast<int>(name[static_cast<std::size_t>(neighbour)]));
        EXPECT_EQ(same->sign, centre.sign * parity(order, {same->neighbour.begin(), same->neighbour.end()}));
    }
}

TEST(LigandGraphTest, HasTheMorganFingerprintOfRdkit) {
    for (const char* smiles : {"C", "CCO", "c1ccc2[nH]ccc2c1", "C[C@H](N)C(=O)O", "C[N+](C)(C)CC#N",
                               "CC(C)(C)c1ccc(cc1)S(=O)(=O)N1CCOCC1", "C1CC2CCC1C2", "O.CC"}) {
        const auto molecule = chem::parse_smiles(smiles, "x").value();
        const std::unique_ptr<ExplicitBitVect> expected(
            RDKit::MorganFingerprints::getFingerprintAsBitVect(molecule.rdkit(), 2, kFingerprintBits));
        std::vector<int> bits;
        expected->getOnBits(bits);
        EXPECT_THAT(ligand_graph(molecule).value().fingerprint, ::testing::ElementsAreArray(bits)) << smiles;
    }
}

TEST(LigandGraphTest, IsIndependentOfTheOrderOfAtoms) {
    for (const auto& smiles : kMolecules) {
        const auto molecule = chem::parse_smiles(smiles, "x").value();
        const auto reference = ligand_graph(molecule).value();
        ASSERT_FALSE(reference.stereo.empty() && smiles.find('@') != std::string::npos) << smiles;
        for (int trial = 0; trial < 50; ++trial) {
            const RDKit::RWMol copy(molecule.rdkit());
            const auto shuffled =
                RDKit::MolToSmiles(copy, true, false, -1, false, false, false, /*doRandom=*/true);
            std::vector<unsigned> name;
            copy.getProp("_smilesAtomOutputOrder", name);
            SCOPED_TRACE(smiles + " as " + shuffled);
            expect_same(reference, graph_of(shuffled), name);
            if (HasFailure()) return;
        }
    }
}

std::string mirrored(std::string smiles) {
    for (std::size_t i = 0; i < smiles.size(); ++i) {
        if (smiles[i] != '@') continue;
        if (smiles[i + 1] == '@')
            smiles.erase(i, 1);
        else
            smiles.insert(i++, 1, '@');
    }
    return smiles;
}

TEST(LigandGraphTest, AMirrorImageDiffersInTheSignsOfItsCentresAlone) {
    for (const auto& smiles : kMolecules) {
        const auto one = graph_of(smiles), other = graph_of(mirrored(smiles));
        EXPECT_EQ(one.columns, other.columns) << smiles;
        EXPECT_EQ(one.bond_types, other.bond_types) << smiles;
        EXPECT_EQ(one.fingerprint, other.fingerprint) << smiles;
        ASSERT_EQ(one.stereo.size(), other.stereo.size()) << smiles;
        for (std::size_t k = 0; k < one.stereo.size(); ++k) {
            EXPECT_EQ(one.stereo[k].neighbour, other.stereo[k].neighbour) << smiles;
            EXPECT_EQ(one.stereo[k].sign, -other.stereo[k].sign) << smiles;
        }
    }
}

TEST(LigandGraphTest, DoubleBondStereoShowsInTheBondClassAlone) {
    const auto e = graph_of("F/C=C/Cl"), z = graph_of("F/C=C\\Cl"), open = graph_of("FC=CCl");
    EXPECT_EQ(e.bond_types[1], bond_class(1, false, false, 1));
    EXPECT_EQ(z.bond_types[1], bond_class(1, false, false, 2));
    EXPECT_EQ(open.bond_types[1], bond_class(1, false, false, 0));
    EXPECT_EQ(e.columns, z.columns);
}

TEST(LigandGraphTest, BondClassesTellOrderConjugationAndRing) {
    EXPECT_EQ(graph_of("CC").bond_types[0], bond_class(0, false, false, 0));
    EXPECT_EQ(graph_of("C=CC=C").bond_types[1], bond_class(0, true, false, 0));
    EXPECT_EQ(graph_of("C#N").bond_types[0], bond_class(2, false, false, 0));
    EXPECT_EQ(graph_of("C1CC1").bond_types[0], bond_class(0, false, true, 0));
    EXPECT_EQ(graph_of("c1ccccc1").bond_types[0], bond_class(3, true, true, 0));
}

/// The sign that `StereoCentre` promises, from positions: seen from neighbour 0, do the others run
/// counter-clockwise? An implicit hydrogen points away from the three others.
int sign_from_positions(const StereoCentre& centre, const std::vector<std::array<double, 3>>& positions) {
    std::array<std::array<double, 3>, 4> arm{};
    for (std::size_t k = 0; k < 4; ++k)
        for (std::size_t axis = 0; axis < 3; ++axis) {
            const auto neighbour = centre.neighbour[k];
            if (neighbour >= 0)
                arm[k][axis] =
                    positions[static_cast<std::size_t>(neighbour)][axis] - positions[centre.atom][axis];
            else
                arm[k][axis] = -arm[0][axis] - arm[1][axis] - arm[2][axis];
        }
    const auto& [from, b, c, d] = arm;
    // The turn b, c, d about the axis that points from the centre to the viewer.
    double turn = 0;
    for (std::size_t i = 0; i < 3; ++i) {
        const std::size_t j = (i + 1) % 3, k = (i + 2) % 3;
        const auto cross = [&](const auto& x, const auto& y) { return x[j] * y[k] - x[k] * y[j]; };
        turn += from[i] * (cross(b, c) + cross(c, d) + cross(d, b));
    }
    return turn > 0 ? 1 : -1;
}

chem::LigandRecord sdf_record(const std::string& text) {
    chem::LigandRecord record;
    record.format = chem::LigandFormat::sdf;
    record.text = text;
    return record;
}

TEST(LigandGraphTest, TheSignOfACentreIsThatOfItsGeometry) {
    // F looks down on Cl, Br, H, which run counter-clockwise.
    const std::string block =
        "x\n  keyway          3D\n\n  4  3  0  0  0  0  0  0  0  0999 V2000\n"
        "    0.0000    0.0000    0.0000 C   0  0\n    0.0000    0.0000    1.3500 F   0  0\n"
        "    1.6600    0.0000   -0.5900 Cl  0  0\n   -0.9000    1.5600   -0.6000 Br  0  0\n"
        "  1  2  1  0\n  1  3  1  0\n  1  4  1  0\nM  END\n";
    const auto molecule = chem::parse_ligand(sdf_record(block)).value();
    const auto graph = ligand_graph(molecule).value();
    ASSERT_EQ(graph.stereo.size(), 1u);
    EXPECT_EQ(graph.stereo[0].neighbour, (std::array<std::int16_t, 4>{1, 2, 3, -1}));
    EXPECT_EQ(graph.stereo[0].sign, 1);
    EXPECT_EQ(sign_from_positions(graph.stereo[0], molecule.positions_angstrom()), 1);
}

TEST(LigandGraphTest, RealCrystalLigandsHaveTheSignsOfTheirGeometry) {
    const auto folder = kShared / "data/pdbbind_sample";
    if (!std::filesystem::exists(folder))
        GTEST_SKIP() << "SKIPPED: no " << folder << ", real geometry not tested";
    int centres = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        if (!entry.is_directory()) continue;
        const auto code = entry.path().filename().string();
        const auto molecule = chem::read_ligand_files(
            {entry.path() / (code + "_ligand.sdf"), entry.path() / (code + "_ligand.mol2")}, code, "");
        if (!molecule) continue;
        const auto graph = ligand_graph(molecule.value());
        ASSERT_TRUE(graph.ok()) << code << ": " << graph.rejection().message;
        for (const auto& centre : graph.value().stereo) {
            EXPECT_EQ(centre.sign, sign_from_positions(centre, molecule.value().positions_angstrom()))
                << code;
            ++centres;
        }
    }
    EXPECT_GT(centres, 100);
}

TEST(LigandGraphTest, ChargedAndNeutralFormsGiveTheSameGraph) {
    for (const auto& [charged, neutral] :
         {std::pair{"CC(=O)[O-]", "CC(=O)O"}, std::pair{"[NH3+][C@@H](C)C(=O)[O-]", "N[C@@H](C)C(=O)O"},
          std::pair{"CNC(N)=[NH2+]", "CNC(N)=N"}, std::pair{"Cc1cc[nH+]cc1", "Cc1ccncc1"},
          std::pair{"[O-]c1ccccc1.[Na+]", "Oc1ccccc1"}, std::pair{"COP(=O)([O-])[O-]", "COP(=O)(O)O"}}) {
        const auto a = graph_of(charged), b = graph_of(neutral);
        EXPECT_EQ(a.columns, b.columns) << charged;
        EXPECT_EQ(a.bonds, b.bonds) << charged;
        EXPECT_EQ(a.bond_types, b.bond_types) << charged;
        EXPECT_EQ(a.stereo, b.stereo) << charged;
        EXPECT_EQ(a.fingerprint, b.fingerprint) << charged;
        EXPECT_EQ(a.smiles, b.smiles) << charged;
    }
}

TEST(LigandGraphTest, IsotopesStayInTheSmilesAndOutOfTheFeatures) {
    for (const auto& [labelled, plain] :
         {std::pair{"[2H]C([2H])([2H])OC", "COC"}, std::pair{"[13CH3]c1cc[15nH]c1", "Cc1cc[nH]c1"},
          std::pair{"C[C@H](O)[13CH3]", "CC(O)C"}, std::pair{"C[C@]([2H])(O)F", "C[C@H](O)F"}}) {
        const auto a = graph_of(labelled), b = graph_of(plain);
        EXPECT_EQ(a.columns, b.columns) << labelled;
        EXPECT_EQ(a.bond_types, b.bond_types) << labelled;
        EXPECT_EQ(a.stereo, b.stereo) << labelled;
        EXPECT_EQ(a.fingerprint, b.fingerprint) << labelled;
        EXPECT_NE(a.smiles, b.smiles) << labelled;
    }
}

TEST(LigandGraphTest, AromaticAndKekuleFormsGiveTheSameGraph) {
    EXPECT_EQ(graph_of("c1ccccc1O").columns, graph_of("C1=CC=CC=C1O").columns);
    EXPECT_EQ(graph_of("c1ccccc1O").bond_types, graph_of("C1=CC=CC=C1O").bond_types);
}

TEST(LigandGraphTest, RingSizesAreBitsAndLargeRingsCountAsRings) {
    const auto indane = graph_of("C1Cc2ccccc2C1");
    EXPECT_EQ(column(indane, 0, "ring_sizes"), 1 << 2);
    EXPECT_EQ(column(indane, 2, "ring_sizes"), 1 << 2 | 1 << 3);
    const auto large = graph_of("C1CCCCCCCC1");
    EXPECT_EQ(column(large, 0, "ring_sizes"), 0);
    EXPECT_EQ(column(large, 0, "in_ring"), 1);
}

TEST(LigandGraphTest, RandomWalksComeBackAsOftenAsTheyShould) {
    // A star: after even steps the centre is always back, a leaf in one of three cases.
    const auto star = graph_of("CC(=O)O");
    for (const auto* step : {"rwse_2", "rwse_4", "rwse_6", "rwse_8"}) {
        EXPECT_EQ(column(star, 0, step), 10) << "31 / 3";
        EXPECT_EQ(column(star, 1, step), 31);
    }
    // A triangle: p_k = 1/3 + 2/3 (-1/2)^k.
    const auto triangle = graph_of("C1CC1");
    const std::array expected = {0, 16, 8, 12, 10, 11, 10, 10};
    for (int k = 1; k <= 8; ++k)
        EXPECT_EQ(column(triangle, 0, "rwse_" + std::to_string(k)), expected[static_cast<std::size_t>(k) - 1])
            << k;
    EXPECT_EQ(column(graph_of("C"), 0, "rwse_2"), 0) << "a single atom goes nowhere";
}

TEST(LigandGraphTest, RefusesWhatTheColumnsCannotExpress) {
    auto mol = std::make_shared<RDKit::RWMol>(chem::parse_smiles("CC", "x").value().rdkit());
    mol->getBondWithIdx(0)->setBondType(RDKit::Bond::ZERO);
    const auto graph = ligand_graph(chem::Molecule(mol, "x", chem::Rung::clean));
    ASSERT_FALSE(graph.ok());
    EXPECT_EQ(graph.rejection().stage, "features");
    EXPECT_EQ(graph.rejection().reason, "BOND_TYPE");
}

TEST(LigandGraphTest, ThePoseIsGivenInThePocketsFrame) {
    const std::string block =
        "x\n  keyway          3D\n\n  3  2  0  0  0  0  0  0  0  0999 V2000\n"
        "    9.0000    9.0000    9.0000 H   0  0\n   10.0000   20.0000   30.5000 C   0  0\n"
        "   11.4000   20.0000   30.0000 O   0  0\n  1  2  1  0\n  2  3  1  0\nM  END\n";
    PocketGraph pocket;
    pocket.origin_angstrom = {10, 20, 30};
    const auto pose = pose_in_pocket(chem::parse_ligand(sdf_record(block)).value(), pocket);
    ASSERT_EQ(pose.size(), 2u);
    EXPECT_FLOAT_EQ(pose[0][2], 0.5f);
    EXPECT_FLOAT_EQ(pose[1][0], 1.4f);
    EXPECT_TRUE(pose_in_pocket(chem::parse_smiles("CO", "x").value(), pocket).empty());
}

TEST(LigandGraphTest, RealAssayTableGivesAGraphForEveryMolecule) {
    const auto path = kShared / "data/affinity/labels.csv";
    if (!std::filesystem::exists(path)) GTEST_SKIP() << "SKIPPED: no " << path << ", real labels not tested";
    chem::LigandFile file(path);
    std::size_t count = 0;
    for (chem::LigandRecord record; file.next(record);) {
        if (record.index % 5 != 0) continue;
        const auto molecule = chem::parse_ligand(record);
        ASSERT_TRUE(molecule.ok()) << record.id;
        const auto graph = ligand_graph(molecule.value());
        ASSERT_TRUE(graph.ok()) << record.id << ": " << graph.rejection().message;
        graph.value().check();
        ++count;
    }
    EXPECT_GT(count, 1000u);
}

}  // namespace
}  // namespace keyway::features

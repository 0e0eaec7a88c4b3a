/// Records to molecules: reasons, stereo from coordinates, the rescue ladder, and real data.
#include "keyway/chem/read_ligand.hpp"

#include "ligand_support.hpp"

#include "keyway/core/table.hpp"

#include <RDGeneral/RDLog.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

namespace keyway::chem {
namespace {

using testing::ethanol_block;
using ::testing::HasSubstr;
using testing::mol_block;
using testing::outcome;
using testing::outcome_of_sdf;
using testing::outcome_of_smiles;
using testing::record_of;
using testing::TemporaryFolder;

const std::filesystem::path kShared = KEYWAY_SHARED_DIR;

TEST(ReadLigandTest, GivesEachBadSmilesItsReason) {
    EXPECT_EQ(outcome_of_smiles(""), "EMPTY");
    EXPECT_EQ(outcome_of_smiles("  "), "EMPTY");
    EXPECT_EQ(outcome_of_smiles("CC\xC3\xA9O"), "NOT_ASCII");
    EXPECT_EQ(outcome_of_smiles("c1ccccc"), "SMILES_SYNTAX");
    EXPECT_EQ(outcome_of_smiles("[C+999999999]"), "NUMBER_RANGE");
    EXPECT_EQ(outcome_of_smiles("CC(C)(C)(C)C"), "VALENCE");
    EXPECT_EQ(outcome_of_smiles("c1ccnc1"), "KEKULE");
    EXPECT_EQ(outcome_of_smiles("*c1ccccc1"), "QUERY_ATOM");
    EXPECT_EQ(outcome_of_smiles("C~C"), "QUERY_ATOM");
    EXPECT_EQ(outcome_of_smiles("CC[Pt]Cl"), "METAL");
    EXPECT_EQ(outcome_of_smiles(std::string(151, 'C')), "TOO_LARGE");
    EXPECT_EQ(outcome_of_smiles(std::string(60000, 'C')), "TOO_LARGE");
}

TEST(ReadLigandTest, PassesTheSplittersRejectionOn) {
    auto record = record_of(LigandFormat::smiles, "CCO");
    record.rejection = Rejection{"read", "TOO_LONG", "long"};
    EXPECT_EQ(outcome(parse_ligand(record)), "TOO_LONG");
}

TEST(ReadLigandTest, SaysThatACxsmilesExtensionIsIgnored) {
    const auto molecule = parse_smiles("CCO |$;;x$|", "a").value();
    EXPECT_EQ(molecule.smiles(), "CCO");
    EXPECT_THAT(molecule.notes, ::testing::ElementsAre("CXSMILES extension ignored"));
}

TEST(ReadLigandTest, KeepsTheTextOnlyOfASmilesThatNothingHadToChange) {
    LigandOptions options;
    options.canonical_smiles = false;
    EXPECT_EQ(outcome_of_smiles(" OCC ", options), "OCC");
    EXPECT_EQ(outcome_of_smiles("OCC.Cl", options), "CCO") << "largest fragment";
    EXPECT_EQ(outcome_of_smiles("[O-]C(=O)C", options), "CC(=O)O") << "neutralised";
    EXPECT_EQ(outcome_of_smiles("OCC |$;;x$|", options), "CCO") << "the extension is no part of it";
    EXPECT_EQ(outcome_of_smiles("OCC(", options), "SMILES_SYNTAX");
    const auto from_coordinates = mol_block("x", {{"O", {0, 0, 0}}, {"C", {1.4, 0, 0}}}, {{1, 2, 1}});
    EXPECT_EQ(outcome_of_sdf(from_coordinates, options), "CO");
}

TEST(ReadLigandTest, FoldsExplicitHydrogens) {
    EXPECT_EQ(outcome_of_smiles("[H]C([H])([H])O[H]"), "CO");
    EXPECT_EQ(outcome_of_smiles("[H][C@](F)(Cl)Br"), outcome_of_smiles("F[C@@H](Cl)Br"));
    EXPECT_EQ(outcome_of_smiles("[H]/C(C)=N/[H]"), "CC=N");
}

/// CHFClBr with C at the origin; `z` = -1 gives the mirror image.
std::string bromochlorofluoromethane(double z, bool hydrogen) {
    std::vector<testing::PlacedAtom> atoms = {{"C", {0, 0, 0}},
                                              {"F", {0, 0, 1.35 * z}},
                                              {"Cl", {1.66, 0, -0.59 * z}},
                                              {"Br", {-0.9, 1.56, -0.6 * z}}};
    std::vector<testing::PlacedBond> bonds = {{1, 2, 1}, {1, 3, 1}, {1, 4, 1}};
    if (hydrogen) {
        atoms.push_back({"H", {-0.5, -0.87, -0.36 * z}});
        bonds.push_back({1, 5, 1});
    }
    return mol_block("x", atoms, bonds);
}

TEST(ReadLigandTest, ReadsTetrahedralStereoFromCoordinates) {
    // Seen from F the order Cl, Br, H is counter-clockwise: '@' in SMILES.
    const auto expected = outcome_of_smiles("F[C@](Cl)(Br)[H]"),
               mirrored = outcome_of_smiles("F[C@@](Cl)(Br)[H]");
    ASSERT_NE(expected, mirrored);
    for (const bool hydrogen : {true, false}) {
        EXPECT_EQ(outcome_of_sdf(bromochlorofluoromethane(1, hydrogen)), expected);
        EXPECT_EQ(outcome_of_sdf(bromochlorofluoromethane(-1, hydrogen)), mirrored);
    }
}

TEST(ReadLigandTest, ReadsDoubleBondStereoFromCoordinates) {
    const auto butene = [](double y) {
        return mol_block(
            "x", {{"C", {-1.9, 0.9, 0.01}}, {"C", {-0.67, 0, 0}}, {"C", {0.67, 0, 0}}, {"Cl", {1.9, y, 0}}},
            {{1, 2, 1}, {2, 3, 2}, {3, 4, 1}});
    };
    EXPECT_EQ(outcome_of_sdf(butene(0.9)), outcome_of_smiles("C/C=C\\Cl"));
    EXPECT_EQ(outcome_of_sdf(butene(-0.9)), outcome_of_smiles("C/C=C/Cl"));
}

TEST(ReadLigandTest, ReadsNoStereoFromCoordinatesThatAreAllZero) {
    EXPECT_EQ(outcome_of_sdf(mol_block("x", {{"C", {}}, {"C", {}}, {"C", {}}, {"Cl", {}}},
                                       {{1, 2, 1}, {2, 3, 2}, {3, 4, 1}})),
              "CC=CCl");
}

/// A five-bonded carbon.
std::string impossible_block() {
    return mol_block("x",
                     {{"C", {0, 0, 0.1}},
                      {"C", {1.5, 0, 0}},
                      {"C", {-1.5, 0, 0}},
                      {"C", {0, 1.5, 0}},
                      {"C", {0, -1.5, 0}},
                      {"C", {0, 0, 1.5}}},
                     {{1, 2, 1}, {1, 3, 1}, {1, 4, 1}, {1, 5, 1}, {1, 6, 1}});
}

TEST(ReadLigandTest, RescuesAStructureButNotATypingError) {
    const auto record = record_of(LigandFormat::sdf, impossible_block());
    const auto rescued = parse_ligand(record);
    ASSERT_TRUE(rescued.ok()) << rescued.rejection().message;
    EXPECT_EQ(rescued.value().rung(), Rung::partial_sanitisation);
    EXPECT_THAT(rescued.value().notes.back(), HasSubstr("valence"));
    LigandOptions strict;
    strict.rescue = false;
    EXPECT_EQ(outcome(parse_ligand(record, strict)), "VALENCE");
    EXPECT_EQ(outcome_of_smiles("CC(C)(C)(C)C"), "VALENCE");
}

TEST(ReadLigandTest, ClimbsTheLadderOverTheFilesOfALigand) {
    const TemporaryFolder folder;
    const auto good_sdf = folder.write("good.sdf", ethanol_block("a")),
               bad_sdf = folder.write("bad.sdf", "nothing\n"),
               impossible = folder.write("impossible.sdf", impossible_block()),
               mol2 = folder.write("a.mol2", testing::ethanol_mol2("a"));
    const auto rung = [&](std::vector<std::filesystem::path> files, const std::string& smiles = "") {
        const auto molecule = read_ligand_files(files, "a", smiles);
        return molecule ? std::string(to_string(molecule.value().rung())) : molecule.rejection().reason;
    };
    EXPECT_EQ(rung({mol2, good_sdf}), "clean") << "SDF first, whatever the order";
    EXPECT_EQ(rung({mol2}), "clean");
    EXPECT_EQ(rung({bad_sdf, mol2}), "mol2");
    EXPECT_EQ(rung({impossible, mol2}), "mol2");
    EXPECT_EQ(rung({impossible}), "partial_sanitisation");
    EXPECT_EQ(rung({folder / "absent.sdf", mol2}), "mol2");
    const auto lost = read_ligand_files({bad_sdf, folder / "absent.sdf"}, "a", "");
    ASSERT_FALSE(lost.ok());
    EXPECT_EQ(lost.rejection().reason, "MOL_SYNTAX");
    EXPECT_THAT(lost.rejection().message, HasSubstr("bad.sdf"));
    EXPECT_THAT(lost.rejection().message, HasSubstr("absent.sdf"));
}

TEST(ReadLigandTest, NamesTheVersionOfRdkit) { EXPECT_THAT(rdkit_version(), ::testing::StartsWith("20")); }

// ---------------------------------------------------------------- real data

TEST(ReadLigandTest, RealLibraryIsReadWithoutLoss) {
    const auto path = kShared / "data/libraries/1000.smi";
    if (!std::filesystem::exists(path)) GTEST_SKIP() << "SKIPPED: no " << path << ", real library not tested";
    LigandFile file(path);
    std::size_t count = 0;
    for (LigandRecord record; file.next(record); ++count) {
        const auto molecule = parse_ligand(record);
        ASSERT_TRUE(molecule.ok()) << record.id << ": " << molecule.rejection().message;
        EXPECT_EQ(parse_smiles(molecule.value().smiles(), "x").value().smiles(), molecule.value().smiles());
    }
    EXPECT_EQ(count, 1000u);
}

TEST(ReadLigandTest, RealAssayTableIsReadWithoutLoss) {
    const auto path = kShared / "data/affinity/labels.csv";
    if (!std::filesystem::exists(path)) GTEST_SKIP() << "SKIPPED: no " << path << ", real labels not tested";
    LigandFile file(path);
    std::map<std::string, int> reasons;
    std::size_t count = 0;
    for (LigandRecord record; file.next(record); ++count) {
        const auto molecule = parse_ligand(record);
        if (!molecule) ++reasons[molecule.rejection().reason];
    }
    EXPECT_EQ(count, 5430u);
    EXPECT_THAT(reasons, ::testing::IsEmpty());
}

TEST(ReadLigandTest, RealCrystalLigandsAreReadWithTheStereoOfTheirSmiles) {
    const auto folder = kShared / "data/pdbbind_sample";
    if (!std::filesystem::exists(folder))
        GTEST_SKIP() << "SKIPPED: no " << folder << ", crystal ligands not tested";
    std::map<std::string, int> rungs;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        if (!entry.is_directory()) continue;
        const auto code = entry.path().filename().string();
        const auto molecule = read_ligand_files(
            {entry.path() / (code + "_ligand.sdf"), entry.path() / (code + "_ligand.mol2")}, code, "");
        ++rungs[molecule ? std::string(to_string(molecule.value().rung())) : molecule.rejection().reason];
        if (!molecule) continue;
        EXPECT_EQ(molecule.value().positions_angstrom().size(),
                  static_cast<std::size_t>(molecule.value().heavy_atoms()));
        EXPECT_EQ(outcome_of_smiles(molecule.value().smiles()), molecule.value().smiles()) << code;
    }
    // 3qlb is an iron complex.
    EXPECT_EQ(rungs, (std::map<std::string, int>{{"clean", 47}, {"mol2", 2}, {"METAL", 1}}));
}

TEST(ReadLigand, RdkitStaysSilentWhateverSwitchesItsLogsOn) {
    warm_up_rdkit();
    boost::logging::enable_logs("rdApp.*");  // as some of RDKit's own functions do for a moment
    ::testing::internal::CaptureStderr();
    EXPECT_TRUE(parse_smiles("CC(=O)[O-]", "x").ok());
    EXPECT_FALSE(parse_smiles("c1cccc1", "x").ok());
    EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
    boost::logging::disable_logs("rdApp.*");
}

}  // namespace
}  // namespace keyway::chem

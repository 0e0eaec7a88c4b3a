/// The ways to name a binding site.
#include "support/pdb_text.hpp"
#include "support/temporary_folder.hpp"

#include "keyway/chem/pocket.hpp"
#include "keyway/core/error.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace keyway::chem {
namespace {

using keyway::testing::operator+;
using keyway::testing::ligand_atoms;
using keyway::testing::pdb_of;
using keyway::testing::peptide;
using keyway::testing::TemporaryFolder;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

using Point = std::array<double, 3>;

std::vector<Point> points_of(const std::string& name, const std::string& text) {
    const TemporaryFolder folder;
    return site_from_ligand_file(folder.write(name, text)).points_angstrom;
}

/// Message and hint of the Error of this kind that `make` throws.
template <class Make>
std::string failure_of(ErrorKind kind, const Make& make) {
    try {
        make();
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), kind);
        return std::string(error.what()) + " | " + error.hint();
    }
    return "no error";
}

std::string bad_file(const std::string& text) {
    return failure_of(ErrorKind::input, [&] { points_of("ligand", text); });
}

const char* const kSdf =
    "lig\n  prog\n\n  4  3  0  0  0  0  0  0  0  0999 V2000\n"
    "    1.0000   -2.0000    3.5000 C   0  0\n"
    " -100.5000 1000.2500    0.0000 Cl  0  0\n"
    "    4.0000    4.0000    4.0000 H   0  0\n"
    "    5.0000    5.0000    5.0000 D   0  0\n"
    "  1  2  1  0\n  1  3  1  0\n  1  4  1  0\nM  END\n$$$$\n"
    "second\n\n\n  1  0  0  0  0  0  0  0  0  0999 V2000\n"
    "    9.0000    9.0000    9.0000 C   0  0\nM  END\n$$$$\n";

TEST(SiteFromLigandFile, ReadsTheHeavyAtomsOfTheFirstMoleculeOfAnSdf) {
    const Point carbon{1, -2, 3.5}, chlorine{-100.5, 1000.25, 0};
    EXPECT_THAT(points_of("l.sdf", kSdf), ElementsAre(carbon, chlorine));
}

TEST(SiteFromLigandFile, ReadsV3000) {
    const auto points =
        points_of("l.sdf",
                  "lig\n\n\n  0  0  0  0  0  0  0  0  0  0999 V3000\nM  V30 BEGIN CTAB\n"
                  "M  V30 COUNTS 2 1 0 0 0\nM  V30 BEGIN ATOM\nM  V30 1 N 1.5 2.5 3.5 0 CHG=1\n"
                  "M  V30 2 H 1 1 1 0\nM  V30 END ATOM\nM  V30 BEGIN BOND\nM  V30 1 1 1 2\n"
                  "M  V30 END BOND\nM  V30 END CTAB\nM  END\n");
    EXPECT_THAT(points, ElementsAre(Point{1.5, 2.5, 3.5}));
}

TEST(SiteFromLigandFile, ReadsMol2) {
    const auto points = points_of("l.mol2",
                                  "# comment\n@<TRIPOS>MOLECULE\nlig\n 3 2 0 0 0\nSMALL\nNO_CHARGES\n\n"
                                  "@<TRIPOS>ATOM\n 1 C1 1.0 2.0 3.0 C.ar 1 LIG 0.0\n 2 H1 0 0 0 H 1 LIG 0.0\n"
                                  " 3 N1 -1.5 2.0 3.0 N.4 1 LIG 0.0\n@<TRIPOS>BOND\n 1 1 2 ar\n");
    EXPECT_THAT(points, ElementsAre(Point{1, 2, 3}, Point{-1.5, 2, 3}));
}

TEST(SiteFromLigandFile, ReadsPdbAndPdbqt) {
    const auto pdb = pdb_of({{"C1", "LIG", 1, {1, 2, 3}},
                             {"H1", "LIG", 1, {0, 0, 0}, "H"},
                             {"N1", "LIG", 1, {4, 5, 6}, "N", "A", 'A'},
                             {"N1", "LIG", 1, {4, 5, 7}, "N", "A", 'B'},
                             {"HC2", "LIG", 1, {0, 0, 0}, ""}});
    EXPECT_THAT(points_of("l.pdb", pdb), ElementsAre(Point{1, 2, 3}, Point{4, 5, 6}));

    const auto pdbqt =
        "ROOT\n"
        "HETATM    1  C1  LIG A   1       1.000   2.000   3.000  1.00  0.00     0.100 A \n"
        "HETATM    2  H1  LIG A   1       1.000   2.000   4.000  1.00  0.00     0.100 HD\n"
        "HETATM    3  O1  LIG A   1       1.000   2.000   5.000  1.00  0.00     0.100 OA\nENDROOT\n";
    EXPECT_THAT(points_of("l.pdbqt", pdbqt), ElementsAre(Point{1, 2, 3}, Point{1, 2, 5}));
}

TEST(SiteFromLigandFile, RefusesWhatCannotSayWhereTheSiteIs) {
    std::string flat = "flat\n\n\n  4  0  0  0  0  0  0  0  0  0999 V2000\n";
    for (int i = 0; i < 4; ++i) flat += "    1.0000    2.0000    0.0000 C   0  0\n";
    EXPECT_THAT(bad_file(flat), HasSubstr("no 3D coordinates"));
    EXPECT_THAT(bad_file(pdb_of(ligand_atoms("LIG", 1, {0, 0, 1}, 501))), HasSubstr("501 heavy atoms"));
    EXPECT_THAT(bad_file("C1CCCCC1 cyclohexane\n"), HasSubstr("reference ligand"));
    EXPECT_THAT(bad_file(""), HasSubstr("is empty"));
    EXPECT_THAT(bad_file("x\n\n\n  2  0  0  0 V2000\n    1.0000    2.0000    3.0000 C   0  0\n"),
                HasSubstr("expected 2 atoms, got 1"));
    EXPECT_THAT(bad_file("x\n\n\n  1  0  0  0 V2000\n       nan    2.0000    3.0000 C   0  0\n"),
                HasSubstr("line 5"));
}

TEST(SiteFromStructureLigand, TakesNameChainAndNumber) {
    for (const auto* spec : {"ATP", "atp:A", "ATP:A:501", "ATP:_:-3B", "ATP::501"}) {
        EXPECT_EQ(site_from_structure_ligand(spec).kind, Site::Kind::ligand_in_structure) << spec;
    }
    for (const auto* spec : {"", ":A:1", "ATP:A:x", "ATP:A:1:2"}) {
        EXPECT_THAT(failure_of(ErrorKind::usage, [&] { site_from_structure_ligand(spec); }),
                    HasSubstr("NAME[:CHAIN[:NUMBER]]"))
            << spec;
    }
}

TEST(SiteFromResidues, TakesInsertionCodesNegativeNumbersAndBlankChains) {
    EXPECT_THAT(site_from_residues("A:25, A:60A,B:-3,_:7,12,A:ASP:25").residues,
                ElementsAre("A:25", "A:60A", "B:-3", "_:7", "12", "A:ASP:25"));
    for (const auto* list : {"A:", "A:B:C:1", "A25:", "A:1x2"}) {
        EXPECT_THAT(failure_of(ErrorKind::usage, [&] { site_from_residues(list); }),
                    HasSubstr("CHAIN:NUMBER"))
            << list;
    }
    EXPECT_THAT(failure_of(ErrorKind::usage, [] { site_from_residues(" , "); }), HasSubstr("empty"));
}

TEST(SiteFromNumbers, RefusesWhatIsNotFiniteOrNotPositive) {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    EXPECT_THROW(site_from_centre({0, nan, 0}), Error);
    EXPECT_THROW(site_from_box({0, 0, 0}, {20, 0, 20}), Error);
    EXPECT_THROW(site_from_box({0, 0, 0}, {20, -5, 20}), Error);
}

TEST(Site, DescribesItselfForMessages) {
    EXPECT_EQ(site_from_centre({1, -2, 3.5}).describe(), "centre 1.000,-2.000,3.500");
    EXPECT_EQ(site_from_box({0, 0, 0}, {20, 22, 24}).describe(),
              "box of 20 x 22 x 24 A at 0.000,0.000,0.000");
    EXPECT_EQ(site_from_structure_ligand("ATP:A").describe(), "ligand ATP:A of the structure");
    EXPECT_EQ(site_from_residues("A:25,A:26").describe(), "residues A:25,A:26");
}

Structure with_molecules(const std::vector<std::pair<std::string, int>>& molecules) {
    auto atoms = peptide({"ALA", "GLY"});
    double y = 10;
    int number = 300;
    for (const auto& [name, size] : molecules)
        atoms = atoms + ligand_atoms(name, ++number, {0, y += 6, 0}, size);
    return read_structure_text(pdb_of(atoms), "test.pdb");
}

TEST(CandidateLigands, AreMoleculesThatNobodyAddsToACrystallisation) {
    const auto structure = with_molecules(
        {{"GOL", 6}, {"PG4", 13}, {"NAG", 14}, {"HEM", 43}, {"478", 35}, {"FRG", 6}, {"XK2", 41}});
    EXPECT_THAT(candidate_ligands(structure), ElementsAre("478:A:305", "XK2:A:307"));
}

TEST(CandidateLigands, AreCofactorsOnlyIfNothingElseIsThere) {
    EXPECT_THAT(candidate_ligands(with_molecules({{"GOL", 6}, {"ATP", 31}})), ElementsAre("ATP:A:302"));
    EXPECT_THAT(candidate_ligands(with_molecules({{"SO4", 5}})), IsEmpty());
}

}  // namespace
}  // namespace keyway::chem

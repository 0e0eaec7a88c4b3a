/// Cutting pockets: what belongs to one, what never does, and what is refused.
#include "keyway/chem/pocket.hpp"

#include "support/pdb_text.hpp"
#include "support/temporary_folder.hpp"

#include "keyway/core/error.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace keyway::chem {
namespace {

using keyway::testing::operator+;
using keyway::testing::ligand_atoms;
using keyway::testing::pdb_of;
using keyway::testing::PdbAtom;
using keyway::testing::peptide;
using keyway::testing::residue_atoms;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

Structure structure_of(const std::vector<PdbAtom>& atoms) {
    return read_structure_text(pdb_of(atoms), "test.pdb");
}

Site points(const std::vector<std::array<double, 3>>& at) {
    Site site;
    site.kind = Site::Kind::points;
    site.points_angstrom = at;
    site.source = "ligand.sdf";
    return site;
}

std::vector<std::string> labels(const Pocket& pocket) {
    std::vector<std::string> result;
    for (const auto& residue : pocket.residues) result.push_back(residue.label());
    return result;
}

std::string failure_of(const Structure& structure, const Site& site, ErrorKind kind = ErrorKind::input) {
    try {
        cut_pocket(structure, site, {});
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), kind);
        return std::string(error.what()) + " | " + error.hint();
    }
    return "no error";
}

/// A chain of 40 alanines along x, 3.8 A each, and a ligand of 9 atoms beside residues 19 to 22.
std::vector<PdbAtom> complex_atoms() {
    return peptide(std::vector<std::string>(40, "ALA")) + ligand_atoms("LIG", 501, {72, 6, 0}, 9);
}

PdbAtom single(const std::string& name, const std::string& residue, int number, std::array<double, 3> at,
               const std::string& element) {
    PdbAtom atom{name, residue, number, at, element};
    atom.record = "HETATM";
    return atom;
}

TEST(CutPocket, KeepsWholeResiduesWithAnAtomWithinTheCutoff) {
    const auto structure = structure_of(peptide(std::vector<std::string>(10, "ALA")));
    PocketDefinition definition;
    definition.residue_cutoff_angstrom = 3.0;
    definition.token_cutoff_angstrom = 2.0;

    // CA of residue 5 is at (20.2, 0.8, 0).
    const auto pocket = cut_pocket(structure, points({{20.2, 2.8, 0}, {20.2, 2.9, 0}}), definition);

    EXPECT_THAT(labels(pocket), ElementsAre("A:ALA:5"));
    EXPECT_EQ(pocket.residues[0].atoms.size(), 5u);
    EXPECT_THAT(pocket.is_token[0], ElementsAre(0, 1, 0, 0, 1));  // CA and CB
    EXPECT_NEAR(pocket.site_centre_angstrom[1], 2.85, 1e-12);
    EXPECT_EQ(pocket.definition, definition);
}

TEST(CutPocket, AnAtomExactlyAtTheCutoffBelongsToIt) {
    const auto structure = structure_of(residue_atoms("GLY", 0));
    PocketDefinition definition;
    definition.residue_cutoff_angstrom = definition.token_cutoff_angstrom = 4.0;

    const auto pocket = cut_pocket(structure, points({{0, 0, 4}, {0, 0, 5}}), definition);

    EXPECT_THAT(pocket.is_token[0], ElementsAre(1, 0, 0, 0));
}

TEST(CutPocket, GivesTheSamePocketForALigandInsideTheStructureAndInAFile) {
    const auto atoms = complex_atoms();
    const auto structure = structure_of(atoms);
    std::vector<std::array<double, 3>> at;
    for (const auto& atom : atoms) {
        if (atom.residue == "LIG") at.push_back(atom.at);
    }

    const auto inside = cut_pocket(structure, site_from_structure_ligand("LIG"), {});
    const auto from_file = cut_pocket(structure, points(at), {});

    EXPECT_GT(inside.residues.size(), 5u);
    EXPECT_EQ(labels(inside), labels(from_file));
    EXPECT_EQ(inside.is_token, from_file.is_token);
    EXPECT_EQ(inside.site_centre_angstrom, from_file.site_centre_angstrom);
    EXPECT_THAT(from_file.notes, Contains(HasSubstr("left out A:LIG:501: it lies on the reference ligand")));
}

TEST(CutPocket, LeavesOutEveryCopyThatLiesOnTheSiteEvenAmongCofactors) {
    auto atoms = complex_atoms() + ligand_atoms("ATP", 502, {72.5, 6, 0}, 9);

    const auto pocket = cut_pocket(structure_of(atoms), site_from_structure_ligand("LIG"), {}, {{"ATP"}, {}});

    EXPECT_THAT(labels(pocket), Not(Contains(HasSubstr("ATP"))));
}

TEST(CutPocket, LeavesOutAPeptideChainThatIsTheReferenceLigand) {
    auto ligand = residue_atoms("SER", 1, "P", {68, 7, 0}) + residue_atoms("SER", 2, "P", {68, 7, 0});
    std::vector<std::array<double, 3>> at;
    for (const auto& atom : ligand) at.push_back(atom.at);

    const auto pocket =
        cut_pocket(structure_of(peptide(std::vector<std::string>(40, "ALA")) + ligand), points(at), {});

    EXPECT_THAT(labels(pocket), Not(Contains(HasSubstr("SER"))));
}

TEST(CutPocket, FollowsThePolicyForWatersIonsCofactorsAdditivesAndOtherLigands) {
    const auto structure =
        structure_of(complex_atoms() +
                     std::vector<PdbAtom>{single("O", "HOH", 601, {74, 10, 0}, "O"),
                                          single("ZN", "ZN", 602, {76, 10, 0}, "ZN"),
                                          single("CL", "CL", 603, {78, 10, 0}, "CL")} +
                     ligand_atoms("NAD", 604, {72, 10, 5}, 9) + ligand_atoms("GOL", 605, {72, 10, -5}, 6) +
                     ligand_atoms("XYZ", 606, {72, 11, 2}, 9));
    const auto het = [&](const PocketDefinition& definition, const HetPolicy& policy) {
        std::vector<std::string> names;
        for (const auto& residue :
             cut_pocket(structure, site_from_structure_ligand("LIG"), definition, policy).residues) {
            if (residue.kind != ResidueKind::amino_acid) names.push_back(residue.name);
        }
        return names;
    };
    PocketDefinition nothing;
    nothing.keep_metals = nothing.keep_cofactors = false;
    PocketDefinition wet;
    wet.keep_waters = true;

    EXPECT_THAT(het({}, {}), ElementsAre("ZN", "NAD"));
    EXPECT_THAT(het(nothing, {}), ElementsAre());
    EXPECT_THAT(het(wet, {}), ElementsAre("HOH", "ZN", "NAD"));
    EXPECT_THAT(het({}, {{"gol", "XYZ", "WAT"}, {"ZN"}}), ElementsAre("HOH", "NAD", "GOL", "XYZ"));
    EXPECT_THROW(het({}, {{"ZN"}, {"ZN"}}), Error);
    EXPECT_THAT(cut_pocket(structure, site_from_structure_ligand("LIG"), {}).notes,
                ElementsAre("kept in the pocket: NAD, ZN", "left out waters: HOH",
                            "left out buffer, salt or solvent: CL, GOL", "left out other ligands: XYZ"));
}

TEST(CutPocket, EnlargesABareCentreByTheDocumentedReach) {
    const auto structure = structure_of(peptide(std::vector<std::string>(40, "GLY")));

    // N of residue 20 is at x = 76; everything within 8 + 4 A of it.
    const auto pocket = cut_pocket(structure, site_from_centre({76, 0, 0}), {});

    EXPECT_EQ(pocket.residues.front().number,
              17);  // C at 67.07 is the nearest atom: 8.9 A; 16's is 12.7 A away
    EXPECT_EQ(pocket.residues.back().number, 23);  // N at 87.4: 11.4 A
}

TEST(CutPocket, MovesTheFacesOfABoxIn) {
    const auto structure = structure_of(peptide(std::vector<std::string>(40, "GLY")));

    // 20 A wide: the inner box ends 5 A from its centre, so residues reach to 13 A.
    const auto pocket = cut_pocket(structure, site_from_box({76, 0, 0}, {20, 20, 20}), {});

    EXPECT_EQ(pocket.residues.front().number, 16);  // C at 63.27: 12.7 A
    EXPECT_EQ(pocket.residues.back().number, 23);   // N of 24 at 91.2: 15.2 A
    EXPECT_DOUBLE_EQ(pocket.site_centre_angstrom[0], 76);
}

TEST(CutPocket, TakesResiduesAsLiningOfTheSite) {
    const auto structure = structure_of(peptide(std::vector<std::string>(40, "ALA")));

    const auto one = cut_pocket(structure, site_from_residues("A:20"), {});
    const auto lining = cut_pocket(structure, site_from_residues("A:18,A:19,A:20,A:21,A:22"), {});

    EXPECT_THAT(labels(one), Contains("A:ALA:17"));
    EXPECT_THAT(labels(lining),
                ::testing::AllOf(Contains("A:ALA:18"), Contains("A:ALA:17"), Contains("A:ALA:22")));
    EXPECT_THAT(labels(lining), Not(Contains("A:ALA:16")));
}

TEST(CutPocket, FindsResiduesByInsertionCodeNegativeNumberAndBlankChain) {
    auto atoms = peptide({"ALA", "SER", "GLY"});
    for (auto& atom : atoms) {
        if (atom.residue == "SER") atom.number = 1, atom.insertion_code = 'A';
        if (atom.residue == "GLY") atom.number = -5, atom.chain = " ";
    }
    const auto structure = structure_of(atoms);

    for (const auto* list : {"A:1A", "_:-5", "A:SER:1A", "1"}) {
        EXPECT_NO_THROW(cut_pocket(structure, site_from_residues(list), {})) << list;
    }
    EXPECT_THAT(failure_of(structure, site_from_residues("A:1B")),
                HasSubstr("no residue A:1B | its chains are A, _"));
    EXPECT_THAT(failure_of(structure, site_from_residues("A:THR:1A")), HasSubstr("no residue A:THR:1A"));
}

TEST(CutPocket, ListsTheLigandsThereAreWhenTheNamedOneIsNot) {
    const auto structure = structure_of(complex_atoms());

    EXPECT_THAT(failure_of(structure, site_from_structure_ligand("ATP")),
                HasSubstr("has no ligand ATP | ligands in it: LIG:A:501"));
    EXPECT_THAT(failure_of(structure, site_from_structure_ligand("ALA:A:5")), HasSubstr("part of a chain"));
    EXPECT_THAT(failure_of(structure, Site{}, ErrorKind::usage), HasSubstr("LIG:A:501"));
}

TEST(CutPocket, SaysWhichOfSeveralEqualLigandsItTook) {
    const auto structure = structure_of(complex_atoms() + ligand_atoms("LIG", 502, {100, 6, 0}, 9));

    EXPECT_THAT(cut_pocket(structure, site_from_structure_ligand("LIG"), {}).notes,
                Contains("LIG occurs 2 times; the site is LIG:A:501"));
    EXPECT_GT(cut_pocket(structure, site_from_structure_ligand("LIG:A:502"), {}).site_centre_angstrom[0],
              100);
}

TEST(CutPocket, SaysHowFarTheProteinIsWhenThePocketIsEmpty) {
    const auto structure = structure_of(peptide({"GLY", "GLY"}));

    // N of residue 1 is at (3.8, 0, 0).
    EXPECT_THAT(
        failure_of(structure, points({{-46.2, 0, 0}, {-47, 0, 0}})),
        ::testing::AllOf(HasSubstr("nearest protein atom is 50.0 A away"), HasSubstr("frame of another")));
}

TEST(CutPocket, WarnsWhenTheReferenceLiesInsideTheProtein) {
    const auto structure = structure_of(peptide(std::vector<std::string>(40, "ALA")));
    std::vector<std::array<double, 3>> at;
    for (int i = 0; i < 8; ++i) at.push_back({70.0 + 1.5 * i, 1.5, 0.5});

    EXPECT_THAT(cut_pocket(structure, points(at), {}).notes,
                Contains(HasSubstr("reference atoms lie within 2 A")));
}

TEST(CutPocket, RefusesBackboneAndAlphaCarbonModels) {
    std::vector<PdbAtom> backbone, alpha;
    for (const auto& atom : peptide(std::vector<std::string>(20, "LEU"))) {
        if (atom.name != "CB") backbone.push_back(atom);
        if (atom.name == "CA") alpha.push_back(atom);
    }

    EXPECT_THAT(failure_of(structure_of(backbone), site_from_centre({38, 5, 0})),
                HasSubstr("have no side chain"));
    EXPECT_THAT(failure_of(structure_of(alpha), site_from_centre({38, 5, 0})),
                HasSubstr("have no side chain"));
}

TEST(CutPocket, NotesResiduesThatLackAtoms) {
    const auto structure = structure_of(peptide({"ALA", "LEU", "ALA"}));

    EXPECT_THAT(cut_pocket(structure, site_from_centre({8, 5, 0}), {}).notes,
                Contains("1 residue lacks atoms: A:LEU:2"));
}

TEST(CutPocket, RefusesMoreThanFourThousandAtoms) {
    std::vector<PdbAtom> atoms;
    for (int layer = 0; layer < 25; ++layer) {
        for (int i = 0; i < 40; ++i) {
            const auto more =
                residue_atoms("ALA", i, std::string(1, static_cast<char>('A' + layer)), {0, 4.0 * layer, 0});
            atoms.insert(atoms.end(), more.begin(), more.end());
        }
    }
    EXPECT_THAT(failure_of(structure_of(atoms), site_from_box({75, 50, 0}, {400, 400, 400})),
                HasSubstr("has 5000 atoms, at most 4000"));
}

/// The structure that Debian's pymol-data brings: HIV-1 protease with amprenavir, in the pre-1996 layout.
TEST(CutPocket, CutsTheSamePocketOf1hpvByNameByFileAndByResidueNumber) {
    const std::filesystem::path path = "/usr/share/pymol/data/tut/1hpv.pdb";
    if (!std::filesystem::exists(path))
        GTEST_SKIP() << "SKIPPED: " << path << " is not installed (pymol-data)";
    const auto structure = read_structure(path);
    const keyway::testing::TemporaryFolder folder;
    std::string ligand;
    for (const auto& residue : structure.residues) {
        if (residue.name != "478") continue;
        for (const auto& atom : residue.atoms) {
            ligand += keyway::testing::pdb_line({atom.name, "LIG", 1, atom.position_angstrom, ""});
        }
    }

    const auto by_name = cut_pocket(structure, site_from_structure_ligand("478"), {});
    const auto by_file = cut_pocket(structure, site_from_ligand_file(folder.write("ligand.pdb", ligand)), {});
    const auto by_lining =
        cut_pocket(structure, site_from_residues("A:25,A:27,A:28,A:50,A:84,B:25,B:27,B:50,B:84"), {});

    EXPECT_THAT(candidate_ligands(structure), ElementsAre("478:_:200"));
    EXPECT_EQ(labels(by_name), labels(by_file));
    EXPECT_EQ(by_name.is_token, by_file.is_token);
    EXPECT_THAT(labels(by_name),
                ::testing::AllOf(Contains("A:ASP:25"), Contains("B:ASP:25"), Contains("A:ILE:50")));
    EXPECT_THAT(labels(by_lining),
                ::testing::AllOf(Contains("A:ASP:25"), Contains("A:GLY:49"), Contains("B:GLY:49")));
    EXPECT_THAT(labels(by_name), Not(Contains(HasSubstr("478"))));
    EXPECT_THAT(labels(by_name), Not(Contains(HasSubstr("HOH"))));
}

}  // namespace
}  // namespace keyway::chem

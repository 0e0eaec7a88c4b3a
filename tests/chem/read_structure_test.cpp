/// Each quirk of structure files, in text made here.
#include "support/pdb_text.hpp"
#include "support/temporary_folder.hpp"

#include "keyway/chem/structure.hpp"
#include "keyway/core/error.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <algorithm>

namespace keyway::chem {
namespace {

using keyway::testing::operator+;
using keyway::testing::pdb_line;
using keyway::testing::pdb_of;
using keyway::testing::PdbAtom;
using keyway::testing::peptide;
using keyway::testing::residue_atoms;
using keyway::testing::TemporaryFolder;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Structure read(const std::string& text) { return read_structure_text(text, "test.pdb"); }
Structure read(const std::vector<PdbAtom>& atoms) { return read(pdb_of(atoms)); }

std::vector<std::string> atom_names(const Residue& residue) {
    std::vector<std::string> names;
    for (const auto& atom : residue.atoms) names.push_back(atom.name);
    return names;
}

/// Message and hint of the Error(input) that reading `text` throws.
std::string failure_of(const std::string& text) {
    try {
        read(text);
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::input);
        return std::string(error.what()) + " | " + error.hint();
    }
    return "no error";
}

PdbAtom hetatm(const std::string& name, const std::string& residue, int number, std::array<double, 3> at,
               const std::string& element) {
    PdbAtom atom{name, residue, number, at, element};
    atom.record = "HETATM";
    return atom;
}

TEST(ReadStructure, GivesResiduesWithAuthorNumbersAndPositions) {
    const auto structure = read(peptide({"ALA", "GLY"}));

    ASSERT_EQ(structure.residues.size(), 2u);
    EXPECT_EQ(structure.residues[0].label(), "A:ALA:1");
    EXPECT_EQ(structure.residues[0].kind, ResidueKind::amino_acid);
    EXPECT_THAT(atom_names(structure.residues[1]), ElementsAre("N", "CA", "C", "O"));
    EXPECT_DOUBLE_EQ(structure.residues[1].atoms[0].position_angstrom[0], 7.6);
    EXPECT_EQ(structure.residues[0].atoms[1].atomic_number, 6);
    EXPECT_THAT(structure.notes, IsEmpty());
}

TEST(ReadStructure, ReadsThePre1996LayoutWithTheEntryCodeInColumns73To80) {
    // Columns 79-80 hold "04" of a line number; a charge field there would be wrong.
    std::string text = "HEADER    HYDROLASE                               18-NOV-94   1HPV      1HPV   2\n";
    for (auto atom : peptide({"PRO", "GLN", "ILE"})) {
        atom.element = "";
        std::string line = pdb_line(atom);
        line.resize(72);
        text += line + "1HPV1704\n";
    }

    const auto structure = read(text);

    ASSERT_EQ(structure.residues.size(), 3u);
    EXPECT_EQ(structure.residues[0].atoms[1].name, "CA");
    EXPECT_EQ(structure.residues[0].atoms[1].atomic_number, 6);
}

TEST(ReadStructure, KeepsTheMostOccupiedAlternateLocation) {
    auto atoms = peptide({"ALA", "GLY"});
    atoms[4].altloc = 'A', atoms[4].occupancy = 0.4;
    auto other = atoms[4];
    other.altloc = 'B', other.occupancy = 0.6, other.at[2] += 1;
    atoms.insert(atoms.begin() + 5, other);

    const auto structure = read(atoms);

    ASSERT_EQ(structure.residues[0].atoms.size(), 5u);
    EXPECT_DOUBLE_EQ(structure.residues[0].atoms[4].position_angstrom[2], other.at[2]);
    EXPECT_THAT(structure.notes, ElementsAre(HasSubstr("alternate locations of 1 residue")));
}

TEST(ReadStructure, TakesTheFirstOfEquallyOccupiedLocations) {
    auto atoms = peptide({"ALA", "GLY"});
    atoms[4].altloc = 'B', atoms[4].occupancy = 0.5;
    auto other = atoms[4];
    other.altloc = 'A', other.at[2] += 1;
    atoms.insert(atoms.begin() + 5, other);

    EXPECT_DOUBLE_EQ(read(atoms).residues[0].atoms[4].position_angstrom[2], atoms[4].at[2]);
}

TEST(ReadStructure, NeighboursInSequenceTakeTheSameConformer) {
    // Residue 1 prefers B strongly, residue 2 prefers A slightly: stitched from both, the chain would break.
    std::vector<PdbAtom> atoms;
    const double occupancy_of_b[] = {0.8, 0.45};
    for (int number = 1; number <= 2; ++number) {
        for (const auto& atom : residue_atoms("ALA", number)) {
            for (const char letter : {'A', 'B'}) {
                auto copy = atom;
                copy.altloc = letter;
                copy.occupancy = letter == 'B' ? occupancy_of_b[number - 1] : 1 - occupancy_of_b[number - 1];
                if (letter == 'B') copy.at[1] += 3;
                atoms.push_back(copy);
            }
        }
    }

    const auto structure = read(atoms);

    ASSERT_EQ(structure.residues.size(), 2u);
    EXPECT_DOUBLE_EQ(structure.residues[0].atoms[0].position_angstrom[1], 3.0);
    EXPECT_DOUBLE_EQ(structure.residues[1].atoms[0].position_angstrom[1], 3.0);
}

TEST(ReadStructure, KeepsOneResidueTypeWhereTheConformersDifferInIt) {
    auto serine = residue_atoms("SER", 2), threonine = residue_atoms("THR", 2);
    for (auto& atom : serine) atom.altloc = 'A', atom.occupancy = 0.3;
    for (auto& atom : threonine) atom.altloc = 'B', atom.occupancy = 0.7;

    const auto structure = read(residue_atoms("ALA", 1) + serine + threonine + residue_atoms("GLY", 3));

    ASSERT_EQ(structure.residues.size(), 3u);
    EXPECT_EQ(structure.residues[1].name, "THR");
}

TEST(ReadStructure, KeepsInsertionCodesAndNegativeNumbersApart) {
    auto atoms = residue_atoms("ALA", 60) + residue_atoms("SER", 61) + residue_atoms("GLY", -3);
    for (std::size_t i = 5; i < 10; ++i) atoms[i].number = 60, atoms[i].insertion_code = 'A';

    const auto structure = read(atoms);

    ASSERT_EQ(structure.residues.size(), 3u);
    EXPECT_EQ(structure.residues[1].label(), "A:SER:60A");
    EXPECT_EQ(structure.residues[2].label(), "A:GLY:-3");
}

TEST(ReadStructure, MapsModifiedResiduesMarkedHetatmToTheirParents) {
    auto selenium = residue_atoms("MSE", 2);
    selenium.push_back({"SE", "MSE", 2, {9.5, 3.0, 2.0}, "SE"});
    for (auto& atom : selenium) atom.record = "HETATM";

    const auto structure = read(residue_atoms("ALA", 1) + selenium + residue_atoms("TPO", 3));

    EXPECT_EQ(structure.residues[1].kind, ResidueKind::amino_acid);
    EXPECT_EQ(structure.residues[1].name, "MSE");
    EXPECT_EQ(structure.residues[1].standard_name, "MET");
    EXPECT_EQ(structure.residues[1].atoms.back().atomic_number, 34);
    EXPECT_EQ(structure.residues[2].standard_name, "THR");
    EXPECT_THAT(structure.notes, ElementsAre("read 1 MSE as MET, 1 TPO as THR"));
}

TEST(ReadStructure, MapsForceFieldNames) {
    const std::vector<std::pair<std::string, std::string>> names = {
        {"HIE", "HIS"}, {"HID", "HIS"}, {"HIP", "HIS"}, {"HSD", "HIS"}, {"CYX", "CYS"},
        {"CYM", "CYS"}, {"ASH", "ASP"}, {"GLH", "GLU"}, {"LYN", "LYS"}};
    for (const auto& [written, parent] : names) {
        const auto structure = read(peptide({"GLY", written, "GLY"}));
        EXPECT_EQ(structure.residues[1].standard_name, parent) << written;
        EXPECT_EQ(structure.residues[1].kind, ResidueKind::amino_acid) << written;
    }
}

TEST(ReadStructure, ReadsFourLetterResidueNames) {
    // Amber's NGLN and CLEU stand in columns 18-21, right before the chain; GROMACS's HISE without chain.
    std::string text;
    for (auto atom : peptide({"GLN", "HIS", "LEU"})) {
        std::string line = pdb_line(atom);
        if (atom.residue == "GLN") line.replace(17, 5, "NGLNA");
        if (atom.residue == "HIS") line.replace(17, 5, "HISE ");
        if (atom.residue == "LEU") line.replace(17, 5, "CLEUA");
        text += line;
    }

    const auto structure = read(text);

    ASSERT_EQ(structure.residues.size(), 3u);
    EXPECT_EQ(structure.residues[0].label(), "A:GLN:1");
    EXPECT_EQ(structure.residues[1].label(), "_:HIS:2");
    EXPECT_EQ(structure.residues[2].label(), "A:LEU:3");
}

TEST(ReadStructure, KeepsTwoLetterChainIds) {
    std::string text;
    for (const auto& atom : peptide({"ALA", "GLY"})) text += pdb_line(atom).replace(20, 2, "AB");

    EXPECT_EQ(read(text).residues[0].label(), "AB:ALA:1");
}

TEST(ReadStructure, InfersTheParentOfAnUnknownResidueInsideAChain) {
    auto unknown = residue_atoms("XYZ", 2);
    unknown.push_back({"SG", "XYZ", 2, {10.5, 2.5, 2.5}, "S"});
    unknown.push_back({"C1", "XYZ", 2, {12.0, 2.5, 3.5}, "C"});
    for (auto& atom : unknown) atom.record = "HETATM";

    const auto structure = read(residue_atoms("ALA", 1) + unknown + residue_atoms("GLY", 3));

    EXPECT_EQ(structure.residues[1].kind, ResidueKind::amino_acid);
    EXPECT_EQ(structure.residues[1].standard_name, "CYS");
}

TEST(ReadStructure, TakesAFreeAminoAcidForALigand) {
    auto ligand = residue_atoms("GLU", 301, "A", {-1000, 30, 0});
    for (auto& atom : ligand) atom.record = "HETATM";

    const auto structure = read(peptide({"ALA", "GLU", "GLY"}) + ligand);

    EXPECT_EQ(structure.residues[1].kind, ResidueKind::amino_acid);
    EXPECT_EQ(structure.residues[3].kind, ResidueKind::other);
}

TEST(ReadStructure, ClassifiesWatersIonsNucleotidesCapsAndMolecules) {
    auto atoms = peptide({"ALA", "GLY"});
    atoms.push_back({"CH3", "ACE", 0, {-2, 0, 0}});
    for (const auto* name : {"P", "O5'", "C5'", "C4'", "N9"}) {
        atoms.push_back({name, "DA", 20, {0, 40.0 + 2 * atoms.size(), 0}, std::string(1, name[0]), "D"});
    }
    atoms.push_back(hetatm("O", "HOH", 401, {0, 20, 0}, "O"));
    atoms.push_back(hetatm("ZN", "ZN", 301, {0, 10, 0}, "ZN"));
    atoms.push_back(hetatm("CL", "CL", 302, {0, 14, 0}, "CL"));
    for (int i = 0; i < 7; ++i)
        atoms.push_back(hetatm("C" + std::to_string(i), "LIG", 501, {1.5 * i, 17, 0}, "C"));

    const auto structure = read(atoms);

    std::vector<std::pair<std::string, ResidueKind>> kinds;
    for (const auto& residue : structure.residues) kinds.emplace_back(residue.name, residue.kind);
    using K = ResidueKind;
    EXPECT_THAT(kinds, ElementsAre(std::pair{"ALA", K::amino_acid}, std::pair{"GLY", K::amino_acid},
                                   std::pair{"ACE", K::amino_acid}, std::pair{"DA", K::nucleotide},
                                   std::pair{"HOH", K::water}, std::pair{"ZN", K::metal},
                                   std::pair{"CL", K::other}, std::pair{"LIG", K::other}));
}

TEST(ReadStructure, TellsCalciumFromAlphaCarbonWithoutElementColumn) {
    auto atoms = peptide({"ALA", "GLY"});
    atoms.push_back(hetatm("CA", "CA", 301, {0, 10, 0}, ""));
    std::string text;
    for (auto& atom : atoms) {
        atom.element = "";
        std::string line = pdb_line(atom);
        line.resize(66);
        // Left-justified, as many programs write: the name alone would say calcium for both.
        if (atom.name == "CA") line.replace(12, 4, "CA  ");
        text += line + "\n";
    }

    const auto structure = read(text);

    EXPECT_EQ(structure.residues[0].atoms[1].atomic_number, 6);
    EXPECT_EQ(structure.residues[2].atoms[0].atomic_number, 20);
    EXPECT_EQ(structure.residues[2].kind, ResidueKind::metal);
}

TEST(ReadStructure, CorrectsAWrongElementColumnOfAProteinAtom) {
    auto atoms = peptide({"ALA", "GLY"});
    std::string text;
    for (const auto& atom : atoms) {
        std::string line = pdb_line(atom);
        if (atom.name == "CA") line.replace(76, 2, "CA");
        text += line;
    }

    EXPECT_EQ(read(text).residues[0].atoms[1].atomic_number, 6);
}

TEST(ReadStructure, IgnoresSegmentsChargesAndRubbishAfterTheElement) {
    std::string text;
    for (const auto& atom : peptide({"ALA", "GLY"})) {
        std::string line = pdb_line(atom);
        line.resize(78);
        line.replace(72, 4, "PROA");
        text += line + "9Z and more text than a line should have\n";
    }

    EXPECT_EQ(read(text).residues.size(), 2u);
}

TEST(ReadStructure, RemovesHydrogensDeuteriumAndVirtualSites) {
    auto atoms = peptide({"SER", "GLY"});
    atoms.insert(atoms.begin() + 5, {{"HG", "SER", 1, {4, 4, 4}, "H"},
                                     {"1HB", "SER", 1, {4, 5, 4}, ""},
                                     {"HG11", "SER", 1, {4, 6, 4}, ""},
                                     {"DA", "SER", 1, {4, 7, 4}, "D"}});
    atoms.push_back({"OW", "SOL", 9, {0, 20, 0}, "O"});
    atoms.push_back({"HW1", "SOL", 9, {0, 21, 0}, "H"});
    atoms.push_back({"MW", "SOL", 9, {0, 20.2, 0}, ""});

    const auto structure = read(atoms);

    EXPECT_THAT(atom_names(structure.residues[0]), ElementsAre("N", "CA", "C", "O", "CB"));
    EXPECT_THAT(atom_names(structure.residues[2]), ElementsAre("OW"));
}

TEST(ReadStructure, TakesTheFirstOfSeveralModels) {
    const auto model = pdb_of(peptide({"ALA", "GLY"}));

    const auto structure =
        read("MODEL        1\n" + model + "ENDMDL\nMODEL        2\n" + model + "ENDMDL\nEND\n");

    EXPECT_EQ(structure.residues.size(), 2u);
    EXPECT_THAT(structure.notes, ElementsAre("took model 1 of 2"));
}

TEST(ReadStructure, TakesTheFirstFrameOfATrajectoryButAllOfAConcatenatedComplex) {
    const auto frame = pdb_of(peptide({"ALA", "GLY"}));
    std::string ligand;
    for (int i = 0; i < 7; ++i) {
        ligand += pdb_line(hetatm("C" + std::to_string(i), "LIG", 1, {1.5 * i, 9, 0}, "C"));
    }

    EXPECT_EQ(read(frame + "END\n" + frame + "END\n").residues.size(), 2u);
    EXPECT_EQ(read(frame + "END\n" + ligand + "END\n").residues.size(), 3u);
}

TEST(ReadStructure, SeparatesTwoChainsWithoutChainIds) {
    auto first = peptide({"ALA", "GLY"}), second = first;
    for (auto& atom : first) atom.chain = " ";
    for (auto& atom : second) atom.chain = " ", atom.at[1] += 20;

    const auto structure = read(first + second);

    EXPECT_EQ(structure.residues.size(), 4u);
    EXPECT_THAT(structure.notes, ElementsAre(HasSubstr("separated 2 residues")));
}

TEST(ReadStructure, StandardisesAtomNamesOfOtherPrograms) {
    auto atoms = peptide({"ALA", "ILE"});
    atoms.push_back({"CD", "ILE", 2, {9.5, 3.0, 3.5}, "C"});
    for (auto& atom : atoms) {
        if (atom.residue == "ILE" && atom.name == "O") atom.name = "OT1";
    }
    atoms.push_back({"OT2", "ILE", 2, {11.0, 0.5, 0.6}, "O"});

    EXPECT_THAT(atom_names(read(atoms).residues[1]), ElementsAre("N", "CA", "C", "O", "CB", "CD1", "OXT"));
}

TEST(ReadStructure, MarksTheFirstAminoAcidOfAChainUnlessItIsCapped) {
    std::vector<PdbAtom> capped = {{"C", "ACE", 0, {0, 30, 0}, "C", "B"}};
    const auto structure = read(peptide({"ALA", "GLY"}) + capped + residue_atoms("SER", 1, "B", {0, 30, 0}));

    EXPECT_TRUE(structure.residues[0].is_n_terminus);
    EXPECT_FALSE(structure.residues[1].is_n_terminus);
    EXPECT_FALSE(structure.residues[3].is_n_terminus);
}

TEST(ReadStructure, ReadsWindowsLineEndsAndAByteOrderMark) {
    std::string text = "\xEF\xBB\xBF";
    for (const auto& atom : peptide({"ALA", "GLY"})) {
        text += pdb_line(atom);
        text.insert(text.size() - 1, "\r");
    }

    EXPECT_EQ(read(text).residues.size(), 2u);
}

const char* const kMmcif = R"(data_TEST
#
loop_
_atom_site.group_PDB
_atom_site.id
_atom_site.type_symbol
_atom_site.label_atom_id
_atom_site.label_alt_id
_atom_site.label_comp_id
_atom_site.label_asym_id
_atom_site.label_entity_id
_atom_site.label_seq_id
_atom_site.pdbx_PDB_ins_code
_atom_site.Cartn_x
_atom_site.Cartn_y
_atom_site.Cartn_z
_atom_site.occupancy
_atom_site.B_iso_or_equiv
_atom_site.auth_seq_id
_atom_site.auth_asym_id
_atom_site.pdbx_PDB_model_num
ATOM   1 N N  . ASP A 1 1 A 0.0  0.0 0.0 1.0 20 60 HH 1
ATOM   2 C CA A ASP A 1 1 A 1.2  0.8 0.0 0.3 20 60 HH 1
ATOM   3 C CA B ASP A 1 1 A 1.2  0.9 0.0 0.7 20 60 HH 1
ATOM   4 C C  . ASP A 1 1 A 2.47 0.0 0.0 1.0 20 60 HH 1
HETATM 5 C C1 . "B9T" B 2 . ? 9.0 9.0 9.0 1.0 20 501 HH 1
ATOM   6 N N  . ASP A 1 1 A 5.0  0.0 0.0 1.0 20 60 HH 2
)";

TEST(ReadStructure, ReadsMmcifWithAuthorNumbersAltlocsInsertionCodesAndModels) {
    const auto structure = read_structure_text(kMmcif, "test.cif");

    ASSERT_EQ(structure.residues.size(), 2u);
    EXPECT_EQ(structure.residues[0].label(), "HH:ASP:60A");
    EXPECT_DOUBLE_EQ(structure.residues[0].atoms[1].position_angstrom[1], 0.9);
    EXPECT_EQ(structure.residues[1].label(), "HH:B9T:501");
    EXPECT_THAT(structure.notes, ::testing::Contains("took model 1 of 2"));
}

TEST(ReadStructure, ReadsGzipAndNamesTheStructureAfterTheFile) {
    const TemporaryFolder folder;
    const auto path = folder / "1abc.pdb.gz";
    const auto text = pdb_of(peptide({"ALA", "GLY"}));
    gzFile file = gzopen(path.c_str(), "wb");
    gzwrite(file, text.data(), static_cast<unsigned>(text.size()));
    gzclose(file);

    const auto structure = read_structure(path);

    EXPECT_EQ(structure.name, "1abc");
    EXPECT_EQ(structure.residues.size(), 2u);
}

TEST(ReadStructure, RefusesATruncatedGzipFile) {
    const TemporaryFolder folder;
    const auto path = folder / "whole.pdb.gz";
    std::string text;
    for (int i = 0; i < 200; ++i) text += pdb_of(residue_atoms("ALA", i));
    gzFile file = gzopen(path.c_str(), "wb");
    gzwrite(file, text.data(), static_cast<unsigned>(text.size()));
    gzclose(file);
    const auto bytes = keyway::testing::read_bytes(path);
    const auto cut = folder.write("cut.pdb.gz", bytes.substr(0, bytes.size() / 2));

    EXPECT_THROW(read_structure(cut), Error);
}

TEST(ReadStructure, RefusesAFolderAMissingFileAndAnEmptyFile) {
    const TemporaryFolder folder;
    for (const auto& path : {folder.path(), folder / "missing.pdb", folder.write("empty.pdb", "\n")}) {
        try {
            read_structure(path);
            ADD_FAILURE() << path << " was read";
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::input);
            EXPECT_THAT(error.what(), HasSubstr(path.string()));
        }
    }
}

TEST(ReadStructure, SaysWhatIsWrongWithAFileThatIsNoStructure) {
    EXPECT_THAT(failure_of("To whom it may concern,\nthis is a letter.\n"), HasSubstr("has no atoms"));
    EXPECT_THAT(failure_of("lig\n  RDKit\n\n  1  0  0  0  0  0  0  0  0  0999 V2000\n"),
                HasSubstr("ligand file"));
    EXPECT_THAT(failure_of(std::string("ATOM\0\0", 6)), HasSubstr("not a text file"));
    EXPECT_THAT(failure_of("data_test\n_cell.length_a 10\n"), HasSubstr("has no atoms"));
    EXPECT_THAT(failure_of("data_test\nloop_\n_atom_site.id\n_atom_site"),
                HasSubstr("cannot read structure"));
}

TEST(ReadStructure, SaysWhereARecordIsCutOffOrACoordinateIsNoNumber) {
    const auto whole = pdb_of(peptide({"ALA", "GLY"}));
    auto damaged = whole;
    damaged.replace(79 + 30, 8, "********");

    EXPECT_THAT(failure_of(whole.substr(0, 79 * 3 + 40)), HasSubstr("line 4 of 'test.pdb' is cut off"));
    EXPECT_THAT(failure_of(damaged),
                HasSubstr("line 2 of 'test.pdb': columns 31-38 should hold a coordinate"));
    EXPECT_THAT(failure_of(pdb_of(peptide({"ALA"})).replace(30, 8, "     nan")), HasSubstr("coordinate"));
    EXPECT_THAT(failure_of(pdb_of(peptide({"ALA"})).replace(30, 8, "  200000")), HasSubstr("coordinate"));
}

TEST(ReadStructure, RefusesAStructureWithoutProtein) {
    EXPECT_THAT(failure_of(pdb_line(hetatm("C1", "LIG", 1, {0, 0, 0}, "C"))), HasSubstr("no amino acids"));
}

}  // namespace
}  // namespace keyway::chem

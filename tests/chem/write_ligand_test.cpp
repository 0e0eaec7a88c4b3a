/// SDF records: coordinates kept or drawn, and text that cannot break out of its place.
#include "keyway/chem/write_ligand.hpp"

#include "keyway/chem/read_ligand.hpp"

#include <gtest/gtest.h>

namespace keyway::chem {
namespace {

Molecule molecule_of(const std::string& smiles) {
    auto molecule = parse_smiles(smiles, "m");
    EXPECT_TRUE(molecule.ok()) << smiles;
    return molecule.value();
}

/// Reads one SDF record back as keyway would.
Result<Molecule> read_back(std::string record) {
    LigandRecord raw;
    raw.format = LigandFormat::sdf;
    raw.text = record.substr(0, record.find("$$$$"));
    return parse_ligand(raw);
}

TEST(WriteLigand, ADrawnMoleculeReadsBackAsItself) {
    for (const char* smiles : {"CCO", "c1ccccc1", "C[C@H](N)C(=O)O", "C/C=C/C", "C[N+](C)(C)CCO"}) {
        const Molecule molecule = molecule_of(smiles);
        const auto again = read_back(write_sdf_record(mol_block(molecule), "m", {}));
        ASSERT_TRUE(again.ok()) << smiles;
        EXPECT_EQ(again.value().smiles(), molecule.smiles());
        EXPECT_TRUE(again.value().positions_angstrom().empty()) << "a drawing is not a pose";
    }
}

TEST(WriteLigand, ThreeDimensionalCoordinatesAreKept) {
    const std::string block =
        "\n     test\n\n  2  1  0  0  0  0            999 V2000\n"
        "    1.0000    2.0000    3.0000 C   0  0\n    1.0000    2.0000    4.5000 O   0  0\n  1  2  1  0\nM  "
        "END\n";
    const auto molecule = read_back(block);
    ASSERT_TRUE(molecule.ok());
    const auto again = read_back(write_sdf_record(mol_block(molecule.value()), "m", {}));
    ASSERT_TRUE(again.ok());
    ASSERT_EQ(again.value().positions_angstrom().size(), 2u);
    EXPECT_DOUBLE_EQ(again.value().positions_angstrom()[1][2], 4.5);
}

TEST(WriteLigand, TitlesAndValuesCannotEndTheRecordOrStartAnItem) {
    const std::string record = write_sdf_record(mol_block(molecule_of("C")), "$$$$\nnext",
                                                {{"note", "$$$$"}, {"other", "> <id>\nx"}, {"empty", ""}});
    std::size_t ends = 0;
    for (std::size_t at = 0; (at = record.find("$$$$", at)) != std::string::npos; ++at)
        if (at == 0 || record[at - 1] == '\n') ++ends;
    EXPECT_EQ(ends, 1u);
    EXPECT_EQ(record.find("\n> <id>"), std::string::npos);
    EXPECT_EQ(record.find("<empty>"), std::string::npos);
    EXPECT_EQ(record.substr(0, record.find('\n')), " $$$$ next");
}

TEST(WriteLigand, ARecordWithoutAMoleculeHasNoAtoms) {
    const std::string record = write_sdf_record("", "bad", {{"status", "rejected"}});
    EXPECT_NE(record.find("  0  0"), std::string::npos);
    EXPECT_NE(record.find(">  <status>\nrejected\n"), std::string::npos);
    EXPECT_TRUE(record.ends_with("M  END\n>  <status>\nrejected\n\n$$$$\n"));
}

}  // namespace
}  // namespace keyway::chem

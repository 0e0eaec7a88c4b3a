/// Thousands of broken inputs with a fixed seed: each gives a molecule or a reason, never an exception or a
/// crash.
#include "chem/smiles_lexer.hpp"
#include "ligand_support.hpp"

#include "keyway/core/random.hpp"

#include <gtest/gtest.h>

#include <set>

namespace keyway::chem {
namespace {

constexpr std::string_view kSmilesAlphabet = "CNOPSFIBcnops[]()=#@+-/\\.%0123456789HrlaeiZ*$:~|> \t\x7F\xC3";
constexpr std::string_view kBlockAlphabet = "0123456789 .-+\nCNOHVEDarM@<>$nif\xC3";

/// One to four edits: replace, insert, delete, double a piece, swap two places.
std::string mutated(std::string text, std::string_view alphabet, Random& random) {
    for (auto edits = 1 + random.below(4); edits > 0 && !text.empty(); --edits) {
        const auto at = random.below(text.size());
        const char letter = alphabet[random.below(alphabet.size())];
        switch (random.below(5)) {
            case 0:
                text[at] = letter;
                break;
            case 1:
                text.insert(at, 1, letter);
                break;
            case 2:
                text.erase(at, 1 + random.below(3));
                break;
            case 3:
                text.insert(at, text.substr(at, random.below(12)));
                break;
            default:
                std::swap(text[at], text[random.below(text.size())]);
                break;
        }
    }
    return text;
}

/// Parses each of `count` mutants; returns how many were read.
int survivors(LigandFormat format, const std::vector<std::string>& seeds, std::string_view alphabet,
              int count) {
    static const std::set<std::string> known = {
        "EMPTY",      "NOT_ASCII", "TOO_LONG",      "SMILES_SYNTAX", "NUMBER_RANGE", "ATOM_COUNT",
        "TOO_LARGE",  "VALENCE",   "KEKULE",        "SANITISE",      "MOL_SYNTAX",   "MOL2_SYNTAX",
        "QUERY_ATOM", "METAL",     "NO_HEAVY_ATOM", "NON_FINITE"};
    Random random(20240607);
    int read = 0;
    for (int i = 0; i < count; ++i) {
        const auto text = mutated(seeds[random.below(seeds.size())], alphabet, random);
        try {
            const auto molecule = parse_ligand(testing::record_of(format, text));
            if (molecule) {
                ++read;
                EXPECT_GT(molecule.value().heavy_atoms(), 0) << text;
                EXPECT_FALSE(molecule.value().smiles().empty()) << text;
            } else {
                EXPECT_TRUE(known.contains(molecule.rejection().reason))
                    << molecule.rejection().reason << ": " << text;
                EXPECT_FALSE(molecule.rejection().message.empty()) << text;
            }
        } catch (const std::exception& error) {
            ADD_FAILURE() << "threw " << error.what() << " for: " << text;
        }
    }
    return read;
}

const std::vector<std::string> kSmiles = {"CC(=O)Oc1ccccc1C(=O)O",
                                          "CN1CCC[C@H]1c1cccnc1",
                                          "C[C@@H](N)C(=O)[O-].[Na+]",
                                          "F/C=C\\Cl",
                                          "O=[N+]([O-])c1ccc(Br)s1",
                                          "c1ccc2[nH]ccc2c1",
                                          "C1CC2CCC1C2",
                                          "[13CH3]S(=O)(=O)N%10CCOCC%10",
                                          "CC(C)(C)OP(=O)(O)O",
                                          "N#Cc1n[nH]nn1"};

TEST(LigandFuzzTest, MutatedSmiles) {
    const int read = survivors(LigandFormat::smiles, kSmiles, kSmilesAlphabet, 20000);
    EXPECT_GT(read, 1000) << "mutants that are all nonsense test little";
    EXPECT_LT(read, 19000);
}

TEST(LigandFuzzTest, MutatedMolBlocks) {
    const auto v2000 = testing::mol_block("a",
                                          {{"N", {0, 0, 0.1}},
                                           {"C", {1.5, 0, 0}},
                                           {"C", {2.2, 1.2, 0}},
                                           {"O", {3.4, 1.2, 0}},
                                           {"O", {1.6, 2.3, 0.3}},
                                           {"C", {2.1, -1.3, 0.5}}},
                                          {{1, 2, 1}, {2, 3, 1}, {3, 4, 2}, {3, 5, 1}, {2, 6, 1}},
                                          "M  CHG  2   1   1   5  -1\n");
    const std::string v3000 =
        "a\n  keyway          3D\n\n  0  0  0     0  0            999 V3000\nM  V30 BEGIN CTAB\nM  V30 "
        "COUNTS 3 2 0 0 0\n"
        "M  V30 BEGIN ATOM\nM  V30 1 C 0 0 0.1 0\nM  V30 2 C 1.5 0 0 0\nM  V30 3 O 2.2 1.2 0 0 CHG=-1\n"
        "M  V30 END ATOM\nM  V30 BEGIN BOND\nM  V30 1 1 1 2\nM  V30 2 1 2 3\nM  V30 END BOND\nM  V30 END "
        "CTAB\nM  END\n";
    EXPECT_GT(survivors(LigandFormat::sdf, {v2000, v3000}, kBlockAlphabet, 2000), 100);
}

TEST(LigandFuzzTest, MutatedMol2Records) {
    EXPECT_GT(survivors(LigandFormat::mol2, {testing::ethanol_mol2("a")}, kBlockAlphabet, 2000), 100);
}

TEST(LigandFuzzTest, TheLexerAgreesWithRdkitOnTheNumberOfAtoms) {
    Random random(7);
    for (int i = 0; i < 5000; ++i) {
        const auto text = mutated(kSmiles[random.below(kSmiles.size())], kSmilesAlphabet, random);
        const auto molecule = parse_smiles(text, "x");
        if (molecule) continue;
        EXPECT_NE(molecule.rejection().reason, "ATOM_COUNT") << text;
    }
}

TEST(LigandFuzzTest, FilesWithMutatedBytesSplitIntoRecordsThatCoverThem) {
    Random random(11);
    const std::string sdf =
        testing::ethanol_block("a") + "> <ID>\n1\n\n$$$$\n" + testing::ethanol_block("b") + "$$$$\n";
    const std::string table = "id,smiles\n\"a, b\",CCO\nb,CCN\nc,\"C\"\n";
    for (int i = 0; i < 300; ++i)
        for (const auto& [name, text] : {std::pair{"a.sdf", sdf}, std::pair{"a.csv", table}}) {
            LigandFileOptions options;
            options.smiles_column = name == std::string("a.csv") ? "smiles" : "";
            const auto broken = name == std::string("a.csv")
                                    ? text.substr(0, 10) + mutated(text.substr(10), ",\"\nC;\r", random)
                                    : mutated(text, "$\nV2000M END><", random);
            const auto records = testing::records_of(name, broken, options);
            EXPECT_LE(records.size(), 12u) << broken;
            EXPECT_GE(records.size(), 1u) << broken;
            for (std::size_t k = 1; k < records.size(); ++k)
                EXPECT_GT(records[k].line, records[k - 1].line) << broken;
        }
}

}  // namespace
}  // namespace keyway::chem

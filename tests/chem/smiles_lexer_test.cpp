/// Typing errors with their place, numbers out of range, and the count of atoms.
#include "chem/smiles_lexer.hpp"

#include "chem/unsanitised.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace keyway::chem {
namespace {

using ::testing::HasSubstr;

std::string verdict(std::string_view smiles) {
    const auto tokens = lex_smiles(smiles);
    return tokens.rejection ? tokens.rejection->reason : std::to_string(tokens.atoms);
}

TEST(SmilesLexerTest, CountsAtoms) {
    EXPECT_EQ(verdict("CCO"), "3");
    EXPECT_EQ(verdict("ClCBr"), "3");
    EXPECT_EQ(verdict("c1ccccc1C(=O)[O-]"), "9");
    EXPECT_EQ(verdict("[NH4+].[Cl-]"), "2");
    EXPECT_EQ(verdict("[13CH3:2][C@@H](F)/C=C\\[se]%12.C%12"), "7");
    EXPECT_EQ(verdict("C%(1234)CC%(1234)"), "3");
    EXPECT_EQ(verdict("[H][H]"), "2");
    EXPECT_EQ(verdict("CScCn"), "5") << "S c and C n, not scandium and copernicium";
    EXPECT_EQ(verdict("N->[Fe]<-N"), "3");
}

TEST(SmilesLexerTest, CountsAsRdkitDoes) {
    for (const auto* smiles :
         {"CC(C)(C)c1ccc2c(c1)[nH]cc2", "[Na+].[O-]C(=O)c1ccccc1", "[2H]C([2H])([2H])O", "C[Si](C)(C)C#N",
          "O=[N+]([O-])c1cc(Br)sc1Cl", "[#6]-[#7]", "B(O)O", "C1CC1.C1CC1"}) {
        const auto mol = unsanitised_from_smiles(smiles);
        ASSERT_TRUE(mol.ok()) << smiles << ": " << mol.rejection().message;
        EXPECT_EQ(mol.value()->getNumAtoms(), lex_smiles(smiles).atoms) << smiles;
    }
}

TEST(SmilesLexerTest, NamesTheErrorAndItsPlace) {
    const auto message = [](std::string_view smiles) {
        const auto tokens = lex_smiles(smiles);
        EXPECT_TRUE(tokens.rejection) << smiles;
        return tokens.rejection ? tokens.rejection->message : "";
    };
    EXPECT_THAT(message("CCX"), HasSubstr("'X'"));
    EXPECT_THAT(message("CCX"), HasSubstr("character 3"));
    EXPECT_THAT(message("c1ccccc"), HasSubstr("ring label 1 is opened and never closed (character 2)"));
    EXPECT_THAT(message("CC(C"), HasSubstr("'(' is never closed (character 3)"));
    EXPECT_THAT(message("CC)C"), HasSubstr("')' without '('"));
    EXPECT_THAT(message("C[NH"), HasSubstr("'[' is never closed"));
    EXPECT_THAT(message("CC="), HasSubstr("a bond symbol at the end"));
    EXPECT_THAT(message("CC>>CO"), HasSubstr("reaction"));
    EXPECT_THAT(message("C[Qq]"), HasSubstr("names no atom"));
}

TEST(SmilesLexerTest, RefusesNumbersThatRdkitWouldWrap) {
    for (const auto* smiles : {"[C+999999999]", "[N+257]", "[CH256]", "[999999999C]", "[C+16]", "[CH9]",
                               "[301C]", "[O----------------]", "C%(10000)CC%(10000)", "[C@TB99]"})
        EXPECT_EQ(verdict(smiles), "NUMBER_RANGE") << smiles;
    EXPECT_EQ(verdict("[C+15]"), "1");
    EXPECT_EQ(verdict("[300C]"), "1");
}

TEST(SmilesLexerTest, RefusesBytesOutsidePrintableAscii) {
    EXPECT_EQ(verdict("CC\xC3\xA9"
                      "CCO"),
              "NOT_ASCII");
    EXPECT_EQ(verdict("CC\xE2\x88\x92O"), "NOT_ASCII");
    EXPECT_EQ(verdict("CC\xA0O"), "NOT_ASCII");
    EXPECT_EQ(verdict(std::string_view("C\0C", 3)), "NOT_ASCII");
    EXPECT_EQ(verdict("CC\x1B[2J"), "NOT_ASCII");
    EXPECT_EQ(verdict(""), "EMPTY");
}

TEST(SmilesLexerTest, FindsWildcards) {
    EXPECT_TRUE(lex_smiles("*CC").wildcard);
    EXPECT_TRUE(lex_smiles("C[R1]").wildcard);
    EXPECT_FALSE(lex_smiles("C[Rh]").wildcard);
}

}  // namespace
}  // namespace keyway::chem

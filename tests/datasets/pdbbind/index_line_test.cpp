/// The genuine grammar of PDBbind's index, line by line.
#include "datasets/pdbbind/index_line.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace keyway::datasets {
namespace {

struct Good {
    std::string line;
    std::string code;
    double pk;
    Relation relation;
    Measure measure;
    std::string reference, ligand;
};

TEST(IndexLine, ReadsEveryFormOfTheGenuineFiles) {
    using enum Relation;
    using enum Measure;
    const std::vector<Good> lines{
        {"1a30  2.00  1998   4.30  Ki=50uM       // 1a30.pdf (3-mer)", "1a30", 4.30, equal, ki, "1a30",
         "3-mer"},
        {"6evq   NMR  2018   2.00  Kd=10mM       // 6evq.pdf (C05)", "6evq", 2.00, equal, kd, "6evq", "C05"},
        {"2w8w  2.14  2009   2.12  Kd=7.5mM      // 2w8j.pdf (PLS)", "2w8w", 2.12, equal, kd, "2w8j", "PLS"},
        {"5tln  2.30  1982  Ki=0.43uM     // 5tln.pdf (BAN) incomplete ligand structure", "5tln", 6.37, equal,
         ki, "5tln", "BAN"},
        {"1lfo  2.30  1997  Kd~0.2uM      // 1lfo.pdf (OLA) Kd=0.009-0.2uM for site 1;", "1lfo", 6.70,
         approximate, kd, "1lfo", "OLA"},
        {"2ohk  2.20  2007   2.70  IC50~2000uM   // 2ohk.pdf (1SQ)", "2ohk", 2.70, approximate, ic50, "2ohk",
         "1SQ"},
        // A constant above 10 mM is a pK below 2.
        {"3abc  1.80  2010   2.00  Kd>10mM       // 3abc.pdf (X)", "3abc", 2.00, less, kd, "3abc", "X"},
        {"3abd  1.80  2010   8.00  Kd<10nM       // 3abd.pdf (X)", "3abd", 8.00, greater, kd, "3abd", "X"},
        {"3abe  1.80  2010   8.00  Ki<=10nM      // 3abe.pdf (X)", "3abe", 8.00, greater, ki, "3abe", "X"},
        {"3abf  1.80  2010   8.00  IC50>=10nM    // 3abf.pdf (X)", "3abf", 8.00, less, ic50, "3abf", "X"},
        {"1e34  1.90  2000  11.92  Ki=1.2pM      // 1e34.pdf (FMN ox)", "1e34", 11.92, equal, ki, "1e34",
         "FMN ox"},
        {"1stp  2.60  1992  13.40  Kd=40fM       // 1stp.pdf (BTN)", "1stp", 13.40, equal, kd, "1stp", "BTN"},
        {"4tmn  1.70  1989  10.17  Ki=0.068nM\t// 4tmn.pdf (0PK)\r", "4tmn", 10.17, equal, ki, "4tmn", "0PK"},
        {"2xyz  1.70  2011   0.30  Kd=0.5M       // 2xyz.pdf (GAB&PMP)", "2xyz", 0.30, equal, kd, "2xyz",
         "GAB&PMP"},
        {"4llx  1.75  2013   2.89  Kd=1.3mM     1", "4llx", 2.89, equal, kd, "", ""},  // CASF CoreSet.dat
        {"1abc  1.75  2013  Ki=5e-3uM // 1abc.pdf (A)", "1abc", 8.30, equal, ki, "1abc", "A"},
        {"1abd  1.75  2013  Ki=5 nM // 1abd.pdf (A)", "1abd", 8.30, equal, ki, "1abd", "A"},
    };
    for (const auto& expected : lines) {
        const auto entry = parse_index_line(expected.line);
        ASSERT_TRUE(entry) << expected.line << ": " << entry.rejection().message;
        EXPECT_EQ(entry.value().code, expected.code);
        EXPECT_NEAR(entry.value().affinity.pk, expected.pk, 0.011) << expected.line;
        EXPECT_EQ(entry.value().affinity.relation, expected.relation) << expected.line;
        EXPECT_EQ(entry.value().affinity.measure, expected.measure) << expected.line;
        EXPECT_EQ(entry.value().reference, expected.reference) << expected.line;
        EXPECT_EQ(entry.value().ligand_name, expected.ligand) << expected.line;
    }
}

TEST(IndexLine, TakesThePkFromTheValueAndNotFromThePrintedColumn) {
    const auto entry = parse_index_line("1a30  2.00  1998   4.30  Ki=50uM // 1a30.pdf (3-mer)");
    EXPECT_NEAR(entry.value().affinity.pk, -std::log10(50e-6), 1e-12);
    EXPECT_DOUBLE_EQ(*entry.value().printed_pk, 4.30);
}

TEST(IndexLine, KeepsResolutionYearAndComment) {
    const auto entry = parse_index_line(
        "6h13  2.80  2019  Ki=58.6nM     // 6h13.pdf (FJN) [Different protein in assay: x] ligand is "
        "compound 3");
    EXPECT_DOUBLE_EQ(*entry.value().resolution_angstrom, 2.80);
    EXPECT_EQ(entry.value().year, 2019);
    EXPECT_EQ(entry.value().comment, "[Different protein in assay: x] ligand is compound 3");
    EXPECT_FALSE(
        parse_index_line("6evq NMR 2018 2.00 Kd=10mM // 6evq.pdf (C05)").value().resolution_angstrom);
}

TEST(IndexLine, IsRefusedWithAReasonOutsideTheGrammar) {
    const std::vector<std::pair<std::string, std::string>> lines{
        {"1a30  2.00  1998", "INDEX_SYNTAX"},
        {"1a30  2.00  1998  4.30", "INDEX_SYNTAX"},
        {"1a30  2.00  1998  4.30  // 1a30.pdf (3-mer)", "INDEX_SYNTAX"},
        {"1a  2.00  1998  4.30  Ki=50uM", "INDEX_SYNTAX"},
        {"1a30  good  1998  4.30  Ki=50uM", "INDEX_SYNTAX"},
        {"1a30  2.00  MCMX  4.30  Ki=50uM", "INDEX_SYNTAX"},
        {"1a30  2.00  1998  4.30  Ki:50uM", "AFFINITY_SYNTAX"},
        {"1a30  2.00  1998  4.30  Ki=uM", "AFFINITY_SYNTAX"},
        {"1a30  2.00  1998  4.30  Ki=<>50uM", "AFFINITY_SYNTAX"},
        {"1a30  2.00  1998  4.30  =50uM", "AFFINITY_SYNTAX"},
        {"1a30  2.00  1998  4.30  Kx=50uM", "MEASURE"},
        {"1a30  2.00  1998  4.30  Ki=50uL", "UNIT"},
        {"1a30  2.00  1998  4.30  Ki=0uM", "UNIT"},
        {"1a30  2.00  1998  Ki=50000M", "UNIT"},
        {"1a30  2.00  1998  4.30  Ki=50nM", "PK_MISMATCH"},
        {"1a30  2.00  1998  nan   Ki=50nM", "PK_MISMATCH"},
    };
    for (const auto& [line, reason] : lines) {
        const auto entry = parse_index_line(line);
        ASSERT_FALSE(entry) << line;
        EXPECT_EQ(entry.rejection().reason, reason) << line << ": " << entry.rejection().message;
    }
}

TEST(IndexLine, KnowsCommentsOfAnyLength) {
    EXPECT_TRUE(is_index_comment("# ====="));
    EXPECT_TRUE(is_index_comment("   # PDB code"));
    EXPECT_TRUE(is_index_comment("#"));
    EXPECT_TRUE(is_index_comment(" \t\r"));
    EXPECT_TRUE(is_index_comment(""));
    EXPECT_FALSE(is_index_comment("1a30  2.00"));
}

}  // namespace
}  // namespace keyway::datasets

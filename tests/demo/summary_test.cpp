/// The demo's summary: formulas, areas under the curve, and a text that tells the truth.
#include "apps/demo/summary.hpp"

#include "support/temporary_folder.hpp"

#include "keyway/core/error.hpp"

#include <gmock/gmock.h>

#include <cmath>

namespace keyway::demo {
namespace {

using ::testing::HasSubstr;

TEST(Formula, CountsEverythingButHydrogen) {
    EXPECT_EQ(heavy_atoms_in_formula("C9H8O4"), 13);
    EXPECT_EQ(heavy_atoms_in_formula("C27H37N3O7S"), 38);
    EXPECT_EQ(heavy_atoms_in_formula("C16H16ClNO2S"), 21);
    EXPECT_EQ(heavy_atoms_in_formula("C12H19N2O2+"), 16);
    EXPECT_THROW(heavy_atoms_in_formula("9"), Error);
    EXPECT_THROW(heavy_atoms_in_formula(""), Error);
}

TEST(Auc, IsTheShareOfPairsInTheRightOrder) {
    EXPECT_DOUBLE_EQ(ranking_auc({9, 8}, {7, 6, 5}), 1.0);
    EXPECT_DOUBLE_EQ(ranking_auc({1}, {7, 6}), 0.0);
    EXPECT_DOUBLE_EQ(ranking_auc({6}, {7, 5}), 0.5);
    EXPECT_DOUBLE_EQ(ranking_auc({6}, {6}), 0.5);
    EXPECT_TRUE(std::isnan(ranking_auc({}, {1})));
}

std::vector<Drug> four_drugs() {
    const std::string known = SummaryOptions{}.known_class;
    return {{"small", "other", 10, 4.0, ""},
            {"large", "other", 40, 5.0, ""},
            {"known", known, 40, 8.0, ""},
            {"salt", "other", 5, 0.0, "NO_HEAVY_ATOM"}};
}

TEST(Summary, NamesTheRankOfTheKnownInhibitorAndWhatWasNotScored) {
    const std::string text = summarise(four_drugs());
    EXPECT_THAT(text, HasSubstr("   1 *    8.00          40  known"));
    EXPECT_THAT(text, HasSubstr("salt (NO_HEAVY_ATOM)"));
    EXPECT_THAT(text, HasSubstr("more often than size alone"));
}

TEST(Summary, SaysWhenCountingAtomsIsJustAsGood) {
    std::vector<Drug> drugs = four_drugs();
    for (Drug& drug : drugs) drug.pk_pred = 0.1 * drug.heavy_atoms;
    EXPECT_THAT(summarise(drugs), HasSubstr("no better than counting atoms"));
    drugs[2].pk_pred = 3.0;
    EXPECT_THAT(summarise(drugs), HasSubstr("counting atoms does better"));
}

TEST(Ranking, RefusesATableThatLostADrug) {
    const keyway::testing::TemporaryFolder folder;
    const std::string row = "id\tinput_line\tstatus\treason\tpk_pred\nethane\t3\tok\t\t3.5\n";
    const auto library =
        folder.write("library.csv", "smiles,name,formula,class\nC,methane,CH4,other\nCC,ethane,C2H6,other\n");
    EXPECT_THROW(read_ranking(folder.write("short.tsv", row), library), Error);

    const auto whole = folder.write("whole.tsv", row + "methane\t2\trejected\tTOO_SMALL\t\n");
    const std::vector<Drug> drugs = read_ranking(whole, library);
    ASSERT_EQ(drugs.size(), 2U);
    EXPECT_EQ(drugs[0].rejected_because, "TOO_SMALL");
    EXPECT_DOUBLE_EQ(drugs[1].pk_pred, 3.5);
}

}  // namespace
}  // namespace keyway::demo

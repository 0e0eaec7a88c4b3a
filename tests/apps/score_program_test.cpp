/// `keyway score` from the outside: one ligand, several, a table of pairs.
#include "apps/program_fixtures.hpp"
#include "apps/run_program.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace keyway::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::vector<std::string> score(const ScreenFiles& files, const std::vector<std::string>& more) {
    std::vector<std::string> words = {"score", "-r", files.receptor.string(), "-m", files.model.string()};
    words.insert(words.end(), more.begin(), more.end());
    return words;
}

TEST(ScoreProgram, SaysPkKdAndTheResiduesInPlainUnits) {
    const ScreenFiles files;
    const auto result = run_program(score(files, {"--smiles", "CCCCCCCCCC"}));
    ASSERT_EQ(result.code, 0) << result.err;
    EXPECT_THAT(result.out, HasSubstr("pK        4.00"));
    EXPECT_THAT(result.out, HasSubstr("3.18 to 4.82"));
    EXPECT_THAT(result.out, HasSubstr("100 uM"));
    EXPECT_THAT(result.out, HasSubstr("-5.5 kcal/mol"));
    EXPECT_THAT(result.out, HasSubstr("A:ASP:3"));
    EXPECT_THAT(result.out, HasSubstr("Contacts +3.00 + pooled term +1.00 = pK 4.00"));
}

TEST(ScoreProgram, SaysSoWhereContactsCarryNothingAndTheIntervalIsUncalibrated) {
    const ScreenFiles files;
    const auto result = run_program(score(files, {"--smiles", "N"}));
    ASSERT_EQ(result.code, 0) << result.err;
    EXPECT_THAT(result.out, HasSubstr("Contacts +0.00 + pooled term +3.10 = pK 3.10. No residue carries"));
    EXPECT_THAT(result.out, Not(HasSubstr("A:ASP:3")));
    EXPECT_THAT(result.out, HasSubstr("(uncalibrated)"));
}

TEST(ScoreProgram, JsonHoldsEveryContact) {
    const ScreenFiles files;
    const auto ligands = files.folder.write("l.smi", "CCO ethanol\nC1CC broken\n");
    const auto result = run_program(score(files, {"-l", ligands.string(), "--json", "-"}));
    ASSERT_EQ(result.code, 0) << result.err;
    const auto json = nlohmann::json::parse(result.out);
    ASSERT_EQ(json["ligands"].size(), 2u);
    double sum = json["ligands"][0]["pooled_pk"];
    for (const auto& contact : json["ligands"][0]["contacts"]) sum += contact["pk"].get<double>();
    EXPECT_NEAR(sum, json["ligands"][0]["pk_pred"], 1e-4) << "the shares add up to the prediction";
    EXPECT_EQ(json["ligands"][1]["status"], "rejected");
}

TEST(ScoreProgram, ASmilesGivenAsAFileGetsTheRightHint) {
    const ScreenFiles files;
    const auto result = run_program(score(files, {"-l", "CCO"}));
    EXPECT_EQ(result.code, 2);
    EXPECT_THAT(result.err, HasSubstr("--smiles 'CCO'"));
    EXPECT_EQ(run_program(score(files, {"--smiles", "C1CC"})).code, 3);
    EXPECT_EQ(run_program(score(files, {})).code, 2);
}

TEST(ScoreProgram, ATableOfPairsGivesOneRowForEveryRow) {
    const ScreenFiles files;
    files.folder.write("ligand.smi", "CCCC butane\n");
    const auto pairs = files.folder.write("pairs.csv",
                                          "id,receptor,site,ligand\n"
                                          "a,receptor.pdb,,CCO\n"
                                          "b,receptor.pdb,LIG:B:1,ligand.smi\n"
                                          "c,receptor.pdb,\"A:3,A:4\",C1CC\n"
                                          "d,missing.pdb,,CCO\n"
                                          "e,receptor.pdb,XYZ,CCO\n"
                                          "f,receptor.pdb\n"
                                          ",receptor.pdb,A:5,CCO\n"
                                          "h,receptor.pdb,,\n"
                                          "i,receptor.pdb,,CBr\n"
                                          "j,receptor.pdb,,gone.sdf\n");
    const auto result = run_program({"score", "--pairs", pairs.string(), "-m", files.model.string()});
    ASSERT_EQ(result.code, 0) << result.err;
    const auto rows = tsv(result.out);
    ASSERT_EQ(rows.size(), 11u);
    std::vector<std::string> ids, reasons;
    for (std::size_t i = 1; i < rows.size(); ++i) {
        ids.push_back(rows[i][0]);
        reasons.push_back(rows[i][3]);
    }
    EXPECT_THAT(ids,
                ::testing::ElementsAre("a", "b", "c", "d", "e", "pairs.csv:7", "pairs.csv:8", "h", "i", "j"));
    EXPECT_THAT(reasons, ::testing::ElementsAre("", "", "SMILES_SYNTAX", "RECEPTOR", "RECEPTOR", "ROW_FIELDS",
                                                "", "EMPTY", "SCORE_FAILED", "NO_FILE"));
    EXPECT_EQ(rows[1][4], "3.3000");
    EXPECT_EQ(rows[2][4], "3.4000");
}

TEST(ScoreProgram, ATableWithoutItsColumnsSaysWhichItNeeds) {
    const ScreenFiles files;
    const auto pairs = files.folder.write("pairs.csv", "Name;Smiles\na;CCO\n");
    const auto result = run_program({"score", "--pairs", pairs.string(), "-m", files.model.string()});
    EXPECT_EQ(result.code, 3);
    EXPECT_THAT(result.err, HasSubstr("no column 'receptor', found: Name, Smiles"));
    EXPECT_THAT(result.err, HasSubstr("hint: a table of pairs has the columns receptor, ligand"));
}

TEST(ScoreProgram, PairsExcludeSingleInputs) {
    const ScreenFiles files;
    const auto result = run_program(score(files, {"--pairs", "x.csv"}));
    EXPECT_EQ(result.code, 2);
    EXPECT_THAT(result.err, HasSubstr("without -r"));
}

TEST(ScoreProgram, AnOpenQuestionAboutTheSiteListsTheCandidates) {
    const ScreenFiles files;
    auto second = ligand_atoms("LI2", 2, {8, -6, 2}, 12);
    const auto receptor =
        files.folder.write("two.pdb", receptor_text().substr(0, receptor_text().size() - 4) + pdb_of(second));
    const auto result =
        run_program({"score", "-r", receptor.string(), "-m", files.model.string(), "--smiles", "CCO"});
    EXPECT_EQ(result.code, 2);
    EXPECT_THAT(result.err, HasSubstr("LIG:B:1"));
    EXPECT_THAT(result.err, HasSubstr("LI2:A:2"));
    EXPECT_THAT(result.err, HasSubstr("--site-ligand"));
}

}  // namespace
}  // namespace keyway::testing

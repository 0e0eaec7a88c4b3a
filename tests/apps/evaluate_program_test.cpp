/// `keyway evaluate` from the outside: foreign pockets, several models.
#include "apps/program_fixtures.hpp"
#include "apps/run_program.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace keyway::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// Large actives, small decoys: the fake network ranks by size.
struct Screen : ScreenFiles {
    std::filesystem::path actives = folder.write("actives.smi", "CCCCCCCCCC a\nCCCCCCCCCCC b\nCCCCCCCCN c\n");
    std::filesystem::path decoys = folder.write("decoys.smi", "CCO d\nCCC e\nCCN f\nCCCO g\nCCCN h\n");

    ProgramResult evaluate(const std::vector<std::string>& more) const {
        std::vector<std::string> words = {"evaluate",
                                          "-r",
                                          receptor.string(),
                                          "--actives",
                                          actives.string(),
                                          "--decoys",
                                          decoys.string(),
                                          "-m",
                                          model.string(),
                                          "--json",
                                          "-"};
        words.insert(words.end(), more.begin(), more.end());
        return run_program(words);
    }
};

TEST(EvaluateProgram, TakesAForeignPocketFromAStructure) {
    const Screen files;
    const auto plain = files.evaluate({});
    ASSERT_EQ(plain.code, 0) << plain.err;
    const auto without = nlohmann::json::parse(plain.out);
    EXPECT_TRUE(without.at("swapped_pockets").empty());
    EXPECT_FALSE(without.at("enrichment").at("methods").contains("pocket_swapped"));
    EXPECT_THAT(without.at("notes").dump(), HasSubstr("pocket_swapped is left out"));

    const auto other = files.folder.write("foreign.pdb", receptor_text());
    const auto swapped = files.evaluate({"--swap-receptor", other.string()});
    ASSERT_EQ(swapped.code, 0) << swapped.err;
    const auto json = nlohmann::json::parse(swapped.out);
    ASSERT_EQ(json.at("swapped_pockets").size(), 1u);
    EXPECT_THAT(json.at("swapped_pockets")[0].get<std::string>(), HasSubstr("foreign"));
    EXPECT_TRUE(json.at("enrichment").at("methods").contains("pocket_swapped"));

    const auto missing = files.evaluate({"--swap-receptor", (files.folder / "none.pdb").string()});
    EXPECT_EQ(missing.code, 3);
    EXPECT_THAT(missing.err, HasSubstr("none.pdb"));
}

TEST(EvaluateProgram, MeasuresTheMeanOfSeveralModels) {
    const Screen files;
    const auto second = write_fake_weights(files.folder / "second.safetensors");
    const auto result = files.evaluate({"-m", second.string()});
    ASSERT_EQ(result.code, 0) << result.err;
    EXPECT_EQ(nlohmann::json::parse(result.out).at("model"), files.model.string() + " + " + second.string());
}

TEST(ScoreProgram, TakesSeveralModels) {
    const ScreenFiles files;
    const auto second = write_fake_weights(files.folder / "second.safetensors");
    const auto pairs = files.folder.write("pairs.csv", "id,receptor,ligand\nten,receptor.pdb,CCCCCCCCCC\n");
    const std::vector<std::string> models = {"-m", files.model.string(), "-m", second.string()};
    std::vector<std::string> table = {"score", "--pairs", pairs.string(), "--columns", "pk_sd,pk_sd_models"};
    table.insert(table.end(), models.begin(), models.end());
    const auto of_pairs = run_program(table);
    ASSERT_EQ(of_pairs.code, 0) << of_pairs.err;
    EXPECT_THAT(tsv(of_pairs.out).at(1), ElementsAre("ten", "2", "ok", "", "4.0000", "0.500", "0.000"));

    std::vector<std::string> one = {"score", "-r", files.receptor.string(), "--smiles", "CCCCCCCCCC"};
    one.insert(one.end(), models.begin(), models.end());
    const auto of_one = run_program(one);
    ASSERT_EQ(of_one.code, 0) << of_one.err;
    EXPECT_THAT(of_one.out, HasSubstr("Contacts +3.00 + pooled term +1.00 = pK 4.00"));
}

}  // namespace
}  // namespace keyway::testing

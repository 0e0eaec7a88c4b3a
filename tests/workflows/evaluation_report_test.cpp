/// The promised JSON shape, the CSV columns, and the sentences.
#include "keyway/workflows/evaluate.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <limits>

namespace keyway::workflows {
namespace {

using ::testing::HasSubstr;
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

EvaluateResult some_result() {
    EvaluateResult result;
    result.model = "fast";
    result.dataset = "fep16.h5";
    result.split = "test";
    result.group_by = "assay";
    result.min_group = 5;
    result.rows = 12;
    MethodResult method;
    method.overall = {12, 0.5, 0.4, 0.3, 1.2, 1.0};
    method.groups["bace"] = {7, 0.5, 0.45, 0.3, 1.1, 0.9};
    method.groups["tyk2"] = {5, kNan, kNan, kNan, 1.0, 0.8};
    method.mean_group_spearman = {0.45, 0.25, 0.65};
    method.mean_group_rmse = {1.05, kNan, kNan};
    result.model_result = method;
    method.spearman_advantage = {0.1, 0.02, 0.18};
    for (const char* name :
         {"heavy_atoms", "pocket_blanked", "pocket_swapped", "nearest_neighbour", "target_mean"})
        result.baselines[name] = method;
    result.baselines["pocket_blanked"].spearman_advantage = {0.001, -0.01, 0.012};
    result.baselines["pocket_swapped"].spearman_advantage = {0.004, -0.01, 0.02};
    result.notes = {"something was left out"};
    return result;
}

TEST(EvaluationJson, HasTheShapeThatIsPromised) {
    const auto json = nlohmann::json::parse(to_json(some_result()));
    EXPECT_EQ(json["overall"]["n"], 12);
    EXPECT_EQ(json["overall"]["spearman"], 0.4);
    EXPECT_EQ(json["groups"]["bace"]["n"], 7);
    EXPECT_EQ(json["groups"]["bace"]["spearman"], 0.45);
    for (const char* key : {"value", "low", "high"})
        EXPECT_TRUE(json["mean_group_spearman"][key].is_number()) << key;
    for (const char* name :
         {"heavy_atoms", "pocket_blanked", "pocket_swapped", "nearest_neighbour", "target_mean"}) {
        const auto& baseline = json["baselines"][name];
        EXPECT_EQ(baseline["overall"]["n"], 12) << name;
        EXPECT_EQ(baseline["groups"]["bace"]["n"], 7) << name;
        EXPECT_TRUE(baseline["mean_group_spearman"]["value"].is_number()) << name;
        EXPECT_TRUE(baseline["spearman_advantage"]["low"].is_number()) << name;
    }
    EXPECT_EQ(json["notes"][0], "something was left out");
}

TEST(EvaluationJson, WritesNullForUndefinedNumbers) {
    const std::string text = to_json(some_result());
    const auto json = nlohmann::json::parse(text);
    EXPECT_TRUE(json["groups"]["tyk2"]["spearman"].is_null());
    EXPECT_TRUE(json["mean_group_rmse"]["low"].is_null());
    EXPECT_THAT(text, Not(HasSubstr("nan")));
}

TEST(EvaluationText, SaysWhetherAtomCountingIsBeaten) {
    EvaluateResult result = some_result();
    EXPECT_THAT(to_text(result),
                HasSubstr("Within assays, the model ranks better than counting heavy atoms: by 0.100 "
                          "(95 % interval 0.020 to 0.180)."));
    result.baselines["heavy_atoms"].spearman_advantage = {0.1, -0.02, 0.18};
    EXPECT_THAT(to_text(result),
                HasSubstr("does not clearly rank better than counting heavy atoms: it is ahead by 0.100"));
    result.baselines["heavy_atoms"].spearman_advantage = {-0.1, -0.18, -0.02};
    EXPECT_THAT(to_text(result),
                HasSubstr("ranks worse than counting heavy atoms: by 0.100 (95 % interval 0.020 to 0.180)"));
    result.baselines["heavy_atoms"].spearman_advantage = {kNan, kNan, kNan};
    EXPECT_THAT(to_text(result), HasSubstr("cannot be said"));
}

TEST(EvaluationText, SaysWhatThePocketAdds) {
    EvaluateResult result = some_result();
    EXPECT_THAT(to_text(result),
                HasSubstr("The pocket adds nothing that can be told from zero: the full model is ahead of "
                          "the same model without it by 0.001 (95 % interval -0.010 to 0.012); with another "
                          "protein's pocket it loses 0.004"));
    result.baselines["pocket_blanked"].spearman_advantage = {0.05, 0.03, 0.07};
    EXPECT_THAT(
        to_text(result),
        HasSubstr("loses 0.004 (95 % interval -0.010 to 0.020), so it is not this pocket that helps."));
    result.baselines["pocket_swapped"].spearman_advantage = {0.04, 0.02, 0.06};
    EXPECT_THAT(to_text(result), Not(HasSubstr("not this pocket")));
    result.baselines.erase("pocket_swapped");
    EXPECT_THAT(to_text(result), HasSubstr("The pocket improves the ranking by 0.050"));
}

TEST(EvaluationText, ShowsGroupsAndNotes) {
    const std::string text = to_text(some_result());
    EXPECT_THAT(text, HasSubstr("bace"));
    EXPECT_THAT(text, HasSubstr("Note: something was left out."));
    EXPECT_THAT(text, Not(HasSubstr("nan")));
}

TEST(EvaluationCsv, HasOneLinePerRowAndEmptyFieldsForUndefined) {
    EvaluateResult result;
    result.table.push_back(
        {"lig,1", "P1", "A", 6.5f, Relation::equal, 6.25, 0.5, {{"heavy_atoms", 20}}, kNan});
    result.table.push_back({"=cmd", "P1", "", 5.0f, Relation::less, 6, 0.5, {{"heavy_atoms", 21}}, 0.5});
    EXPECT_EQ(to_csv(result),
              "id,pocket,assay,pk_measured,relation,pk_pred,pk_sd,heavy_atoms,nearest_train_similarity\n"
              "\"lig,1\",P1,A,6.5,=,6.25,0.5,20,\n"
              "'=cmd,P1,,5,<,6,0.5,21,0.5\n");
}

}  // namespace
}  // namespace keyway::workflows

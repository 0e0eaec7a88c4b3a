/// Actives and decoys from files: N records in, N accounted for.
#include "keyway/workflows/evaluate_actives.hpp"

#include "support/temporary_folder.hpp"
#include "workflows/learning_fixtures.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#ifdef KEYWAY_WITH_CHEMISTRY

namespace keyway::workflows {
namespace {

using keyway::testing::TemporaryFolder;
using ::testing::Contains;
using ::testing::HasSubstr;
using namespace testing;

double value(const ActivesResult& result, const std::string& method, report::ScreeningMetric metric) {
    return result.enrichment.methods.at(method).value[static_cast<std::size_t>(metric)].value;
}

class Actives : public ::testing::Test {
protected:
    Actives() {
        network.line = {.bias = 1, .per_atom = 0.25, .per_pocket_atom = 0.5};
        options.screen.model = (folder / "weights.safetensors").string();
        options.screen.guard.isolation = Isolation::none;
        options.screen.threads = 2;
        options.bootstrap_samples = 50;
        options.actives = {folder.write("actives.smi",
                                        "CCCCCCCCCC a1\nCCCCCCCCCCC a2\nCCCCCCCCCCCC a3\n"
                                        "C1CC broken\nCCCCCCCCCC again\n")};
        options.decoys = {folder.write("decoys.smi",
                                       "CCCC d1\nCCCCC d2\nCCCCCC d3\nCCCCCCCCCCC isactive\n"
                                       "CCCCCCC d4\n")};
    }
    ActivesResult run() {
        const std::vector<PocketGraph> foreign{chain_pocket("F1", 9), chain_pocket("F2", 7)};
        return evaluate_actives(chain_pocket("P1", 5), foreign, options, network, silent_context());
    }
    TemporaryFolder folder;
    ActivesOptions options;
    LineNetwork network;
};

TEST_F(Actives, EveryRecordIsAccountedFor) {
    const auto result = run();
    EXPECT_EQ(result.actives.read, 5u);
    EXPECT_EQ(result.actives.used, 3u);
    EXPECT_EQ(result.actives.left_out.at("DUPLICATE"), 1u);
    EXPECT_EQ(result.decoys.read, 5u);
    EXPECT_EQ(result.decoys.used, 4u);
    EXPECT_EQ(result.decoys.left_out.at("DUPLICATE_OF_ACTIVE"), 1u);
    EXPECT_EQ(result.table.size(), 10u);
    EXPECT_EQ(result.table[3].id, "broken");
    EXPECT_FALSE(result.table[3].reason.empty());
    const std::string csv = to_csv(result);
    EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'), 11);
    EXPECT_THAT(csv, HasSubstr("decoy,decoys.smi,4,isactive,duplicate,DUPLICATE_OF_ACTIVE"));
}

TEST_F(Actives, ALineOverAtomsFindsTheLargerOnesInEveryPocket) {
    const auto result = run();
    for (const auto* method : {"model", "pocket_blanked", "pocket_swapped", "heavy_atoms"})
        EXPECT_NEAR(value(result, method, report::ScreeningMetric::roc_auc), 1, 1e-12) << method;
    EXPECT_NEAR(value(result, "chance", report::ScreeningMetric::roc_auc), 0.5, 1e-12);
    EXPECT_NEAR(result.table[0].pk_pred - result.table[0].baselines.at("pocket_blanked"), 2.5, 1e-6);
    EXPECT_NEAR(result.table[0].baselines.at("pocket_swapped") - result.table[0].pk_pred, 1.5, 1e-6)
        << "mean of pockets with 9 and 7 atoms";
    EXPECT_THAT(result.notes, Contains(HasSubstr("larger than the decoys")));
    EXPECT_THAT(to_json(result), HasSubstr("\"left_out\""));
    EXPECT_THAT(to_html(result), HasSubstr("Finding actives among decoys"));
}

TEST_F(Actives, NeedsBothKindsOfCompounds) {
    options.decoys = {folder.write("same.smi", "CCCCCCCCCC x\n")};
    const auto caught = error_of([&] { run(); });
    EXPECT_EQ(caught.code, 3);
    EXPECT_THAT(caught.message, HasSubstr("--decoys"));
    EXPECT_THAT(caught.hint, HasSubstr("DUPLICATE_OF_ACTIVE"));
    options.decoys.clear();
    EXPECT_EQ(error_of([&] { run(); }).code, 2);
}

}  // namespace
}  // namespace keyway::workflows

#endif

/// Several models as one: mean and spread by hand, contributions that still add up, known compounds on top.
#include "keyway/workflows/ensemble.hpp"

#include "support/fake_network.hpp"
#include "support/temporary_folder.hpp"
#include "workflows/learning_fixtures.hpp"

#include "keyway/core/error.hpp"
#include "keyway/core/table.hpp"
#include "keyway/sample/columns.hpp"
#include "keyway/workflows/evaluate.hpp"
#include "keyway/workflows/screen.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <utility>

namespace keyway::workflows {
namespace {

using keyway::testing::FakePredictor;
using keyway::testing::TemporaryFolder;
using ::testing::HasSubstr;
using namespace testing;

model::Passport passport_named(const std::string& name, const PocketDefinition& pocket = {}) {
    model::Passport passport;
    passport.feature_version = kFeatureVersion;
    passport.name = name;
    passport.weights_sha256 = "hash of " + name;
    passport.pocket = pocket;
    return passport;
}

std::vector<std::unique_ptr<model::Predictor>> two_lines() {
    std::vector<std::unique_ptr<model::Predictor>> members;
    members.push_back(std::make_unique<LinePredictor>(Line{.bias = 5, .per_atom = 0.1}, passport_named("a")));
    members.push_back(std::make_unique<LinePredictor>(
        Line{.bias = 3, .per_atom = 0.2, .per_pocket_atom = 0.5}, passport_named("b")));
    return members;
}

TEST(Mixture, IsMeanAndTotalVarianceOfItsParts) {
    const std::vector<model::Prediction> parts{{5, 0.3f}, {7, 0.4f}, {6, 0.5f}};
    const Mixture mixture = mixture_of(parts);
    EXPECT_NEAR(mixture.prediction.pk, 6, 1e-6);
    EXPECT_NEAR(mixture.prediction.pk_sd, std::sqrt((0.09 + 0.16 + 0.25) / 3 + 2.0 / 3), 1e-6);
    EXPECT_NEAR(mixture.pk_sd_models, 1, 1e-6);
    const Mixture one = mixture_of({parts.data(), 1});
    EXPECT_EQ(one.prediction.pk, parts[0].pk);
    EXPECT_EQ(one.prediction.pk_sd, parts[0].pk_sd);
    EXPECT_EQ(one.pk_sd_models, 0);
}

TEST(Ensemble, AveragesWhatEachMemberSaysOfItsOwnPocket) {
    const Ensemble ensemble(two_lines());
    const std::vector<LigandGraph> ligands{chain_ligand(10), chain_ligand(20)};
    const auto full = ensemble.mixtures(*ensemble.encode(chain_pocket("P", 4)), ligands);
    EXPECT_NEAR(full[0].prediction.pk, (6.0 + 7.0) / 2, 1e-6);
    EXPECT_NEAR(full[1].prediction.pk, (7.0 + 9.0) / 2, 1e-6);
    EXPECT_NEAR(full[1].pk_sd_models, std::sqrt(2.0), 1e-6);
    const auto blanked =
        ensemble.predict(*ensemble.encode(chain_pocket("P", 4), model::PocketUse::blanked), ligands);
    EXPECT_NEAR(blanked[0].pk, (6.0 + 5.0) / 2, 1e-6);
    EXPECT_EQ(ensemble.passport().name, "a + b");
    EXPECT_EQ(ensemble.passport().weights_sha256, "hash of a + hash of b");
}

TEST(Ensemble, ContributionsOfTheMembersAddUpToTheMean) {
    std::vector<std::unique_ptr<model::Predictor>> members;
    for (int i = 0; i < 2; ++i) members.push_back(std::make_unique<FakePredictor>(passport_named("fake")));
    const Ensemble ensemble(std::move(members));
    const auto pocket = ensemble.encode(chain_pocket("P", 4));
    const auto explanation = ensemble.explain(*pocket, chain_ligand(12));
    double sum = explanation.pooled_pk;
    for (const auto& contact : explanation.contacts) sum += contact.pk;
    ASSERT_EQ(explanation.contacts.size(), 4u);
    EXPECT_NEAR(sum, 4.2, 1e-5);
    EXPECT_NEAR(explanation.prediction.pk, 4.2, 1e-5);
    EXPECT_NEAR(explanation.contacts[0].gate, 0.5, 1e-6) << "a mean, not a sum";
}

TEST(Ensemble, RefusesModelsThatCutPocketsDifferently) {
    std::vector<std::unique_ptr<model::Predictor>> members;
    PocketDefinition wide;
    wide.residue_cutoff_angstrom = 10;
    members.push_back(std::make_unique<LinePredictor>(Line{}, passport_named("a")));
    members.push_back(std::make_unique<LinePredictor>(Line{}, passport_named("b", wide)));
    const auto caught = error_of([&] { Ensemble ensemble(std::move(members)); });
    EXPECT_EQ(caught.code, exit_code(ErrorKind::incompatible));
    EXPECT_THAT(caught.message, HasSubstr("'a' and 'b' cut pockets differently"));
}

/// Two models: file "a.safetensors" and any other.
class TwoLines final : public LineNetwork {
public:
    std::unique_ptr<model::Predictor> load(const std::filesystem::path& weights, const std::string&,
                                           model::Precision) const override {
        const bool is_first = weights.filename() == "a.safetensors";
        return std::make_unique<LinePredictor>(
            is_first ? Line{.bias = 5, .per_atom = 0.1} : Line{.bias = 3, .per_atom = 0.3},
            passport_named(is_first ? "a" : "b"));
    }
};

class EnsembleRun : public ::testing::Test {
protected:
    EnsembleRun() {
        for (int i = 0; i < 8; ++i)
            rows.push_back({.atoms = 8 + i, .pk = 6 + 0.2 * i, .split = Split::test, .protein = "P1"});
        write_dataset(folder / "data.h5", rows);
    }
    const TemporaryFolder folder;
    TwoLines network;
    std::vector<RowSpec> rows;
    const std::string a = (folder / "a.safetensors").string(), b = (folder / "b.safetensors").string();
};

TEST_F(EnsembleRun, EvaluateMeasuresTheMean) {
    EvaluateOptions options;
    options.model = a;
    options.ensemble = {b};
    options.datasets = {folder / "data.h5"};
    const EvaluateResult result = evaluate(options, network, silent_context());
    ASSERT_EQ(result.table.size(), 8u);
    EXPECT_NEAR(result.table[0].pk_pred, (5.8 + 5.4) / 2, 1e-5);
    EXPECT_NEAR(result.table[0].pk_sd, std::sqrt(0.25 + 0.04), 1e-5);
    EXPECT_EQ(result.model, a + " + " + b);
    options.calibrate = true;
    EXPECT_THAT(error_of([&] { evaluate(options, network, silent_context()); }).message,
                HasSubstr("--calibrate: expected a single --model"));
}

/// The correction belongs to the mean: the same for `screen` and for `score`, whose ensemble is one
/// predictor.
TEST_F(EnsembleRun, ScreenCorrectsTheMeanByKnownCompounds) {
    ScreenOptions options;
    options.model = a;
    options.ensemble = {b};
    options.ligands = {folder / "data.h5"};
    options.out = folder / "hits.tsv";
    options.order = RowOrder::input;
    options.columns = {"pk_sd", "pk_sd_models"};
    options.known = {{"k", chain_ligand(9), 8.0f}};
    const PocketGraph pocket = chain_pocket("P1", 5);
    screen(pocket, options, network, silent_context());

    const std::vector<std::string> names{a, b};
    const std::shared_ptr<const Ensemble> models =
        load_ensemble(names, "cpu", model::Precision::fp32, network);
    const auto corrected = with_known_compounds(models, options.known);
    const std::vector<LigandGraph> first{chain_ligand(8)};
    const auto expected = corrected->predict(*corrected->encode(pocket), first).front();
    EXPECT_GT(expected.pk, models->predict(*models->encode(pocket), first).front().pk + 0.5);
    TableReader table(options.out);
    ASSERT_TRUE(table.next());
    EXPECT_NEAR(std::stod(std::string(table["pk_pred"])), expected.pk, 1e-3);
    EXPECT_NEAR(std::stod(std::string(table["pk_sd"])), expected.pk_sd, 1e-3);
    EXPECT_NEAR(std::stod(std::string(table["pk_sd_models"])), 0.4 / std::sqrt(2.0), 1e-3);
}

}  // namespace
}  // namespace keyway::workflows

/// The passport as JSON: exact round trip; another version or a damaged one is refused with the reason.
#include "keyway/model/passport.hpp"

#include "support/fake_network.hpp"
#include "support/temporary_folder.hpp"

#include "keyway/core/error.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cmath>
#include <limits>

namespace keyway::model {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

Passport example() {
    Passport passport;
    passport.feature_version = 7;
    passport.config.pocket_layers = 3;
    passport.pocket.token_cutoff_angstrom = 6.5;
    passport.pocket.keep_waters = true;
    passport.ligand_policy = "largest fragment, \"neutral\"";
    passport.created_by = "keyway 0.1.0";
    passport.training_data_sha256 = std::string(64, 'a');
    passport.training = "learning_rate = 0.001\nsteps = 500\n";
    passport.metrics = {{"valid/mean_assay_spearman", 0.1 + 0.2}, {"valid/rmse", 1e-300}};
    passport.seed = std::numeric_limits<std::uint64_t>::max();
    passport.name = "fast";
    passport.weights_sha256 = std::string(64, 'b');
    return passport;
}

std::string refusal(const std::string& text) {
    try {
        passport_from_json(text);
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::incompatible);
        return error.what();
    }
    ADD_FAILURE() << "accepted: " << text;
    return "";
}

TEST(Passport, JsonRoundTripKeepsEveryField) {
    const Passport written = example();
    const Passport read = passport_from_json(to_json(written));

    EXPECT_EQ(to_json(read), to_json(written));
    EXPECT_EQ(read.feature_version, 7);
    EXPECT_EQ(read.config, written.config);
    EXPECT_EQ(read.pocket, written.pocket);
    EXPECT_EQ(read.ligand_policy, written.ligand_policy);
    EXPECT_EQ(read.units, written.units);
    EXPECT_EQ(read.created_by, written.created_by);
    EXPECT_EQ(read.training_data_sha256, written.training_data_sha256);
    EXPECT_EQ(read.training, written.training);
    EXPECT_EQ(read.metrics, written.metrics);
    EXPECT_EQ(read.seed, written.seed);
    EXPECT_EQ(read.name, written.name);
    EXPECT_EQ(read.weights_sha256, written.weights_sha256);
}

TEST(Passport, ScaleOfTheSpreadIsOneWhereTheFileDoesNotSay) {
    Passport passport = example();
    EXPECT_EQ(to_json(passport).find("pk_sd_scale"), std::string::npos);
    EXPECT_EQ(passport_from_json(to_json(passport)).pk_sd_scale, 1);
    passport.pk_sd_scale = 1.25;
    EXPECT_EQ(passport_from_json(to_json(passport)).pk_sd_scale, 1.25);
    json damaged = json::parse(to_json(passport));
    damaged["pk_sd_scale"] = -1;
    EXPECT_THAT(refusal(damaged.dump()), HasSubstr("must be a positive number"));
}

TEST(Passport, ScaleIsWrittenIntoAWeightsFileAndNothingElseChanges) {
    const keyway::testing::TemporaryFolder folder;
    const auto weights = keyway::testing::write_fake_weights(folder / "weights.safetensors");
    const Passport before = read_passport(weights);
    set_pk_sd_scale(weights, 1.5);
    Passport after = read_passport(weights);
    EXPECT_EQ(after.pk_sd_scale, 1.5);
    after.pk_sd_scale = 1;
    EXPECT_EQ(to_json(after), to_json(before));
    EXPECT_THROW(set_pk_sd_scale(weights, 0), Error);
}

TEST(Passport, MetricThatIsNotANumberSurvives) {
    Passport passport = example();
    passport.metrics["test/pearson"] = std::nan("");

    EXPECT_TRUE(std::isnan(passport_from_json(to_json(passport)).metrics.at("test/pearson")));
}

TEST(Passport, TextThatIsNotUtf8DoesNotBreakTheJson) {
    Passport passport = example();
    passport.training = "data = /home/M\xfcller\n";

    EXPECT_THAT(passport_from_json(to_json(passport)).training, HasSubstr("data = /home/M"));
}

TEST(Passport, EveryMissingOrSurplusFieldIsRefused) {
    const json good = json::parse(to_json(example()));
    for (const auto& [name, value] : good.items()) {
        json without = good;
        without.erase(name);
        EXPECT_THAT(refusal(without.dump()), HasSubstr(name));
    }
    json more = good;
    more["script"] = "rm";
    EXPECT_THAT(refusal(more.dump()), HasSubstr("unknown field \"script\""));
}

TEST(Passport, WrongTypesVersionsAndSyntaxAreRefused) {
    const auto with = [](const char* name, const json& value) {
        json changed = json::parse(to_json(example()));
        changed[name] = value;
        return changed.dump();
    };
    EXPECT_THAT(refusal(with("format_version", 2)), HasSubstr("format version 2"));
    EXPECT_THAT(refusal(with("feature_version", 1.5)), HasSubstr("feature_version must be an integer"));
    EXPECT_THAT(refusal(with("config", "pocket_layers = -1")), HasSubstr("pocket_layers"));
    EXPECT_THAT(refusal(with("config", "no_such_field = 1")), HasSubstr("no_such_field"));
    EXPECT_THAT(refusal(with("pocket", "radius=9")), HasSubstr("radius"));
    refusal(with("metrics", {{"a", "high"}}));
    refusal(with("name", 3));
    refusal("{\"format_version\": 1");
    refusal("");
    refusal("[]");
}

}  // namespace
}  // namespace keyway::model

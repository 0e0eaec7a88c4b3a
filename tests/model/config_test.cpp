/// ModelConfig as text: exact round trip, and every kind of nonsense refused with its name.
#include "keyway/model/config.hpp"

#include "keyway/core/error.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace keyway::model {
namespace {

using testing::HasSubstr;

/// The message of the keyway::Error that `act` throws; fails if the kind is another.
template <class Act>
std::string message_of(ErrorKind kind, Act&& act) {
    try {
        act();
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), kind) << error.what();
        return error.what() + std::string(" | ") + error.hint();
    }
    ADD_FAILURE() << "nothing was thrown";
    return "";
}

TEST(ModelConfig, TextRoundTripKeepsEveryField) {
    ModelConfig config;
    config.pocket_channels = 24;
    config.pocket_layers = 3;
    config.pocket_heads = 6;
    config.edge_cutoff_angstrom = 5.300000000000001;
    config.spline_knots = 17;
    config.parity = Parity::o3;
    config.ligand_channels = 20;
    config.ligand_layers = 5;
    config.stereo_coordinates = 3;
    config.fusion_layers = 7;
    config.fusion_heads = 5;
    config.reverse_update = false;
    config.grounding = true;
    config.pair_channels = 11;
    config.distance_bins = 9;
    config.intra_distance_bins = 8;
    config.retrieval_channels = 13;
    config.dropout = 0.1234567890123;

    EXPECT_EQ(ModelConfig::from_text(config.to_text()), config);
    EXPECT_EQ(ModelConfig::from_text(config.to_text()).to_text(), config.to_text());
}

TEST(ModelConfig, TextMayHaveCommentsBlankLinesAndWindowsLineEnds) {
    const auto config = ModelConfig::from_text("# a comment\r\n\r\n  pocket_layers=2   # two\r\n");

    EXPECT_EQ(config.pocket_layers, 2);
    EXPECT_EQ(config.ligand_layers, ModelConfig().ligand_layers);
}

TEST(ModelConfig, TextFromBeforeGroundingMeansNone) {
    const auto config = ModelConfig::from_text("reverse_update = true\n");

    EXPECT_FALSE(config.grounding);
    EXPECT_EQ(config.intra_distance_bins, 0);
    EXPECT_FALSE(ModelConfig::named("base").grounding);
}

TEST(ModelConfig, GroundingNeedsALayerBeforeTheLastAndRoomForVectors) {
    ModelConfig config;
    config.grounding = true;
    config.check();
    config.fusion_layers = 1;
    EXPECT_THAT(message_of(ErrorKind::usage, [&] { config.check(); }),
                HasSubstr("fusion_layers of at least 2"));
    config = {.ligand_channels = 40, .fusion_heads = 8, .grounding = true};
    EXPECT_THAT(message_of(ErrorKind::usage, [&] { config.check(); }), HasSubstr("6 channels a head"));
}

TEST(ModelConfig, BadTextIsRefusedWithLineAndName) {
    const struct {
        const char *text, *said;
    } cases[] = {
        {"\npocket_layer = 4\n", "line 2: unknown name \"pocket_layer\""},
        {"pocket_layers = 4\npocket_layers = 4\n", "pocket_layers is given twice"},
        {"pocket_layers = 4.5\n", "pocket_layers must be"},
        {"pocket_layers =\n", "pocket_layers must be"},
        {"pocket_layers\n", "expected `name = value`"},
        {"dropout = 0,1\n", "dropout must be"},
        {"parity = SO3\n", "parity must be so3 or o3"},
        {"reverse_update = 1\n", "reverse_update must be true or false"},
        {"pocket_layers = 99999999999999999999\n", "pocket_layers must be"},
    };
    for (const auto& [text, said] : cases)
        EXPECT_THAT(message_of(ErrorKind::incompatible, [t = text] { ModelConfig::from_text(t); }),
                    HasSubstr(said));
}

TEST(ModelConfig, CheckNamesTheFieldThatIsWrong) {
    const auto said = [](auto change) {
        ModelConfig config;
        change(config);
        return message_of(ErrorKind::usage, [&] { config.check(); });
    };
    EXPECT_THAT(said([](ModelConfig& c) { c.pocket_heads = 3; }), HasSubstr("multiple of pocket_heads (3)"));
    EXPECT_THAT(said([](ModelConfig& c) { c.fusion_heads = 7; }), HasSubstr("multiple of fusion_heads (7)"));
    EXPECT_THAT(said([](ModelConfig& c) { c.pocket_layers = 0; }),
                HasSubstr("pocket_layers must be 1 to 16, got 0"));
    EXPECT_THAT(said([](ModelConfig& c) { c.dropout = 1; }), HasSubstr("dropout"));
    EXPECT_THAT(said([](ModelConfig& c) { c.edge_cutoff_angstrom = 0.0 / 0.0; }),
                HasSubstr("edge_cutoff_angstrom"));
    EXPECT_THAT(said([](ModelConfig& c) { c.ligand_channels = 1 << 30; }), HasSubstr("ligand_channels"));
}

TEST(ModelConfig, NamedModelsExistAndAreSensible) {
    ModelConfig expected;
    expected.remembered_pockets = 320, expected.memory_channels = 64;
    expected.fingerprint_sum = true;  // off by default: weights made before it do not name it
    EXPECT_EQ(ModelConfig::named("base"), expected);
    EXPECT_LT(ModelConfig::named("tiny").pocket_channels, ModelConfig::named("fast").pocket_channels);
    EXPECT_EQ(ModelConfig::named(KEYWAY_SOURCE_DIR "/models/fast/model.cfg"), ModelConfig::named("fast"));
    EXPECT_EQ(ModelConfig::named(KEYWAY_SOURCE_DIR "/models/fast"), ModelConfig::named("fast"));
}

TEST(ModelConfig, UnknownNameListsTheNamesThereAre) {
    const std::string said = message_of(ErrorKind::usage, [] { ModelConfig::named("huge"); });

    EXPECT_THAT(said, HasSubstr("\"huge\""));
    EXPECT_THAT(said, HasSubstr("base, fast, tiny"));
}

}  // namespace
}  // namespace keyway::model

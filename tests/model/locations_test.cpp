/// Names and paths of models, and where the network library is looked for.
#include "model/locations.hpp"

#include "support/temporary_folder.hpp"

#include "keyway/core/error.hpp"
#include "keyway/model/network.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

namespace keyway::model {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

/// A models folder of its own with one trained model, "mine".
class Locations : public ::testing::Test {
protected:
    void SetUp() override {
        fs::create_directories(folder_ / "mine");
        std::ofstream(folder_ / "mine" / "weights.safetensors") << "x";
        setenv("KEYWAY_MODELS", folder_.c_str(), 1);
    }
    void TearDown() override {
        unsetenv("KEYWAY_MODELS");
        unsetenv("KEYWAY_NETWORK_LIBRARY");
    }
    testing::TemporaryFolder temporary_;
    const fs::path folder_ = temporary_.path();
};

TEST_F(Locations, ANameIsFoundInTheUsersFolderFirst) {
    EXPECT_EQ(resolve_model("mine"), folder_ / "mine" / "weights.safetensors");
    EXPECT_EQ(model_folders().front(), folder_);
}

TEST_F(Locations, AFolderStandsForItsFileAndAPathStaysAPath) {
    EXPECT_EQ(resolve_model((folder_ / "mine").string()), folder_ / "mine" / "weights.safetensors");
    EXPECT_EQ(resolve_model("some/where.safetensors"), fs::path("some/where.safetensors"));
}

TEST_F(Locations, AnUnknownNameListsOnlyModelsThatHaveWeights) {
    try {
        resolve_model("yours");
        FAIL() << "nothing was thrown";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::usage);
        EXPECT_THAT(error.what(), HasSubstr("\"yours\""));
        EXPECT_THAT(error.hint(), HasSubstr("mine"));
        EXPECT_THAT(error.hint(), Not(HasSubstr("tiny")));
    }
    EXPECT_THROW(resolve_model(""), Error);
}

TEST_F(Locations, TheEnvironmentNamesTheOnlyNetworkLibrary) {
    EXPECT_GE(network_library_candidates().size(), 2u);
    EXPECT_EQ(network_library_candidates().front().filename(), "libkeyway_network.so");

    setenv("KEYWAY_NETWORK_LIBRARY", "/tmp/other.so", 1);
    EXPECT_THAT(network_library_candidates(), ElementsAre(fs::path("/tmp/other.so")));
}

}  // namespace
}  // namespace keyway::model

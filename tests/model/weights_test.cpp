/// Weights files: what was saved is what is loaded, and whatever does not fit is refused with its reason.
#include "model/golden.hpp"
#include "model/trained_model.hpp"
#include "model/weights_file.hpp"
#include "support/temporary_folder.hpp"

#include "keyway/core/error.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

namespace keyway::model {
namespace {

using ::testing::HasSubstr;
using testing::TemporaryFolder;

/// A saved model and the means to write it again with one thing changed and all checksums right.
class WeightsTest : public ::testing::Test {
protected:
    struct Contents {
        std::vector<TensorSpec> specs;
        std::vector<std::vector<std::byte>> bytes;
        Metadata metadata;
        Passport passport;
    };

    void SetUp() override {
        Passport passport;
        passport.pocket.token_cutoff_angstrom = 6.5;
        passport.name = "test";
        passport.metrics["valid/rmse"] = 1.25;
        passport.seed = 42;
        tiny_trainer()->save_weights(path_, passport);
    }
    Contents read() const {
        const TensorFile file(path_);
        Contents contents{file.tensors(), {}, file.metadata(), passport_of(file)};
        for (const TensorSpec& spec : file.tensors()) {
            const auto bytes = file.bytes(spec.name, spec.type);
            contents.bytes.emplace_back(bytes.begin(), bytes.end());
        }
        return contents;
    }
    void write(Contents contents) const {
        std::vector<TensorBytes> tensors;
        for (std::size_t i = 0; i < contents.specs.size(); ++i)
            tensors.push_back({contents.specs[i], contents.bytes[i]});
        contents.passport.weights_sha256 = sha256_of_tensors(tensors);
        contents.metadata[kPassportKey] = to_json(contents.passport);
        write_tensor_file(path_, tensors, contents.metadata);
    }
    /// Writes the file with a change and returns why it is refused ("" if it loads).
    template <class Change>
    std::string refusal(Change&& change) {
        const Contents good = read();
        Contents changed = good;
        change(changed);
        write(changed);
        std::string said;
        try {
            torch_network().load(path_, "cpu");
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::incompatible) << error.what();
            EXPECT_THAT(error.what(), HasSubstr(path_.string()));
            said = error.what();
        }
        write(good);
        return said;
    }

    TemporaryFolder folder_;
    const std::filesystem::path path_ = folder_ / "weights.safetensors";
};

TEST_F(WeightsTest, PassportIsReadWithAndWithoutLibTorch) {
    const Passport light = read_passport(path_);

    EXPECT_EQ(to_json(light), to_json(torch_network().load(path_, "cpu")->passport()));
    EXPECT_EQ(light.config, tiny_config());
    EXPECT_EQ(light.pocket.token_cutoff_angstrom, 6.5);
    EXPECT_EQ(light.name, "test");
    EXPECT_EQ(light.metrics.at("valid/rmse"), 1.25);
    EXPECT_EQ(light.seed, 42u);
    EXPECT_EQ(light.feature_version, kFeatureVersion);
    EXPECT_THAT(light.created_by, HasSubstr("keyway"));
}

TEST_F(WeightsTest, UnchangedContentsLoad) {
    EXPECT_EQ(refusal([](Contents&) {}), "");
}

TEST_F(WeightsTest, OrderOfTensorsDoesNotMatter) {
    EXPECT_EQ(refusal([](Contents& c) {
                  std::reverse(c.specs.begin(), c.specs.end());
                  std::reverse(c.bytes.begin(), c.bytes.end());
              }),
              "");
}

TEST_F(WeightsTest, EverythingThatDoesNotFitIsRefusedForItsOwnReason) {
    EXPECT_THAT(refusal([](Contents& c) { c.passport.feature_version += 1; }), HasSubstr("feature version"));
    EXPECT_THAT(refusal([](Contents& c) { c.metadata.erase(kGoldenKey); }),
                HasSubstr("lack \"keyway_golden\""));
    EXPECT_THAT(refusal([](Contents& c) { c.metadata[kGoldenKey] = "1 1\n"; }), HasSubstr("golden scores"));
    EXPECT_THAT(refusal([](Contents& c) {
                    c.specs.pop_back();
                    c.bytes.pop_back();
                }),
                HasSubstr("is missing"));
    EXPECT_THAT(refusal([](Contents& c) {
                    c.specs.push_back({"code", TensorType::u8, {3}});
                    c.bytes.push_back(std::vector<std::byte>(3));
                }),
                HasSubstr("unexpected tensor code"));
    EXPECT_THAT(refusal([](Contents& c) { c.specs[0].name += "x"; }), HasSubstr("is missing"));
    EXPECT_THAT(refusal([](Contents& c) {
                    auto& spec = *std::find_if(c.specs.begin(), c.specs.end(), [](const TensorSpec& s) {
                        return s.shape.size() == 2 && s.shape[0] != s.shape[1];
                    });
                    std::swap(spec.shape[0], spec.shape[1]);
                }),
                HasSubstr("expected F32 ["));
    EXPECT_THAT(refusal([](Contents& c) {
                    c.specs[0].type = TensorType::u8;
                    c.specs[0].shape = {static_cast<std::int64_t>(c.bytes[0].size())};
                }),
                HasSubstr("got U8"));
    EXPECT_THAT(refusal([](Contents& c) { c.passport.config.ligand_layers += 1; }), HasSubstr("is missing"));
}

TEST_F(WeightsTest, AChangeThatOnlyTheScoresShowIsRefused) {
    // The cutoff shapes no tensor: only the golden scores know it.
    EXPECT_THAT(refusal([](Contents& c) { c.passport.config.edge_cutoff_angstrom -= 1; }),
                HasSubstr("golden score"));
    // One weight changed, with every checksum right.
    EXPECT_THAT(refusal([](Contents& c) {
                    for (std::size_t i = 0; i < c.specs.size(); ++i)
                        if (c.specs[i].name == "readout.bias") {
                            const float other = 1.0f;
                            std::memcpy(c.bytes[i].data(), &other, sizeof other);
                        }
                }),
                HasSubstr("golden score"));
}

TEST_F(WeightsTest, AnotherPocketDefinitionIsVisibleBeforeAnyScore) {
    Contents contents = read();
    contents.passport.pocket.residue_cutoff_angstrom = 10;
    write(contents);

    EXPECT_NE(torch_network().load(path_, "cpu")->passport().pocket, PocketDefinition());
    EXPECT_EQ(read_passport(path_).pocket.residue_cutoff_angstrom, 10);
}

TEST_F(WeightsTest, PassportOfOtherWeightsIsRefused) {
    const TensorFile file(path_);
    Passport passport = passport_of(file);
    passport.weights_sha256 = std::string(64, '0');
    std::vector<TensorBytes> tensors;
    for (const TensorSpec& spec : file.tensors()) tensors.push_back({spec, file.bytes(spec.name, spec.type)});
    Metadata metadata = file.metadata();
    metadata[kPassportKey] = to_json(passport);
    write_tensor_file(folder_ / "other", tensors, metadata);

    EXPECT_THROW(read_passport(folder_ / "other"), Error);
    EXPECT_THROW(torch_network().load(folder_ / "other", "cpu"), Error);
}

TEST_F(WeightsTest, TruncationsAndBitFlipsAreRefused) {
    const std::string good = testing::read_bytes(path_);
    Random random(11);
    for (int trial = 0; trial < 100; ++trial) {
        std::string bad = good;
        if (trial % 2) {
            bad.resize(random.below(good.size()));
        } else {
            const std::size_t at = random.below(bad.size());
            bad[at] = static_cast<char>(bad[at] ^ (1 << random.below(8)));
        }
        folder_.write("bad", bad);
        EXPECT_THROW(read_passport(folder_ / "bad"), Error) << trial;
    }
}

TEST_F(WeightsTest, MissingFileIsAnInputError) {
    for (const auto& call : {+[](const std::filesystem::path& path) { read_passport(path); },
                             +[](const std::filesystem::path& path) { torch_network().load(path, "cpu"); }})
        try {
            call(folder_ / "nothing");
            FAIL() << "accepted";
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::input);
        }
}

TEST_F(WeightsTest, UnknownDeviceIsAUsageError) {
    for (const char* device : {"gpu", "cuda:", "cuda:-1", "cuda:x", ""}) try {
            torch_network().load(path_, device);
            FAIL() << device;
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::usage) << device;
        }
    EXPECT_NO_THROW(torch_network().load(path_, "auto"));
}

}  // namespace
}  // namespace keyway::model

/// The golden set and its text. The set may never change: weights files in the world depend on it.
#include "model/golden.hpp"

#include "keyway/core/error.hpp"
#include "keyway/core/sha256.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace keyway::model {
namespace {

using testing::HasSubstr;

TEST(Golden, GraphsAreValid) {
    const GoldenSet golden = golden_set();

    EXPECT_NO_THROW(golden.pocket.check());
    for (const LigandGraph& ligand : golden.ligands) EXPECT_NO_THROW(ligand.check());
    EXPECT_EQ(golden.ligands.size(), 4u);
    EXPECT_EQ(golden.ligands[2].columns, golden.ligands[3].columns);
    EXPECT_NE(golden.ligands[2].stereo, golden.ligands[3].stereo);
}

TEST(Golden, SetHasNotChanged) {
    const GoldenSet golden = golden_set();
    Sha256 hash;
    const auto add = [&](const auto& values) {
        hash.update(values.data(), values.size() * sizeof values[0]);
    };
    add(golden.pocket.position_in_pocket);
    add(golden.pocket.columns);
    add(golden.pocket.is_token);
    add(golden.pocket.residue);
    add(golden.pocket.bonds);
    for (const LigandGraph& ligand : golden.ligands) {
        add(ligand.columns);
        add(ligand.bonds);
        add(ligand.bond_types);
        for (const StereoCentre& centre : ligand.stereo) {
            add(centre.neighbour);
            hash.update(&centre.sign, 1);
        }
    }

    // A new feature version may change it: then old weights are refused for their feature version first.
    EXPECT_EQ(hash.finish(), "ad4f056f356e94f69463b4104ca6ce52e21ff48dbac965a6bdce1ac47c1ca04c");
}

TEST(Golden, TextRoundTripIsExact) {
    const std::vector<Prediction> scores = {{6.1234567f, 0.1f}, {-1e-20f, 3.0f}};
    const auto read = golden_scores(golden_text(scores));

    ASSERT_EQ(read.size(), 2u);
    EXPECT_EQ(read[0].pk, scores[0].pk);
    EXPECT_EQ(read[0].pk_sd, scores[0].pk_sd);
    EXPECT_EQ(read[1].pk, scores[1].pk);
}

TEST(Golden, DamagedTextIsRefused) {
    for (const char* text : {"6.1", "6.1 x\n", "6.1  0.5\n", "6.1 0.5 7\n", "a 0.5\n", "\n", " 6.1 0.5"})
        EXPECT_THROW(golden_scores(text), Error) << text;
    EXPECT_TRUE(golden_scores("").empty());
}

TEST(Golden, DifferencesBeyondTheToleranceAreRefused) {
    const std::vector<Prediction> stored = {{6, 1}, {7, 1}};
    const auto said = [&](const std::vector<Prediction>& computed) -> std::string {
        try {
            check_golden(stored, computed, 1e-4);
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::incompatible);
            return error.what();
        }
        return "";
    };
    EXPECT_EQ(said({{6.00005f, 1}, {7, 0.99995f}}), "");
    EXPECT_THAT(said({{6, 1}, {7.001f, 1}}), HasSubstr("golden score 1 differs"));
    EXPECT_THAT(said({{6, 1.001f}, {7, 1}}), HasSubstr("golden score 0 differs"));
    EXPECT_THAT(said({{std::nanf(""), 1}, {7, 1}}), HasSubstr("golden score 0 differs"));
    EXPECT_THAT(said({{6, 1}}), HasSubstr("expected 1 golden scores, got 2"));
}

}  // namespace
}  // namespace keyway::model

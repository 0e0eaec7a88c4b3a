/// The pocket definition survives a round trip and refuses what it does not know.
#include "keyway/core/pocket_definition.hpp"

#include "keyway/core/error.hpp"

#include <gtest/gtest.h>

namespace keyway {
namespace {

TEST(PocketDefinition, IsReadBackFromItsText) {
    PocketDefinition definition;
    definition.residue_cutoff_angstrom = 7.25;
    definition.token_cutoff_angstrom = 6.1;
    definition.keep_waters = true;
    definition.keep_cofactors = false;
    EXPECT_EQ(PocketDefinition::from_text(definition.to_text()), definition);
    EXPECT_NE(PocketDefinition::from_text(definition.to_text()), PocketDefinition{});
}

TEST(PocketDefinition, RefusesUnknownMissingAndBrokenTerms) {
    const std::string text = PocketDefinition{}.to_text();
    EXPECT_THROW(PocketDefinition::from_text(text + " colour=1"), Error);
    EXPECT_THROW(PocketDefinition::from_text(text.substr(0, text.rfind(' '))), Error);
    EXPECT_THROW(PocketDefinition::from_text("residue_cutoff_angstrom=x"), Error);
    EXPECT_THROW(PocketDefinition::from_text(""), Error);
}

}  // namespace
}  // namespace keyway

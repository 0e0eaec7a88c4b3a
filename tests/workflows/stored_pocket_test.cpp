/// Pockets out of a dataset, for a model that was trained on pockets of one kind.
#include "support/temporary_folder.hpp"
#include "workflows/learning_fixtures.hpp"

#include "keyway/workflows/prepare_pocket.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace keyway::workflows {
namespace {

using keyway::testing::TemporaryFolder;
using ::testing::HasSubstr;
using namespace testing;

TEST(StoredPocket, IsFoundByItsIdOrByBeingTheOnlyOne) {
    const TemporaryFolder folder;
    write_dataset(folder / "two.h5", {{.pocket = "P1"}, {.pocket = "P2"}});
    write_dataset(folder / "one.h5", {{.pocket = "P9"}});
    const PreparedPocket second = stored_pocket(folder / "two.h5", "P2", {});
    EXPECT_EQ(second.graph.id, "P2");
    EXPECT_EQ(second.receptor, "two.h5");
    EXPECT_EQ(second.site, "pocket P2 of two.h5");
    EXPECT_EQ(second.residues, 1);
    EXPECT_GT(second.tokens, 0);
    EXPECT_EQ(stored_pocket(folder / "one.h5", "", {}).graph.id, "P9");

    const Caught unnamed = error_of([&] { stored_pocket(folder / "two.h5", "", {}); });
    EXPECT_EQ(unnamed.code, 2);
    EXPECT_THAT(unnamed.hint, HasSubstr("P1, P2"));
    const Caught unknown = error_of([&] { stored_pocket(folder / "two.h5", "P3", {}); });
    EXPECT_EQ(unknown.code, 2);
    EXPECT_THAT(unknown.message, HasSubstr("no pocket 'P3'"));
}

TEST(StoredPocket, OfAnotherPocketDefinitionIsRefused) {
    const TemporaryFolder folder;
    PocketDefinition wider;
    wider.residue_cutoff_angstrom = 10;
    write_dataset(folder / "wide.h5", {{.pocket = "P1"}}, wider);
    EXPECT_EQ(stored_pocket(folder / "wide.h5", "P1", wider).graph.id, "P1");
    const Caught caught = error_of([&] { stored_pocket(folder / "wide.h5", "P1", {}); });
    EXPECT_EQ(caught.code, 4);
    EXPECT_THAT(caught.message, HasSubstr("residue_cutoff_angstrom=10"));
    EXPECT_THAT(caught.message, HasSubstr("residue_cutoff_angstrom=8"));
}

}  // namespace
}  // namespace keyway::workflows

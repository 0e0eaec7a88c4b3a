/// Tables of targets.
#include "datasets/tables/target_table.hpp"

#include "datasets/source_helpers.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace keyway::datasets {
namespace {

using ::testing::HasSubstr;

constexpr auto kHeader =
    "target_id,protein,structure,reference,pocket_center_x,pocket_center_y,pocket_center_z,cluster,split\n";

TEST(TargetTable, ReadsSeveralTablesWithPathsRelativeToEach) {
    const testing::TemporaryFolder folder;
    const auto first = folder.write(
        "a/targets.csv", std::string(kHeader) + "K_01,K,structures/K.pdb.gz,refs/K.sdf,,,,C1,train\n");
    const auto second =
        folder.write("b/wide.csv", std::string(kHeader) + "L_ds,L,structures/L.pdb.gz,,1.5,-2,3,C2,valid\n");

    const auto targets = read_targets({first, second});

    ASSERT_EQ(targets.size(), 2u);
    const Target& k = targets.at("K_01");
    EXPECT_EQ(k.structure, folder.path() / "a/structures/K.pdb.gz");
    EXPECT_EQ(k.site.reference_ligand, folder.path() / "a/refs/K.sdf");
    EXPECT_FALSE(k.site.centre_angstrom);
    EXPECT_EQ(k.cluster, "C1");
    EXPECT_EQ(k.split, "train");
    const Target& l = targets.at("L_ds");
    EXPECT_EQ(l.structure, folder.path() / "b/structures/L.pdb.gz");
    EXPECT_TRUE(l.site.reference_ligand.empty());
    EXPECT_EQ(*l.site.centre_angstrom, (std::array<double, 3>{1.5, -2, 3}));
}

TEST(TargetTable, SaysWhatIsWrongAndWhere) {
    const testing::TemporaryFolder folder;
    const auto problem = [&](const std::string& text) {
        const auto table = folder.write("targets.csv", text);
        return testing::message_of([&] { read_targets({table}); }, ErrorKind::input);
    };
    EXPECT_THAT(problem("target_id,reference\n"), HasSubstr("structure"));
    EXPECT_THAT(problem("target_id,structure\n"), HasSubstr("pocket_center_x"));
    EXPECT_THAT(problem(std::string(kHeader) + "K,K,K.pdb,,1.5,,3,C,train\n"),
                HasSubstr("neither a reference"));
    EXPECT_THAT(problem(std::string(kHeader) + "K,K,K.pdb,r.sdf,,,,C,train\nK,K,K.pdb,r.sdf,,,,C,train\n"),
                HasSubstr("line 3: target 'K' occurs twice"));
    EXPECT_THAT(problem(std::string(kHeader) + "K,K,,r.sdf,,,,C,train\n"), HasSubstr("may not be empty"));
    EXPECT_THAT(problem(std::string(kHeader) + "K,K,K.pdb,r.sdf,,,,C,testing\n"), HasSubstr("split"));
}

}  // namespace
}  // namespace keyway::datasets

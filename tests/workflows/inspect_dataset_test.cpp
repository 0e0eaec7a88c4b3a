/// What the description of a file counts, in words and as JSON.
#include "keyway/workflows/inspect_dataset.hpp"

#include "store/random_samples.hpp"
#include "support/temporary_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace keyway::workflows {
namespace {

using ::testing::HasSubstr;

TEST(InspectDataset, CountsRowsGroupsAndSizes) {
    const testing::TemporaryFolder folder;
    const auto samples = store::testing::random_samples(21, 3, 40, 100);
    store::testing::write(samples, folder / "d.h5");

    const auto description = inspect_dataset(folder / "d.h5", Verify::yes);

    EXPECT_TRUE(description.verified);
    EXPECT_EQ(description.all.rows, 100u);
    EXPECT_EQ(description.all.pockets, 3u);
    EXPECT_EQ(description.all.proteins, 1u);
    EXPECT_EQ(description.poses, 25u);
    std::uint64_t rows = 0, in_assay_1 = 0;
    for (const auto& [name, part] : description.by_split) rows += part.rows;
    EXPECT_EQ(rows, 100u);
    for (const auto& row : samples.measurements) in_assay_1 += row.assay == 1 ? 1u : 0u;
    EXPECT_EQ(description.all.assays_of_five, 2u) << in_assay_1;
    std::size_t most = 0;
    for (const auto& ligand : samples.ligands) most = std::max(most, ligand.atoms());
    EXPECT_EQ(description.ligand_heavy_atoms.highest, static_cast<double>(most));
    EXPECT_EQ(description.by_source.at("labels.csv").rows, 100u);
}

TEST(InspectDataset, SaysItInWordsAndAsJson) {
    const testing::TemporaryFolder folder;
    store::testing::write(store::testing::random_samples(21, 3, 40, 100), folder / "d.h5");
    const auto description = inspect_dataset(folder / "d.h5", Verify::no);
    EXPECT_THAT(to_text(description), HasSubstr("not verified"));
    EXPECT_THAT(to_text(description), HasSubstr(description.passport.content_sha256));
    const auto json = nlohmann::json::parse(to_json(description));
    EXPECT_EQ(json["measurements"], 100);
    EXPECT_EQ(json["all"]["pockets"], 3);
    EXPECT_EQ(json["sources"]["labels.csv"], std::string(64, 'a'));
}

TEST(InspectDataset, CallsAFileWithoutMeasurementsALibrary) {
    const testing::TemporaryFolder folder;
    auto samples = store::testing::random_samples(3, 1, 20, 0);
    samples.pockets.clear();
    store::testing::write(samples, folder / "l.h5");
    EXPECT_THAT(to_text(inspect_dataset(folder / "l.h5", Verify::no)), ::testing::StartsWith("library"));
}

}  // namespace
}  // namespace keyway::workflows

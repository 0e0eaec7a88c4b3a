/// Splits keep homologs apart; the audit finds what a careless split ties together.
#include "keyway/workflows/split_dataset.hpp"

#include "support/temporary_folder.hpp"
#include "workflows/learning_fixtures.hpp"
#include "workflows/scaffold.hpp"

#include "keyway/core/table.hpp"
#include "keyway/workflows/audit_dataset.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace keyway::workflows {
namespace {

using keyway::testing::read_bytes;
using keyway::testing::TemporaryFolder;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using namespace testing;

/// Twelve clusters of two proteins with five compounds each; sizes repeat between clusters.
std::vector<RowSpec> twelve_clusters() {
    std::vector<RowSpec> rows;
    for (int cluster = 0; cluster < 12; ++cluster)
        for (int protein = 0; protein < 2; ++protein)
            for (int i = 0; i < 5; ++i) {
                RowSpec row;
                row.pocket = fmt::format("P{}_{}", cluster, protein);
                row.protein = row.pocket;
                row.cluster = fmt::format("C{}", cluster);
                row.assay = row.pocket;
                row.atoms = 6 + (cluster * 5 + protein * 3 + i) % 40;
                row.pk = 5 + i;
                row.id = fmt::format("{}/{}", row.pocket, i);
                row.fingerprint = {static_cast<std::uint16_t>(row.atoms),
                                   static_cast<std::uint16_t>(row.atoms + 1)};
                rows.push_back(row);
            }
    return rows;
}

class Splitting : public ::testing::Test {
protected:
    Splitting() {
        write_dataset(folder / "data.h5", twelve_clusters());
        options.datasets = {folder / "data.h5"};
        options.out = folder / "split.csv";
        options.if_exists = IfExists::overwrite;
        options.valid_share = options.test_share = 0.2;
    }
    SplitSummary run() { return split_dataset(options, silent_context()); }
    /// Splits of each value of a column.
    std::map<std::string, std::set<std::string>> sides_of(const std::string& column) {
        TableReader table(options.out);
        std::map<std::string, std::set<std::string>> sides;
        while (table.next()) sides[std::string(table[column])].insert(std::string(table["split"]));
        return sides;
    }
    AuditResult audit() { return audit_dataset({{folder / "data.h5"}, options.out, 1}, silent_context()); }

    TemporaryFolder folder;
    SplitOptions options;
};

TEST_F(Splitting, ByClusterKeepsEveryClusterOnOneSide) {
    const auto summary = run();
    EXPECT_NEAR(static_cast<double>(summary.rows.at("test")), 24, 12);
    for (const auto& [cluster, sides] : sides_of("cluster")) EXPECT_EQ(sides.size(), 1u) << cluster;
    EXPECT_THAT(audit().leaks, IsEmpty());
}

TEST_F(Splitting, IsTheSameForOneSeedAndAnotherForAnother) {
    run();
    const auto first = read_bytes(options.out);
    run();
    EXPECT_EQ(read_bytes(options.out), first);
    options.seed = 2;
    run();
    EXPECT_NE(read_bytes(options.out), first);
}

TEST_F(Splitting, ByCompoundWithHomologsApartLeavesSharedCompoundsOutOfTraining) {
    options.by = SplitBy::random;
    const auto summary = run();
    EXPECT_GT(summary.rows.at("none"), 0u);
    const auto result = audit();
    EXPECT_THAT(result.leaks, IsEmpty());
    EXPECT_EQ(result.held_out.at("test").compounds_shared, 0u);
}

TEST_F(Splitting, AcrossHomologsIsCalledLeakingByTheAudit) {
    options.by = SplitBy::random;
    options.homologs = Homologs::across;
    run();
    const auto result = audit();
    EXPECT_THAT(result.leaks, Contains(HasSubstr("homolog clusters are in training too")));
    EXPECT_THAT(to_text(result), HasSubstr("Verdict: leaking"));
}

TEST_F(Splitting, AGivenFileWithHomologsOnBothSidesIsRefused) {
    options.by = SplitBy::random;
    options.homologs = Homologs::across;
    run();
    options.by = SplitBy::file;
    options.file = folder / "split.csv";
    options.homologs = Homologs::apart;
    options.out = folder / "copy.csv";
    EXPECT_THAT(error_of([&] { run(); }).message, HasSubstr("on more than one side"));
    EXPECT_FALSE(std::filesystem::exists(options.out));
}

TEST_F(Splitting, ByTimeTrainsOnTheOldAndTestsOnTheNew) {
    std::string dates = "id,year\n";
    for (const auto& row : twelve_clusters()) dates += fmt::format("{},{}\n", row.id, 2000 + row.atoms % 17);
    write_file(folder / "dates.csv", dates, IfExists::refuse);
    options.by = SplitBy::time;
    options.dates = folder / "dates.csv";
    options.homologs = Homologs::across;
    run();
    TableReader table(options.out);
    double newest_trained = 0, oldest_tested = 9999;
    std::map<std::string, double> year;
    for (const auto& row : twelve_clusters()) year[row.id] = 2000 + row.atoms % 17;
    while (table.next()) {
        const double y = year.at(std::string(table["id"]));
        if (table["split"] == "train") newest_trained = std::max(newest_trained, y);
        if (table["split"] == "test") oldest_tested = std::min(oldest_tested, y);
    }
    EXPECT_LT(newest_trained, oldest_tested);
}

TEST(Audit, SeesTargetsThatMirrorEachOther) {
    const TemporaryFolder folder;
    std::vector<RowSpec> rows;
    for (int i = 0; i < 12; ++i)
        for (const auto& [protein, split] : {std::pair{"A", Split::train}, std::pair{"B", Split::valid}}) {
            RowSpec row;
            row.pocket = row.protein = row.cluster = row.assay = protein;
            row.atoms = 6 + i;
            row.pk = 5 + 0.3 * i + (row.protein == "B" ? 0.5 : 0);
            row.split = split;
            row.fingerprint = {static_cast<std::uint16_t>(i)};
            rows.push_back(row);
        }
    write_dataset(folder / "data.h5", rows);
    const auto result = audit_dataset({{folder / "data.h5"}, {}, 1}, silent_context());
    const auto& valid = result.held_out.at("valid");
    EXPECT_EQ(valid.protein_pairs, 1u);
    EXPECT_EQ(valid.mirrored_pairs, 1u);
    EXPECT_EQ(valid.compounds_shared, 12u);
    EXPECT_EQ(valid.median_similarity, 1);
    EXPECT_THAT(result.leaks, IsEmpty());
}

TEST(Scaffold, IgnoresSideChainsAndIsZeroWithoutARing) {
    LigandGraph ring = chain_ligand(6);
    EXPECT_EQ(scaffold_of(ring), 0u);
    ring.bonds.push_back({0, 5});
    ring.bond_types.push_back(0);
    LigandGraph substituted = chain_ligand(8);  // a ring of the first six with a tail of two
    substituted.bonds.push_back({0, 5});
    substituted.bond_types.push_back(0);
    EXPECT_NE(scaffold_of(ring), 0u);
    EXPECT_EQ(scaffold_of(ring), scaffold_of(substituted));
}

}  // namespace
}  // namespace keyway::workflows

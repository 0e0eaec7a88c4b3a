/// Which rows come together, and how often.
#include "workflows/batch_sampler.hpp"

#include "keyway/core/error.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>

namespace keyway::workflows {
namespace {

/// `sizes[i]` rows of series i in pocket i.
std::vector<LabelledRow> rows_of(const std::vector<int>& sizes, int source = 0, int first_series = 0) {
    std::vector<LabelledRow> rows;
    for (std::size_t s = 0; s < sizes.size(); ++s)
        for (int i = 0; i < sizes[s]; ++i) {
            LabelledRow row;
            row.series = row.pocket = first_series + static_cast<int>(s);
            row.source = source;
            row.split = Split::train;
            rows.push_back(row);
        }
    return rows;
}

TEST(BatchSampler, DrawsOneAssayWithoutRepeatsAndAtMostTheLimit) {
    const auto rows = rows_of({100, 7});
    const BatchSampler sampler(rows, {}, Split::train, {.max_ligands_per_assay = 48});
    Random random(1);
    for (int i = 0; i < 200; ++i) {
        const auto batch = sampler.draw(random).rows;
        std::set<int> distinct, series;
        for (const auto& [row, assay] : batch) {
            distinct.insert(row);
            series.insert(rows[static_cast<std::size_t>(row)].series);
            EXPECT_EQ(assay, 0);
        }
        ASSERT_EQ(series.size(), 1u);
        EXPECT_EQ(distinct.size(), batch.size());
        EXPECT_EQ(batch.size(), *series.begin() == 0 ? 48u : 7u);
    }
}

TEST(BatchSampler, DrawsAssaysByTheSquareRootOfTheirSize) {
    const auto rows = rows_of({100, 4});  // 10 : 2
    const BatchSampler sampler(rows, {}, Split::train, {});
    Random random(2);
    int large = 0;
    for (int i = 0; i < 6000; ++i)
        large += rows[static_cast<std::size_t>(sampler.draw(random).rows.front().row)].series == 0;
    EXPECT_NEAR(large / 6000.0, 10.0 / 12.0, 0.02);
}

TEST(BatchSampler, GivesTheCoreSetItsShareWhateverTheSizes) {
    auto rows = rows_of({5, 5}, 0);
    const auto extra = rows_of({400, 400, 400}, 1, 2);
    rows.insert(rows.end(), extra.begin(), extra.end());
    for (double share : {0.0, 0.25, 1.0}) {
        const BatchSampler sampler(rows, {}, Split::train, {.core_share = share});
        Random random(3);
        int core = 0;
        for (int i = 0; i < 4000; ++i)
            core += rows[static_cast<std::size_t>(sampler.draw(random).rows.front().row)].source == 0;
        EXPECT_NEAR(core / 4000.0, share, 0.025);
    }
}

TEST(BatchSampler, ReachesEveryRow) {
    const auto rows = rows_of({60, 3, 1, 1});
    const BatchSampler sampler(rows, {}, Split::train, {.max_ligands_per_assay = 10});
    Random random(4);
    std::set<int> seen;
    for (int i = 0; i < 500; ++i)
        for (const auto& [row, assay] : sampler.draw(random).rows) seen.insert(row);
    EXPECT_EQ(seen.size(), rows.size());
}

TEST(BatchSampler, PoolsRowsThatAreAloneInTheirAssay) {
    std::vector<int> ones(20, 1);
    auto rows = rows_of(ones);
    rows[3].series = -1;  // no assay at all
    const BatchSampler sampler(rows, {}, Split::train, {});
    Random random(5);
    const auto batch = sampler.draw(random).rows;
    std::set<int> assays;
    for (const auto& row : batch) assays.insert(row.assay);
    EXPECT_EQ(batch.size(), static_cast<std::size_t>(BatchSampler::kLoneRows));
    EXPECT_EQ(assays.size(), batch.size()) << "lone rows must not be compared with each other";
}

TEST(BatchSampler, TakesSeveralDifferentAssaysIntoOneBatch) {
    const auto rows = rows_of({3, 4, 5});
    const BatchSampler sampler(rows, {}, Split::train, {.assays_per_batch = 2});
    Random random(6);
    for (int i = 0; i < 100; ++i) {
        std::map<int, std::set<int>> series_of_assay;
        std::set<int> distinct;
        const auto batch = sampler.draw(random).rows;
        for (const auto& [row, assay] : batch) {
            series_of_assay[assay].insert(rows[static_cast<std::size_t>(row)].series);
            distinct.insert(row);
        }
        ASSERT_EQ(series_of_assay.size(), 2u);
        EXPECT_NE(series_of_assay[0], series_of_assay[1]);
        EXPECT_EQ(distinct.size(), batch.size());
    }
    const BatchSampler all(rows, {}, Split::train, {.assays_per_batch = 9});
    EXPECT_EQ(all.draw(random).rows.size(), rows.size()) << "more assays than there are: each once";
}

TEST(BatchSampler, UsesItsSplitOnly) {
    auto rows = rows_of({6});
    rows[0].split = Split::valid;
    rows[1].split = Split::none;
    const BatchSampler sampler(rows, {}, Split::train, {});
    Random random(7);
    EXPECT_EQ(sampler.row_count(), 4u);
    for (const auto& [row, assay] : sampler.draw(random).rows) EXPECT_GE(row, 2);
    EXPECT_THROW(BatchSampler(rows, {}, Split::test, {}), Error);
}

TEST(BatchSampler, SelectivityBatchesHoldTheSameCompoundsInTwoPockets) {
    auto rows = rows_of({20, 20, 20});
    for (int i = 0; i < 60; ++i) rows[static_cast<std::size_t>(i)].ligand = i;
    for (int i = 0; i < 5; ++i)
        rows[static_cast<std::size_t>(20 + i)].ligand = i;  // series 0 and 1 share five
    for (int i = 0; i < 2; ++i) rows[static_cast<std::size_t>(40 + i)].ligand = i;  // series 2 too few
    const BatchSampler sampler(rows, {}, Split::train, {.max_ligands_per_assay = 16, .selectivity_share = 1});
    ASSERT_EQ(sampler.assay_pair_count(), 1u);
    Random random(10);
    for (int i = 0; i < 50; ++i) {
        std::map<int, int> count_of_ligand;
        const auto batch = sampler.draw(random).rows;
        ASSERT_EQ(batch.size(), 16u);
        for (const auto& [row, assay] : batch) {
            EXPECT_EQ(rows[static_cast<std::size_t>(row)].series, assay);
            ++count_of_ligand[rows[static_cast<std::size_t>(row)].ligand];
        }
        for (int ligand = 0; ligand < 5; ++ligand) EXPECT_EQ(count_of_ligand[ligand], 2);
    }
}

TEST(BatchSampler, WithoutSharedCompoundsSelectivityBatchesAreOrdinaryOnes) {
    auto rows = rows_of({20, 20});
    for (int i = 0; i < 40; ++i) rows[static_cast<std::size_t>(i)].ligand = i;
    const BatchSampler sampler(rows, {}, Split::train, {.selectivity_share = 1});
    Random random(11);
    EXPECT_EQ(sampler.assay_pair_count(), 0u);
    EXPECT_EQ(sampler.draw(random).rows.size(), 20u);
}

std::vector<LabelledPose> poses_of(int train, int valid) {
    std::vector<LabelledPose> poses(static_cast<std::size_t>(train + valid));
    for (std::size_t i = 0; i < poses.size(); ++i)
        poses[i].split = static_cast<int>(i) < train ? Split::train : Split::valid;
    return poses;
}

TEST(BatchSampler, GivesPosesTheirShareOfBatchesAndTheirOwnSplitOnly) {
    const auto rows = rows_of({20, 20});
    const auto poses = poses_of(11, 5);
    const BatchSampler sampler(rows, poses, Split::train, {.pose_share = 0.3, .poses_per_batch = 4});
    Random random(12);
    int pose_batches = 0;
    std::set<int> seen;
    for (int i = 0; i < 4000; ++i) {
        const auto batch = sampler.draw(random);
        ASSERT_NE(batch.rows.empty(), batch.poses.empty()) << "rows or poses";
        if (batch.poses.empty()) continue;
        ++pose_batches;
        const std::set<int> distinct(batch.poses.begin(), batch.poses.end());
        EXPECT_EQ(distinct.size(), 4u);
        seen.insert(distinct.begin(), distinct.end());
    }
    EXPECT_NEAR(pose_batches / 4000.0, 0.3, 0.025);
    EXPECT_EQ(seen.size(), 11u);
    EXPECT_LT(*seen.rbegin(), 11) << "poses of split valid are not learnt from";

    const BatchSampler few(rows, poses_of(2, 0), Split::train, {.pose_share = 0.9});
    for (int i = 0; i < 20; ++i) EXPECT_LE(few.draw(random).poses.size(), 2u);
    EXPECT_THROW(BatchSampler(rows, poses_of(0, 5), Split::train, {.pose_share = 0.1}), Error);
    EXPECT_NO_THROW(BatchSampler(rows, {}, Split::train, {}));
}

TEST(BatchSampler, WithoutAPoseShareNothingIsDrawnForIt) {
    const auto rows = rows_of({30, 20});
    const BatchSampler plain(rows, {}, Split::train, {}), with(rows, poses_of(5, 0), Split::train, {});
    Random first(13), second(13);
    for (int i = 0; i < 20; ++i) {
        plain.draw(first);
        with.draw(second);
    }
    EXPECT_EQ(first.state(), second.state()) << "earlier runs repeat";
}

TEST(BatchSampler, KeepsABatchInsideItsBudgetOfAtomsButTwoRowsOfEachAssay) {
    auto rows = rows_of({40, 40, 3});
    for (auto& row : rows) row.heavy_atoms = row.series == 2 ? 900 : 20 + row.series;
    const BatchSampler sampler(rows, {}, Split::train, {.assays_per_batch = 2, .atoms_per_batch = 600});
    Random random(14);
    for (int i = 0; i < 200; ++i) {
        std::map<int, int> atoms, count;
        for (const auto& [row, assay] : sampler.draw(random).rows) {
            const auto& drawn = rows[static_cast<std::size_t>(row)];
            atoms[drawn.series] += drawn.heavy_atoms;
            ++count[drawn.series];
        }
        for (const auto& [series, sum] : atoms) {
            if (series == 2) {
                EXPECT_EQ(count[series], 2);
                continue;
            }
            EXPECT_LE(sum, 300);
            EXPECT_GT(sum, 300 - 22) << "as many as fit";
        }
    }
}

TEST(BatchSampler, ContinuesFromASavedRandomState) {
    const auto rows = rows_of({30, 20, 1});
    const BatchSampler sampler(rows, {}, Split::train, {.max_ligands_per_assay = 10});
    Random first(8), second(9);
    sampler.draw(first);
    second.restore(first.state());
    for (int i = 0; i < 20; ++i) {
        const auto a = sampler.draw(first).rows, b = sampler.draw(second).rows;
        ASSERT_EQ(a.size(), b.size());
        for (std::size_t k = 0; k < a.size(); ++k) ASSERT_EQ(a[k].row, b[k].row);
    }
}

}  // namespace
}  // namespace keyway::workflows

/// Chunk files: rows come back exactly, and no damage goes unseen.
#include "workflows/chunk_file.hpp"

#include "support/temporary_folder.hpp"

#include "keyway/core/error.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>

namespace keyway::workflows {
namespace {

using keyway::testing::read_bytes;

ResultRow row_of(std::uint64_t index, float pk) {
    ResultRow row;
    row.index = index;
    row.line = index + 1;
    row.id = "m" + std::to_string(index);
    row.prediction = {pk, 0.1f};
    row.smiles = "CCO";
    row.heavy_atoms = 3;
    return row;
}

struct ChunkFile : ::testing::Test {
    keyway::testing::TemporaryFolder folder;
    std::filesystem::path file = folder / "chunk-000007.rows";
    ChunkFooter start{"0123456789abcdef", 7, 3, 0, 0, 0, 0};

    std::vector<ResultRow> read(std::size_t block, ChunkReader::Handle handle) const {
        ChunkReader reader(file, block, handle);
        std::vector<ResultRow> rows(1);
        while (reader.next(rows.back())) rows.emplace_back();
        rows.pop_back();
        return rows;
    }
};

TEST_F(ChunkFile, GivesRowsBackInRankOrder) {
    ResultRow hostile = row_of(2, 1.0f / 3.0f);
    hostile.id = "a\tb\nc\\d\re\\t #EOF plan=";
    hostile.mol_block = "\n\n\n  0  0\nM  END\n";
    hostile.pk_by_receptor = {1.5f, -0.0f, 7.25f};
    hostile.pk_sd_models = 0.125f;
    hostile.receptor = 0;
    hostile.domain = {{0.1 + 0.2, "x\ty"}, {0.25, "P\n"}, true};
    ResultRow rejected = row_of(0, 0);
    rejected.reason = "VALENCE";
    rejected.notes = "why";
    rejected.rejected_text = "C(C)(C)(C)(C)C\tx\n";
    write_chunk(file, start, {rejected, row_of(1, 5.5f), hostile, row_of(3, 5.5f)});
    for (const std::size_t block : {7u, 64u, 100000u})
        for (const auto handle : {ChunkReader::Handle::keep_open, ChunkReader::Handle::open_when_needed}) {
            const auto rows = read(block, handle);
            ASSERT_EQ(rows.size(), 4u);
            EXPECT_EQ(rows[0].index, 1u);
            EXPECT_EQ(rows[1].index, 3u) << "ties by record";
            EXPECT_EQ(rows[2].id, hostile.id);
            EXPECT_EQ(rows[2].mol_block, hostile.mol_block);
            EXPECT_EQ(rows[2].prediction.pk, hostile.prediction.pk) << "not one bit is lost";
            EXPECT_EQ(rows[2].pk_by_receptor, hostile.pk_by_receptor);
            EXPECT_EQ(rows[2].pk_sd_models, hostile.pk_sd_models);
            EXPECT_EQ(rows[2].domain.ligand.similarity, 0.1 + 0.2);
            EXPECT_EQ(rows[2].domain.ligand.name, "x\ty");
            EXPECT_EQ(rows[2].domain.pocket.name, "P\n");
            EXPECT_EQ(rows[2].domain.is_inside, true);
            EXPECT_FALSE(rows[1].domain.is_inside);
            EXPECT_TRUE(std::isnan(rows[1].domain.pocket.similarity));
            EXPECT_EQ(rows[3].reason, "VALENCE");
            EXPECT_EQ(rows[3].rejected_text, rejected.rejected_text);
        }
    const auto footer = check_chunk(file);
    ASSERT_TRUE(footer);
    EXPECT_EQ(footer->plan, start.plan);
    EXPECT_EQ(footer->chunk, 7u);
    EXPECT_EQ(footer->rows, 4u);
    EXPECT_EQ(footer->ok, 3u);
}

TEST_F(ChunkFile, EverySingleBitFlipIsSeen) {
    write_chunk(file, start, {row_of(0, 5), row_of(1, 6.25f), row_of(2, 7)});
    const std::string good = read_bytes(file);
    const auto damaged = folder / "damaged.rows";
    int unseen = 0;
    for (std::size_t bit = 0; bit < 8 * good.size(); ++bit) {
        std::string bytes = good;
        bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << (bit % 8)));
        std::ofstream(damaged, std::ios::binary) << bytes;
        const auto footer = check_chunk(damaged);
        // A flip in the plan or the numbers of the footer gives another footer, which the folder compares.
        if (footer && footer == check_chunk(file)) ++unseen;
        if (footer) EXPECT_GE(bit / 8, footer->bytes) << "rows are covered by the checksum";
    }
    EXPECT_EQ(unseen, 0);
}

TEST_F(ChunkFile, EveryCutIsSeen) {
    write_chunk(file, start, {row_of(0, 5), row_of(1, 6.25f), row_of(2, 7)});
    const std::string good = read_bytes(file);
    const auto damaged = folder / "damaged.rows";
    for (std::size_t length = 0; length < good.size(); ++length) {
        std::ofstream(damaged, std::ios::binary) << good.substr(0, length);
        ASSERT_FALSE(read_footer(damaged)) << length;
        ASSERT_FALSE(check_chunk(damaged)) << length;
    }
    EXPECT_FALSE(check_chunk(folder / "none.rows"));
    EXPECT_THROW(ChunkReader(damaged, 64, ChunkReader::Handle::keep_open), Error);
}

}  // namespace
}  // namespace keyway::workflows

/// `keyway screen` in pieces: stopped, resumed, in shards, merged, looked at.
#include "apps/program_fixtures.hpp"
#include "apps/run_program.hpp"

#include "keyway/core/output_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <set>

namespace keyway::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string many_ligands(int count) {
    std::string text = NastyLibrary().text;
    for (int i = 0; i < count; ++i) text += std::string(1 + i % 30, 'C') + "\tm" + std::to_string(i) + "\n";
    return text;
}

struct LongRun : ::testing::Test {
    ScreenFiles files;
    std::filesystem::path library = files.folder.write("l.smi", many_ligands(1000));
    std::filesystem::path out = files.folder / "hits.tsv", parts = files.folder / "hits.tsv.parts";
    std::string golden_ranked = golden({}), golden_input = golden({"--order", "input"});

    std::vector<std::string> command(const std::vector<std::string>& more) const {
        auto words = files.screen({"-l", library.string(), "--chunk-size", "64", "-t", "2"});
        words.insert(words.end(), more.begin(), more.end());
        return words;
    }
    std::string golden(const std::vector<std::string>& more) const {
        const auto result = run_program(command(more));
        EXPECT_EQ(result.code, 0) << result.err;
        return result.out;
    }
    void expect_nothing_left() const {
        for (const auto& entry : std::filesystem::directory_iterator(files.folder.path()))
            EXPECT_THAT(entry.path().filename().string(), Not(HasSubstr("part")));
    }
    ProgramResult slowly_until_chunk(int chunk, int signal, const std::vector<std::string>& more) const {
        RunningProgram::Streams streams;
        streams.environment["KEYWAY_FAKE_MICROSECONDS"] = "1500";
        RunningProgram program(command(more), streams);
        EXPECT_TRUE(wait_for_file(parts / ("chunk-00000" + std::to_string(chunk) + ".rows")));
        program.signal(signal);
        return program.wait();
    }
};

TEST_F(LongRun, AfterASignalTheSameCommandGoesOnToTheSameBytes) {
    for (const int signal : {SIGINT, SIGTERM, SIGKILL}) {
        const auto stopped = slowly_until_chunk(2, signal, {"-o", out.string(), "--overwrite"});
        EXPECT_EQ(stopped.code, signal == SIGKILL ? 128 + SIGKILL : 75) << stopped.err;
        if (signal != SIGKILL) EXPECT_THAT(stopped.err, HasSubstr("run the same command again"));
        EXPECT_FALSE(std::filesystem::exists(out));
        const auto rest = run_program(command({"-o", out.string()}));
        ASSERT_EQ(rest.code, 0) << rest.err;
        EXPECT_THAT(rest.err, HasSubstr("chunks were there already"));
        EXPECT_EQ(read_bytes(out), golden_ranked);
        EXPECT_TRUE(std::filesystem::exists(files.folder / "hits.rejected.smi"));
        expect_nothing_left();
        std::filesystem::remove(out);
        std::filesystem::remove(out.string() + ".run.json");
        std::filesystem::remove(files.folder / "hits.rejected.smi");
    }
}

TEST_F(LongRun, AnotherLibraryModelOrOptionIsExitCode4AndNothingIsTouched) {
    ASSERT_EQ(slowly_until_chunk(1, SIGTERM, {"-o", out.string()}).code, 75);
    const std::string chunk = read_bytes(parts / "chunk-000000.rows"), plan = read_bytes(parts / "plan.json");
    const auto expect_refusal = [&](const std::vector<std::string>& more, const std::string& what) {
        const auto result = run_program(command(more));
        EXPECT_EQ(result.code, 4) << result.err;
        EXPECT_THAT(result.err, HasSubstr(what));
        EXPECT_THAT(result.err, HasSubstr("--overwrite"));
        EXPECT_EQ(read_bytes(parts / "chunk-000000.rows"), chunk);
        EXPECT_EQ(read_bytes(parts / "plan.json"), plan);
    };
    expect_refusal({"-o", out.string(), "--keep-charges"}, "--keep-charges: now yes, then no");
    expect_refusal({"-o", out.string(), "--max-heavy-atoms", "99"}, "--max-heavy-atoms: now 99, then 150");
    expect_refusal({"-o", out.string(), "--no-header"}, "--no-header");
    expect_refusal({"-o", out.string(), "-l", library.string()}, "ligands");
    {
        const std::string text = read_bytes(library);
        write_file(library, "CCC\tnew\n" + text, IfExists::overwrite);
        expect_refusal({"-o", out.string()}, "ligands: now l.smi");
        write_file(library, text, IfExists::overwrite);
    }
    EXPECT_EQ(run_program(command({"-o", out.string(), "--order", "input"})).code, 0)
        << "the order of the table may change";
    EXPECT_EQ(read_bytes(out), golden_input);
}

TEST_F(LongRun, DamagedChunksAreDoneAgain) {
    ASSERT_EQ(slowly_until_chunk(4, SIGTERM, {"-o", out.string()}).code, 75);
    const auto cut = parts / "chunk-000001.rows", flipped = parts / "chunk-000002.rows";
    std::filesystem::resize_file(cut, std::filesystem::file_size(cut) / 2);
    std::string bytes = read_bytes(flipped);
    bytes[bytes.size() / 3] ^= 1;
    write_file(flipped, bytes, IfExists::overwrite);
    std::filesystem::remove(parts / "chunk-000003.rows");
    const auto result = run_program(command({"-o", out.string()}));
    ASSERT_EQ(result.code, 0) << result.err;
    EXPECT_THAT(result.err, HasSubstr("chunk 'chunk-000001.rows' is damaged"));
    EXPECT_THAT(result.err, HasSubstr("chunk 'chunk-000002.rows' is damaged"));
    EXPECT_EQ(read_bytes(out), golden_ranked);
}

TEST_F(LongRun, ShardsOfAnyNumberMergeToTheSameBytes) {
    const auto folder = files.folder / "run";
    const auto shard = [&](const std::string& which) {
        const auto result = run_program(command({"--work-dir", folder.string(), "--shard", which}));
        EXPECT_EQ(result.code, 0) << which << result.err;
    };
    const auto merged = files.folder / "merged.tsv";
    const auto merge = [&](const std::vector<std::string>& more) {
        std::vector<std::string> words = {"merge", folder.string(), "-o", merged.string(), "--overwrite"};
        words.insert(words.end(), more.begin(), more.end());
        return run_program(words);
    };
    for (const auto* which : {"1/5", "2/4", "3/3", "5/5"}) shard(which);
    const auto gap = merge({});
    EXPECT_EQ(gap.code, 5);
    EXPECT_THAT(gap.err, HasSubstr("missing"));
    EXPECT_THAT(gap.err, HasSubstr("keyway screen "));
    EXPECT_THAT(gap.err, HasSubstr("--shard 1/1"));
    EXPECT_FALSE(std::filesystem::exists(merged));
    EXPECT_EQ(merge({"--allow-partial"}).code, 0);
    EXPECT_LT(read_bytes(merged).size(), golden_ranked.size());

    {  // two at once
        RunningProgram first(command({"--work-dir", folder.string(), "--shard", "1/2"}));
        RunningProgram second(command({"--work-dir", folder.string(), "--shard", "1/1"}));
        EXPECT_EQ(first.wait().code, 0);
        EXPECT_EQ(second.wait().code, 0);
    }
    ASSERT_EQ(merge({}).code, 0);
    EXPECT_EQ(read_bytes(merged), golden_ranked);
    ASSERT_EQ(merge({"--order", "input"}).code, 0);
    EXPECT_EQ(read_bytes(merged), golden_input);
    ASSERT_EQ(merge({"--top", "17"}).code, 0);
    EXPECT_EQ(read_bytes(merged), golden({"--top", "17"}));
    EXPECT_TRUE(std::filesystem::exists(files.folder / "merged.rejected.smi"));
}

TEST_F(LongRun, StatusTellsHowFarItIs) {
    ASSERT_EQ(slowly_until_chunk(3, SIGTERM, {"-o", out.string()}).code, 75);
    std::filesystem::remove(parts / "chunk-000001.rows");
    const auto early = run_program({"status", parts.string()});
    EXPECT_EQ(early.code, 0);
    EXPECT_THAT(early.out, HasSubstr("the end of the input is not reached yet"));
    EXPECT_THAT(early.out, HasSubstr("missing:  1\n"));

    ASSERT_EQ(run_program(command({"-o", out.string(), "--keep-parts"})).code, 0);
    const auto json = nlohmann::json::parse(run_program({"status", parts.string(), "--json"}).out);
    EXPECT_TRUE(json["complete"]);
    EXPECT_TRUE(json["finished"]);
    EXPECT_EQ(json["records"], 1000 + NastyLibrary().records);
    EXPECT_EQ(json["rows"], json["records"]);
    EXPECT_EQ(json["chunks_done"], json["chunks"]);
    EXPECT_GT(json["rejected"], 0);
    const auto none = run_program({"status", files.folder.path().string()});
    EXPECT_EQ(none.code, 3);
    EXPECT_THAT(none.err, HasSubstr("no plan.json"));
    EXPECT_EQ(run_program(command({"-o", out.string()})).code, 2) << "a finished run is not replaced";
}

TEST_F(LongRun, ASecondRunInTheSameFolderIsTurnedAway) {
    RunningProgram::Streams streams;
    streams.environment["KEYWAY_FAKE_MICROSECONDS"] = "1500";
    RunningProgram first(command({"-o", out.string()}), streams);
    ASSERT_TRUE(wait_for_file(parts / "chunk-000000.rows"));
    const auto second = run_program(command({"-o", out.string()}));
    EXPECT_EQ(second.code, 75);
    EXPECT_THAT(second.err, HasSubstr("another keyway is at work"));
    EXPECT_EQ(first.wait().code, 0);
    EXPECT_EQ(read_bytes(out), golden_ranked);
}

TEST_F(LongRun, StandardInputLeavesTheRowsSoFarWhenStopped) {
    RunningProgram::Streams streams;
    streams.input = many_ligands(3000);
    streams.environment["KEYWAY_FAKE_MICROSECONDS"] = "1500";
    auto words = files.screen({"-l", "-", "-o", out.string(), "--chunk-size", "64", "-t", "2"});
    RunningProgram program(words, streams);
    ASSERT_TRUE(wait_for_file(parts / "chunk-000002.rows"));
    program.signal(SIGTERM);
    const auto result = program.wait();
    EXPECT_EQ(result.code, 75) << result.err;
    EXPECT_THAT(result.err, HasSubstr("cannot be resumed"));
    EXPECT_FALSE(std::filesystem::exists(out));
    EXPECT_FALSE(std::filesystem::exists(parts));
    const auto rows = tsv(read_bytes(files.folder / "hits.incomplete.tsv"));
    EXPECT_GT(rows.size(), 3u * 64);
    for (const auto& row : rows) ASSERT_EQ(row.size(), rows[0].size()) << "no row is cut";
}

TEST_F(LongRun, ShardsThatMakeNoSenseAreUsageErrors) {
    for (const auto* which : {"0/3", "4/3", "a/b", "1", "1/2x", "-1/3"})
        EXPECT_EQ(run_program(command({"-o", out.string(), "--shard", which})).code, 2) << which;
    EXPECT_EQ(run_program(command({"--shard", "1/2"})).code, 2) << "no folder";
    RunningProgram::Streams streams;
    streams.input = "CCO a\n";
    EXPECT_EQ(run_program(files.screen({"-l", "-", "-o", out.string(), "--shard", "1/2"}), streams).code, 2);
}

}  // namespace
}  // namespace keyway::testing

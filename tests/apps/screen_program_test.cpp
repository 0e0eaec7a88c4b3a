/// `keyway screen` from the outside: accounting, order, equal bytes, names of files, exit codes.
#include "apps/program_fixtures.hpp"
#include "apps/run_program.hpp"

#include "keyway/core/output_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cstdlib>
#include <set>

namespace keyway::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

std::string many_ligands(int count) {
    std::string text;
    for (int i = 0; i < count; ++i) text += std::string(1 + i % 30, 'C') + "\tm" + std::to_string(i) + "\n";
    return text;
}

TEST(ScreenProgram, GivesOneRowForEveryRecordOfANastyLibrary) {
    const ScreenFiles files;
    const NastyLibrary library;
    const auto path = files.folder.write("nasty.smi", library.text);
    const auto out = files.folder / "hits.tsv";
    const auto result = run_program(files.screen({"-l", path.string(), "-o", out.string()}));
    ASSERT_EQ(result.code, 0) << result.err;
    EXPECT_THAT(result.out, IsEmpty());

    const auto rows = tsv(read_bytes(out));
    ASSERT_EQ(rows.size(), library.records + 1);
    EXPECT_THAT(std::vector<std::string>(rows[0].begin(), rows[0].begin() + 6),
                ElementsAre("id", "input_line", "status", "reason", "pk_pred", "rank"));
    std::set<std::string> lines;
    std::map<std::string, std::string> reason_of;
    bool rejected_seen = false;
    double last = 1e9;
    for (std::size_t i = 1; i < rows.size(); ++i) {
        ASSERT_EQ(rows[i].size(), rows[0].size());
        lines.insert(rows[i][1]);
        reason_of[rows[i][0]] = rows[i][3];
        if (rows[i][2] == "ok") {
            EXPECT_FALSE(rejected_seen) << "rejected rows come last";
            EXPECT_LE(std::stod(rows[i][4]), last);
            last = std::stod(rows[i][4]);
        } else {
            rejected_seen = true;
            EXPECT_EQ(rows[i][2], "rejected");
            EXPECT_THAT(rows[i][3], Not(IsEmpty()));
            EXPECT_THAT(rows[i][4], IsEmpty());
        }
    }
    EXPECT_EQ(lines.size(), library.records) << "every record has its own line";
    EXPECT_EQ(reason_of["not a number"], "NONFINITE");
    EXPECT_EQ(reason_of["throws"], "SCORE_FAILED");
    EXPECT_EQ(reason_of["five bonds"], "VALENCE");
    EXPECT_EQ(reason_of["not ascii"], "NOT_ASCII");
    EXPECT_EQ(reason_of["nasty.smi:15"], "TOO_LONG");
    EXPECT_EQ(reason_of["salt"], "");
    EXPECT_TRUE(reason_of.count("'=1+1")) << "a formula is escaped";
}

TEST(ScreenProgram, RunJsonHoldsCountsHashesAndThePocket) {
    const ScreenFiles files;
    const NastyLibrary library;
    const auto path = files.folder.write("nasty.smi", library.text);
    const auto out = files.folder / "hits.csv";
    const auto result = run_program(files.screen({"-l", path.string(), "-o", out.string(), "-t", "2"}));
    ASSERT_EQ(result.code, 0) << result.err;
    const auto record = nlohmann::json::parse(read_bytes(out.string() + ".run.json"));
    EXPECT_EQ(record["read"], library.records);
    EXPECT_EQ(record["read"].get<int>(), record["ok"].get<int>() + record["rejected"].get<int>());
    int by_reason = 0;
    for (const auto& [reason, count] : record["rejected_by_reason"].items()) by_reason += count.get<int>();
    EXPECT_EQ(by_reason, record["rejected"].get<int>());
    EXPECT_EQ(record["inputs"].size(), 3u);
    for (const auto& input : record["inputs"]) EXPECT_EQ(input["sha256"].get<std::string>().size(), 64u);
    EXPECT_GT(record["pocket_residues"].size(), 3u);
    EXPECT_THAT(record["site"].get<std::string>(), HasSubstr("LIG"));
    EXPECT_EQ(record["arguments"][0], "-r");
    EXPECT_THAT(result.err, HasSubstr(std::to_string(record["rejected"].get<int>()) + " rejected"));
}

TEST(ScreenProgram, RejectedRecordsAreAFileThatRunsAgain) {
    const ScreenFiles files;
    const auto path = files.folder.write("l.smi", "CCO good\nC1CC\topen ring\nCCN fine\n[C+9 broken\n");
    const auto out = files.folder / "hits.tsv";
    ASSERT_EQ(run_program(files.screen({"-l", path.string(), "-o", out.string()})).code, 0);
    const auto rejected = files.folder / "hits.rejected.smi";
    EXPECT_THAT(lines_of(read_bytes(rejected)), ElementsAre("C1CC\topen ring", "[C+9\tbroken"));
    const auto again =
        run_program(files.screen({"-l", rejected.string(), "-o", (files.folder / "2.tsv").string()}));
    EXPECT_EQ(again.code, 3);
    EXPECT_THAT(again.err, HasSubstr("none of the 2 records could be used"));
    EXPECT_EQ(tsv(read_bytes(files.folder / "2.tsv")).size(), 3u) << "the table is written all the same";
}

TEST(ScreenProgram, BytesDoNotDependOnThreadsOrBatchSize) {
    const ScreenFiles files;
    const auto path = files.folder.write("l.smi", NastyLibrary().text + many_ligands(300));
    for (const std::string order : {"ranked", "input"}) {
        std::set<std::string> tables;
        for (const auto& [threads, batch] :
             {std::pair{"1", "1"}, {"4", "1"}, {"1", "64"}, {"4", "64"}, {"3", "7"}}) {
            const auto result = run_program(
                files.screen({"-l", path.string(), "-t", threads, "-b", batch, "--order", order}));
            ASSERT_EQ(result.code, 0) << result.err;
            tables.insert(result.out);
        }
        EXPECT_EQ(tables.size(), 1u) << order;
    }
}

TEST(ScreenProgram, TiesKeepInputOrderAndTopIsThePrefix) {
    const ScreenFiles files;
    const auto path = files.folder.write("l.smi", many_ligands(200));
    const std::vector<std::string> base = files.screen({"-l", path.string(), "--columns", "record"});
    auto with_top = base;
    with_top.insert(with_top.end(), {"--top", "17"});
    const auto all = tsv(run_program(base).out), top = tsv(run_program(with_top).out);
    ASSERT_EQ(all.size(), 201u);
    ASSERT_EQ(top.size(), 18u);
    for (std::size_t i = 1; i < top.size(); ++i) EXPECT_EQ(top[i], all[i]);
    for (std::size_t i = 2; i < all.size(); ++i)
        EXPECT_TRUE(all[i][4] != all[i - 1][4] || std::stoi(all[i][5]) > std::stoi(all[i - 1][5])) << i;
}

TEST(ScreenProgram, WritesASmilesAsGivenUnlessAskedForCanonicalOnes) {
    const ScreenFiles files;
    const auto path = files.folder.write("l.smi", "OCC plain\nOCC.Cl salt\n");
    const auto base = files.screen({"-l", path.string(), "--order", "input", "--columns", "smiles"});
    auto canonical = base;
    canonical.emplace_back("--canonical-smiles");
    const auto given = run_program(base), asked = run_program(canonical);
    ASSERT_EQ(given.code, 0) << given.err;
    ASSERT_EQ(asked.code, 0) << asked.err;
    const auto rows = tsv(given.out), canonical_rows = tsv(asked.out);
    EXPECT_EQ(rows[1].back(), "OCC");
    EXPECT_EQ(rows[2].back(), "CCO") << "standardisation changed it";
    EXPECT_EQ(canonical_rows[1].back(), "CCO");
    EXPECT_EQ(canonical_rows[1][4], rows[1][4]) << "the score is the same";
}

TEST(ScreenProgram, ReadsStandardInputAndSeveralFiles) {
    const ScreenFiles files;
    const auto path = files.folder.write("b.smi", "CCC propane\n");
    RunningProgram::Streams streams;
    streams.input = "CC ethane\n";
    const auto result =
        run_program(files.screen({"-l", "-", "-l", path.string(), "--order", "input"}), streams);
    ASSERT_EQ(result.code, 0) << result.err;
    const auto rows = tsv(result.out);
    ASSERT_EQ(rows.size(), 3u);
    EXPECT_EQ(rows[1][0], "ethane");
    EXPECT_EQ(rows[1].back(), "stdin");
    EXPECT_EQ(rows[2].back(), path.string());
}

TEST(ScreenProgram, WritesSdfWithTagsAndHostileTitlesCannotBreakIt) {
    const ScreenFiles files;
    const auto path = files.folder.write("l.smi", "CCO\t$$$$\nC1CC\t> <x>\nCCCC\tbutane\n");
    const auto out = files.folder / "hits.sdf";
    ASSERT_EQ(run_program(files.screen({"-l", path.string(), "-o", out.string()})).code, 0);
    const std::string text = read_bytes(out);
    int records = 0;
    for (const auto& line : lines_of(text)) records += line == "$$$$" ? 1 : 0;
    EXPECT_EQ(records, 3);
    EXPECT_THAT(text, HasSubstr(">  <pk_pred>\n3.4000\n"));
    EXPECT_THAT(text, HasSubstr("V2000"));
    const auto again = run_program(files.screen({"-l", out.string(), "--order", "input"}));
    EXPECT_EQ(tsv(again.out).size(), 4u) << again.err;
}

TEST(ScreenProgram, NeverTouchesAnExistingFileWithoutOverwrite) {
    const ScreenFiles files;
    const auto path = files.folder.write("l.smi", "CCO a\n");
    const auto out = files.folder.write("hits.tsv", "precious");
    const auto refused = run_program(files.screen({"-l", path.string(), "-o", out.string()}));
    EXPECT_EQ(refused.code, 2);
    EXPECT_THAT(refused.err, HasSubstr("--overwrite"));
    EXPECT_EQ(read_bytes(out), "precious");
    EXPECT_EQ(run_program(files.screen({"-l", path.string(), "-o", out.string(), "--overwrite"})).code, 0);
    EXPECT_EQ(tsv(read_bytes(out)).size(), 2u);
}

TEST(ScreenProgram, ExitCodesTellWhatWentWrong) {
    const ScreenFiles files;
    const std::string good = files.folder.write("good.smi", "CCO a\n").string();
    const std::string bad = files.folder.write("bad.smi", "CCO a\nC1CC b\n").string();
    const std::string empty = files.folder.write("empty.smi", "").string();
    const auto expect = [&](int code, const std::vector<std::string>& more, const std::string& message) {
        const auto result = run_program(files.screen(more));
        EXPECT_EQ(result.code, code) << ::testing::PrintToString(more) << result.err;
        EXPECT_THAT(result.err, HasSubstr(message));
        EXPECT_THAT(result.err, HasSubstr("hint:"));
    };
    expect(2, {}, "no ligands given");
    expect(2, {"-l", good, "--threads", "-3"}, "threads");
    expect(2, {"-l", good, "--columns", "pk_sdd"}, "unknown column 'pk_sdd'");
    expect(2, {"-l", good, "--order", "input", "--top", "3"}, "--top");
    expect(2, {"-l", good, "--size", "1,2,3"}, "--center");
    expect(2, {"-l", good, "--center", "1,2,3", "--site-ligand", "LIG"}, "given 2 times");
    expect(2, {"-l", good, "-o", (files.folder / "hits.xlsx").string()},
           "expected .tsv, .csv, .jsonl, .h5 or .sdf");
    expect(3, {"-l", good, "--site-ligand", "XYZ"}, "XYZ");
    expect(3, {"-l", good, "--center", "500,500,500"}, "");
    expect(3, {"-l", empty}, "no ligands in");
    expect(3, {"-l", files.folder.path().string()}, "is a folder");
    expect(3, {"-l", (files.folder / "none.smi").string()}, "cannot open");
    expect(3, {"-l", bad, "--strict"}, "--strict");
    expect(74, {"-l", good, "-o", (files.folder / "no/such/folder/x.tsv").string()}, "folder does not exist");
}

TEST(ScreenProgram, AMissingLibraryIsSaidBeforeAMissingModel) {
    const ScreenFiles files;
    const auto result = run_program({"screen", "-r", files.receptor.string(), "-m", "no-such-model"});
    EXPECT_EQ(result.code, 2);
    EXPECT_THAT(result.err, HasSubstr("no ligands given"));
}

TEST(ScreenProgram, AModelOfOtherFeaturesIsExitCode4) {
    const ScreenFiles files;
    const auto path = files.folder.write("l.smi", "CCO a\n");
    write_fake_weights(files.model, {}, kFeatureVersion + 1);
    const auto result = run_program(files.screen({"-l", path.string()}));
    EXPECT_EQ(result.code, 4);
    EXPECT_THAT(result.err, HasSubstr("feature version"));
}

TEST(ScreenProgram, AFullDiskIsExitCode74) {
    const ScreenFiles files;
    const auto path = files.folder.write("l.smi", many_ligands(2000));
    RunningProgram::Streams streams;
    streams.out_path = "/dev/full";
    const auto result = run_program(files.screen({"-l", path.string()}), streams);
    EXPECT_EQ(result.code, 74);
    EXPECT_THAT(result.err, HasSubstr("standard output"));
}

TEST(ScreenProgram, AClosedPipeEndsItQuietly) {
    const ScreenFiles files;
    const auto path = files.folder.write("l.smi", many_ligands(20000));
    const std::string command = "KEYWAY_NETWORK_LIBRARY=" KEYWAY_FAKE_NETWORK " " KEYWAY_PROGRAM
                                " screen -q -r " +
                                files.receptor.string() + " -m " + files.model.string() + " -l " +
                                path.string() + " --order input 2> " + (files.folder / "err").string() +
                                " | head -n 1 > " + (files.folder / "out").string();
    ASSERT_EQ(std::system(command.c_str()), 0);
    EXPECT_EQ(lines_of(read_bytes(files.folder / "out")).size(), 1u);
    EXPECT_THAT(read_bytes(files.folder / "err"), IsEmpty());
}

TEST(ScreenProgram, ADamagedInputKeepsTheRowsBeforeTheDamage) {
    const ScreenFiles files;
    const auto whole = files.folder / "l.smi.gz";
    write_file(whole, many_ligands(20000), IfExists::refuse);
    const std::string bytes = read_bytes(whole);
    const auto cut = files.folder.write("cut.smi.gz", bytes.substr(0, bytes.size() / 2));
    const auto out = files.folder / "hits.tsv";
    const auto result = run_program(files.screen({"-l", cut.string(), "-o", out.string()}));
    EXPECT_EQ(result.code, 3);
    EXPECT_FALSE(std::filesystem::exists(out));
    EXPECT_GT(tsv(read_bytes(files.folder / "hits.incomplete.tsv")).size(), 100u);
}

TEST(ScreenProgram, QuietSaysNothingWhenAllIsWell) {
    const ScreenFiles files;
    const auto path = files.folder.write("l.smi", "CCO a\n");
    EXPECT_THAT(run_program(files.screen({"-l", path.string(), "-q"})).err, IsEmpty());
}

}  // namespace
}  // namespace keyway::testing

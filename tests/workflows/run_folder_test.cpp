/// Run folders: what they refuse, and what they clear.
#include "workflows/run_folder.hpp"

#include "support/synthetic.hpp"
#include "support/temporary_folder.hpp"

#include "keyway/core/error.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

namespace keyway::workflows {
namespace {

using ::testing::HasSubstr;

RunPlan some_plan() {
    RunPlan plan;
    plan.version = "0.1.0 abc";
    plan.models = {{"fast", 0, std::string(64, 'a')}};
    plan.receptors = {{"1hpv.pdb", 0, std::string(64, 'b')}};
    plan.ligands = {{"data/l.smi", 1234, std::string(64, 'c')}};
    plan.settings = {{"device", "cpu"}};
    plan.chunk_records = 8192;
    plan.arguments = {"-r", "a file.pdb"};
    return plan;
}

std::optional<ErrorKind> kind_of(const std::function<void()>& act, std::string* message = nullptr) {
    try {
        act();
    } catch (const Error& error) {
        if (message) *message = error.what();
        return error.kind();
    }
    return std::nullopt;
}

TEST(RunPlan, GoesThroughJson) {
    const RunPlan plan = some_plan(), again = plan_from_json(to_json(plan), "plan.json");
    EXPECT_TRUE(differences(plan, again).empty());
    EXPECT_EQ(plan.id(), again.id());
    EXPECT_EQ(again.arguments, plan.arguments);
    EXPECT_EQ(kind_of([] { plan_from_json("{}", "plan.json"); }), ErrorKind::incompatible);
}

TEST(RunPlan, NamesEveryDifferenceButNotTheFolderOfAFile) {
    const RunPlan plan = some_plan();
    const auto difference = [&](auto change) {
        RunPlan other = plan;
        change(other);
        const auto lines = differences(plan, other);
        EXPECT_EQ(plan.id() == other.id(), lines.empty());
        return lines.empty() ? std::string() : lines.front();
    };
    EXPECT_THAT(difference([](RunPlan& p) { p.version = "0.2.0"; }), HasSubstr("keyway: now 0.1.0 abc"));
    EXPECT_THAT(difference([](RunPlan& p) { p.models[0].sha256[0] = 'f'; }), HasSubstr("model"));
    EXPECT_THAT(difference([](RunPlan& p) { p.receptors[0].sha256[0] = 'f'; }), HasSubstr("receptor"));
    EXPECT_THAT(difference([](RunPlan& p) { p.ligands[0].bytes = 1; }), HasSubstr("ligands"));
    EXPECT_THAT(difference([](RunPlan& p) { p.ligands.push_back(p.ligands[0]); }), HasSubstr("ligands"));
    EXPECT_THAT(difference([](RunPlan& p) { p.settings["device"] = "cuda"; }), HasSubstr("device"));
    EXPECT_THAT(difference([](RunPlan& p) { p.chunk_records = 1; }), HasSubstr("chunk size"));
    EXPECT_EQ(difference([](RunPlan& p) { p.ligands[0].name = "/mnt/l.smi"; }), "");
    EXPECT_EQ(difference([](RunPlan& p) { p.arguments.clear(); }), "");
}

TEST(RunPlan, APocketIsKnownByItsNumbers) {
    const auto pocket = keyway::testing::random_pocket(1, 30);
    auto moved = pocket;
    moved.position_in_pocket[3][1] += 0.001f;
    EXPECT_EQ(sha256_of(pocket), sha256_of(keyway::testing::random_pocket(1, 30)));
    EXPECT_NE(sha256_of(pocket), sha256_of(moved));
}

struct Folder : ::testing::Test {
    keyway::testing::TemporaryFolder folder;
    std::filesystem::path path = folder / "run";
    static constexpr auto kAlone = RunFolder::Use::alone;
    static constexpr auto kShard = RunFolder::Use::with_other_shards;
    static constexpr auto kResume = RunFolder::Existing::resume;
};

TEST_F(Folder, OfAnotherRunIsRefusedAndNotTouched) {
    { RunFolder(path, some_plan(), kAlone, kResume).write(0, 1, {}); }
    RunPlan other = some_plan();
    other.models[0].name = "base";
    std::string message;
    EXPECT_EQ(kind_of([&] { RunFolder(path, other, kAlone, kResume); }, &message), ErrorKind::incompatible);
    EXPECT_THAT(message, HasSubstr("model: now base"));
    EXPECT_TRUE(RunFolder(path).has_good_chunk(0));
    RunFolder anew(path, other, kAlone, RunFolder::Existing::start_anew);
    EXPECT_FALSE(anew.has_good_chunk(0));
}

TEST_F(Folder, WithOtherFilesIsNeverTaken) {
    std::filesystem::create_directory(path);
    write_file(path / "thesis.doc", "precious", IfExists::refuse);
    EXPECT_EQ(kind_of([&] { RunFolder(path, some_plan(), kAlone, RunFolder::Existing::start_anew); }),
              ErrorKind::usage);
    EXPECT_TRUE(std::filesystem::exists(path / "thesis.doc"));
}

TEST_F(Folder, IsLockedForOneRunAndSharedByShards) {
    {
        const RunFolder first(path, some_plan(), kAlone, kResume);
        EXPECT_EQ(kind_of([&] { RunFolder(path, some_plan(), kAlone, kResume); }), ErrorKind::interrupted);
        EXPECT_EQ(kind_of([&] { RunFolder(path, some_plan(), kShard, kResume); }), ErrorKind::interrupted);
    }
    const RunFolder first(path, some_plan(), kShard, kResume), second(path, some_plan(), kShard, kResume);
    EXPECT_EQ(kind_of([&] { RunFolder(path, some_plan(), kAlone, kResume); }), ErrorKind::interrupted);
}

TEST_F(Folder, AChunkOfAnotherPlanOrNumberDoesNotCount) {
    RunFolder run(path, some_plan(), kAlone, kResume);
    run.write(3, 1, {});
    std::filesystem::copy_file(run.chunk_path(3), run.chunk_path(4));
    EXPECT_TRUE(run.has_good_chunk(3));
    EXPECT_FALSE(run.has_good_chunk(4));
    EXPECT_FALSE(run.footer(4));
}

TEST_F(Folder, RemovesItselfButNotWhatOthersPutIn) {
    RunFolder run(path, some_plan(), kAlone, kResume);
    run.write(0, 1, {});
    run.set_records(1);
    EXPECT_EQ(run.chunks(), 1u);
    write_file(path / "note.txt", "mine", IfExists::refuse);
    run.remove();
    EXPECT_TRUE(std::filesystem::exists(path / "note.txt"));
    EXPECT_FALSE(std::filesystem::exists(path / "plan.json"));
}

TEST(Ranges, AreShort) {
    EXPECT_EQ(ranges_text({0, 1, 2, 5, 7, 8}), "0-2, 5, 7-8");
    EXPECT_EQ(ranges_text({}), "");
}

}  // namespace
}  // namespace keyway::workflows

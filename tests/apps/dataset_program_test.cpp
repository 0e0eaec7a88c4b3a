/// `keyway dataset build`, `dataset inspect` and `library build` as a user runs them.
#include "apps/program_fixtures.hpp"
#include "apps/run_program.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace keyway::testing {
namespace {

using ::testing::HasSubstr;

/// One target with its labels; the second row has a typing error.
struct Tables {
    TemporaryFolder folder;
    std::filesystem::path receptor = folder.write("receptor.pdb", receptor_text());
    std::filesystem::path targets =
        folder.write("targets.csv",
                     "target_id,structure,pocket_center_x,pocket_center_y,pocket_center_z,split\n"
                     "T,receptor.pdb,19,4,2,train\n");
    std::filesystem::path labels = folder.write("labels.csv",
                                                "target_id,ligand_id,smiles,pk\n"
                                                "T,a,CCO,6.5\nT,b,C1CC,7\nT,c,c1ccccc1,5\n");
    std::string out = (folder / "out.h5").string();

    std::vector<std::string> build(const std::vector<std::string>& more = {}) const {
        std::vector<std::string> words = {"dataset",  "build",         "--targets", targets.string(),
                                          "--labels", labels.string(), "-o",        out};
        words.insert(words.end(), more.begin(), more.end());
        return words;
    }
};

TEST(DatasetProgram, BuildsAndDescribesADataset) {
    const Tables tables;

    const auto built = run_program(tables.build());

    ASSERT_EQ(built.code, 0) << built.err;
    EXPECT_EQ(built.out, "") << "stdout is for data";
    EXPECT_THAT(built.err, HasSubstr("3 rows in"));
    EXPECT_THAT(built.err, HasSubstr("2 written, 1 refused"));
    EXPECT_THAT(built.err, HasSubstr("SMILES_SYNTAX"));
    EXPECT_THAT(read_bytes(tables.folder / "out.rejected.csv"),
                HasSubstr("T/b,labels.csv,3,parse,SMILES_SYNTAX,"));
    const auto record = nlohmann::json::parse(read_bytes(tables.folder / "out.h5.run.json"));
    EXPECT_THAT(record.dump(), HasSubstr("\"written\":2"));

    const auto described = run_program({"dataset", "inspect", tables.out, "--verify"});
    EXPECT_EQ(described.code, 0) << described.err;
    EXPECT_THAT(described.out, HasSubstr("verified"));
    const auto json = nlohmann::json::parse(run_program({"dataset", "inspect", tables.out, "--json"}).out);
    EXPECT_EQ(json["measurements"], 2);
    EXPECT_EQ(json["by_split"]["train"]["rows"], 2);
}

TEST(DatasetProgram, NeverReplacesADatasetUnasked) {
    const Tables tables;
    ASSERT_EQ(run_program(tables.build()).code, 0);
    const std::string before = read_bytes(tables.out);
    const auto again = run_program(tables.build());
    EXPECT_EQ(again.code, 2);
    EXPECT_THAT(again.err, HasSubstr("--overwrite"));
    EXPECT_EQ(run_program(tables.build({"--overwrite", "-t", "3"})).code, 0);
    EXPECT_TRUE(read_bytes(tables.out) == before) << "the same input gives the same bytes";
}

TEST(DatasetProgram, StrictIsExitCode3AndMakesNothing) {
    const Tables tables;
    EXPECT_EQ(run_program(tables.build({"--strict"})).code, 3);
    EXPECT_FALSE(std::filesystem::exists(tables.out));
}

TEST(DatasetProgram, ReadsTargetsToLeaveOutFromAConfigurationFile) {
    const Tables tables;
    const auto config = tables.folder.write("recipe.cfg", "# wrong protein\nexclude-targets = T\n");
    const auto result = run_program(tables.build({"--config", config.string()}));
    EXPECT_EQ(result.code, 3) << "nothing is left";
    EXPECT_THAT(read_bytes(tables.folder / "out.rejected.csv"), HasSubstr("EXCLUDED"));
}

TEST(DatasetProgram, SaysWhichInputItNeeds) {
    const TemporaryFolder folder;
    const std::string out = (folder / "x.h5").string();
    EXPECT_EQ(run_program({"dataset", "build", "-o", out}).code, 2);
    EXPECT_EQ(run_program({"dataset", "build", "--pdbbind", "a", "--fep16", "b", "-o", out}).code, 2);
    EXPECT_EQ(
        run_program({"dataset", "build", "--fep16", folder.path().string(), "--index", "i", "-o", out}).code,
        2);
    const auto empty = run_program({"dataset", "build", "--pdbbind", folder.path().string(), "-o", out});
    EXPECT_EQ(empty.code, 3);
    EXPECT_THAT(empty.err, HasSubstr("holds no index"));
}

TEST(DatasetProgram, InspectRefusesDamagedAndForeignFilesWithCode4) {
    const Tables tables;
    ASSERT_EQ(run_program(tables.build()).code, 0);
    const std::string bytes = read_bytes(tables.out);
    const auto cut = tables.folder.write("cut.h5", bytes.substr(0, bytes.size() / 2));
    const auto result = run_program({"dataset", "inspect", cut.string()});
    EXPECT_EQ(result.code, 4);
    EXPECT_THAT(result.err, HasSubstr("truncated"));
    EXPECT_EQ(run_program({"dataset", "inspect", tables.labels.string()}).code, 4);
    EXPECT_EQ(run_program({"dataset", "inspect", (tables.folder / "absent.h5").string()}).code, 3);
}

TEST(DatasetProgram, BuildsALibraryFromFilesAndFromStdin) {
    const TemporaryFolder folder;
    const auto file = folder.write("a.smi", "CCO ethanol\nC( typo\n");
    const auto out = folder / "lib.h5";
    RunningProgram::Streams streams;
    streams.input = "c1ccccc1 benzene\n";

    const auto built = run_program({"library", "build", file.string(), "-", "-o", out.string()}, streams);

    ASSERT_EQ(built.code, 0) << built.err;
    EXPECT_THAT(built.err, HasSubstr("2 written, 1 refused"));
    const auto described = run_program({"inspect", out.string()});
    EXPECT_EQ(described.code, 0) << described.err;
    EXPECT_THAT(described.out, ::testing::StartsWith("library"));
    const auto weights = write_fake_weights(folder / "w.safetensors");
    const auto evaluated = run_program({"evaluate", "-m", weights.string(), "-d", out.string()});
    EXPECT_EQ(evaluated.code, 3) << evaluated.err;
    EXPECT_THAT(evaluated.err, HasSubstr("no measurements")) << "a library cannot be evaluated";
}

}  // namespace
}  // namespace keyway::testing

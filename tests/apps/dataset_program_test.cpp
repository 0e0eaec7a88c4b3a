/// `keyway dataset build`, `inspect`, `split` and `audit`, `library build` and `encode` as a user runs them.
#include "apps/program_fixtures.hpp"
#include "apps/run_program.hpp"

#include "keyway/core/table.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <map>
#include <set>

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

/// Three targets in clusters A, B and C, with ten compounds each that the others do not have.
struct ThreeTargets {
    TemporaryFolder folder;
    std::string out = (folder / "out.h5").string();

    ThreeTargets() {
        std::string targets = "target_id,structure,pocket_center_x,pocket_center_y,pocket_center_z,cluster\n",
                    labels = "target_id,ligand_id,smiles,pk\n";
        for (const std::string target : {"A", "B", "C"}) {
            folder.write(target + ".pdb", receptor_text());
            targets += target + "," + target + ".pdb,19,4,2," + target + "\n";
            std::string chain = target == "A" ? "C" : target == "B" ? "N" : "S";
            for (int i = 0; i < 10; ++i, chain += "C")
                labels += fmt::format("{},{}{},{}CO,{}\n", target, target, i, chain, 5 + 0.1 * i);
        }
        folder.write("targets.csv", targets);
        folder.write("labels.csv", labels);
        const auto built = run_program({"dataset", "build", "--targets", (folder / "targets.csv").string(),
                                        "--labels", (folder / "labels.csv").string(), "-o", out});
        EXPECT_EQ(built.code, 0) << built.err;
    }
};

TEST(DatasetProgram, SplitsByClusterAndAuditFindsNoLeakThere) {
    const ThreeTargets targets;
    const std::string split = (targets.folder / "split.csv").string();
    const std::vector<std::string> words = {"dataset", "split", targets.out, "--valid", "0.34",
                                            "--test",  "0",     "-o",        split};
    const auto done = run_program(words);
    ASSERT_EQ(done.code, 0) << done.err;
    EXPECT_EQ(done.out, "") << "stdout is for data";
    std::map<std::string, std::set<std::string>> splits_of;  // cluster -> splits
    std::map<std::string, int> rows;
    for (TableReader table(split); table.next();) {
        splits_of[std::string(table["cluster"])].insert(std::string(table["split"]));
        ++rows[std::string(table["split"])];
    }
    ASSERT_EQ(splits_of.size(), 3u);
    for (const auto& [cluster, splits] : splits_of) EXPECT_EQ(splits.size(), 1u) << cluster;
    EXPECT_EQ(rows, (std::map<std::string, int>{{"train", 20}, {"valid", 10}}));

    const auto again = run_program(words);
    EXPECT_EQ(again.code, 2);
    EXPECT_THAT(again.err, HasSubstr("--overwrite"));
    EXPECT_EQ(run_program({"dataset", "split", targets.out, "--by", "moon", "-o", split, "--overwrite"}).code,
              2);

    const auto audit = run_program({"dataset", "audit", targets.out, "--split-file", split});
    EXPECT_EQ(audit.code, 0) << audit.err;
    EXPECT_THAT(audit.out + audit.err, HasSubstr("valid"));
}

TEST(DatasetProgram, EncodesALibraryOnceForItsModel) {
    const TemporaryFolder folder;
    const auto file = folder.write("a.smi", "CCO ethanol\nCCCO propanol\nCCN amine\n");
    const std::string library = (folder / "lib.h5").string(),
                      weights = write_fake_weights(folder / "w.safetensors").string(),
                      vectors = (folder / "lib.fake.vectors.h5").string();
    ASSERT_EQ(run_program({"library", "build", file.string(), "-o", library}).code, 0);

    const auto encoded = run_program({"library", "encode", library, "-m", weights});
    ASSERT_EQ(encoded.code, 0) << encoded.err;
    EXPECT_EQ(encoded.out, "");
    EXPECT_THAT(encoded.err, HasSubstr("3 vectors"));
    ASSERT_TRUE(std::filesystem::exists(vectors)) << encoded.err;
    const auto record = nlohmann::json::parse(read_bytes(vectors + ".run.json"));
    EXPECT_EQ(record["ligands"], 3);
    EXPECT_EQ(record["without_vector"], 0);

    const std::string before = read_bytes(vectors);
    const auto again = run_program({"library", "encode", library, "-m", weights});
    EXPECT_EQ(again.code, 2);
    EXPECT_THAT(again.err, HasSubstr("--overwrite"));
    EXPECT_EQ(run_program({"library", "encode", library, "-m", weights, "--overwrite", "-t", "2"}).code, 0);
    EXPECT_TRUE(read_bytes(vectors) == before) << "vectors do not depend on threads";
    const auto foreign = run_program({"library", "encode", file.string(), "-m", weights});
    EXPECT_EQ(foreign.code, 4);
    EXPECT_THAT(foreign.err, HasSubstr("keyway library build")) << "the hint";
    EXPECT_EQ(run_program({"library", "encode", (folder / "absent.h5").string(), "-m", weights}).code, 3);
}

}  // namespace
}  // namespace keyway::testing

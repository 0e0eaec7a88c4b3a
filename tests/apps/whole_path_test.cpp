/// The whole path with the real network, as a user walks it: tables to a dataset, training that is stopped
/// and goes on, evaluation, a screen from SMILES and from HDF5, and the refusal of a pocket that was cut
/// another way.
#include "apps/run_program.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <string>

namespace keyway::apps {
namespace {

using testing::ProgramResult;
using testing::read_bytes;
using testing::RunningProgram;
using testing::TemporaryFolder;

constexpr const char* kStructure = "/usr/share/pymol/data/tut/1hpv.pdb";

/// The library that was built, not the fake one.
const RunningProgram::Streams kReal = {.environment = {{"KEYWAY_NETWORK_LIBRARY", KEYWAY_REAL_NETWORK},
                                                       {"KEYWAY_MODELS", KEYWAY_SOURCE_DIR "/models"}}};

ProgramResult run(const std::vector<std::string>& arguments) {
    return RunningProgram(arguments, kReal).wait();
}

/// Two targets of one structure (train and valid), eight alkyl alcohols each; pK grows with the chain.
void write_tables(const TemporaryFolder& folder) {
    const std::string site = std::string(kStructure) + ",9.92,16.23,8.83";
    folder.write("targets.csv",
                 "target_id,structure,pocket_center_x,pocket_center_y,pocket_center_z,protein,cluster,split\n"
                 "one," +
                     site + ",P1,C1,train\ntwo," + site + ",P2,C2,valid\n");
    std::string labels = "target_id,ligand_id,smiles,pk,assay\n", chain = "CCO";
    for (int k = 0; k < 8; ++k, chain = "C" + chain)
        for (const char* target : {"one", "two"})
            labels += std::string(target) + ",L" + std::to_string(k) + "," + chain + "," +
                      std::to_string(4 + 0.5 * k) + ",series\n";
    folder.write("labels.csv", labels);
}

std::vector<std::string> training(const TemporaryFolder& folder, const std::string& out) {
    return {"train",
            "-d",
            folder / "data.h5",
            "-o",
            folder / out,
            "--model-config",
            "tiny",
            "--steps",
            "20",
            "--warmup-steps",
            "2",
            "--validate-every",
            "10",
            "--checkpoint-every",
            "1",
            "-t",
            "1",
            "-q"};
}

std::vector<std::string> lines_of(const std::string& table) {
    std::vector<std::string> rows;
    for (std::size_t begin = 0, end; (end = table.find('\n', begin)) != std::string::npos; begin = end + 1)
        rows.push_back(table.substr(begin, end - begin));
    return rows;
}

TEST(WholePath, FromTablesToARankedTableWithTheRealNetwork) {
    if (!std::filesystem::exists(kStructure))
        GTEST_SKIP() << kStructure << " of Debian's pymol-data is not here";
    const TemporaryFolder folder;
    write_tables(folder);
    const auto build = [&](const std::string& out, std::vector<std::string> more) {
        std::vector<std::string> words = {
            "dataset", "build",      "--targets", folder / "targets.csv", "--labels", folder / "labels.csv",
            "-o",      folder / out, "-q"};
        words.insert(words.end(), more.begin(), more.end());
        return run(words);
    };
    ASSERT_EQ(build("data.h5", {}).code, 0);
    ASSERT_EQ(build("other_cut.h5", {"--residue-cutoff", "6"}).code, 0)
        << build("other_cut.h5", {"--residue-cutoff", "6"}).err;

    const ProgramResult whole = run(training(folder, "whole"));
    ASSERT_EQ(whole.code, 0) << whole.err;
    RunningProgram stopped(training(folder, "halves"), kReal);
    const auto checkpoint = folder.path() / "halves/checkpoint.safetensors";
    for (int wait = 0; wait < 12000 && !std::filesystem::exists(checkpoint); ++wait)
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    stopped.signal(SIGINT);
    const int code = stopped.wait().code;
    EXPECT_TRUE(code == 75 || code == 0) << code;  // 0: it was faster than the signal
    if (code == 75) EXPECT_EQ(run(training(folder, "halves")).code, 0);
    EXPECT_EQ(read_bytes(folder.path() / "halves/weights.safetensors"),
              read_bytes(folder.path() / "whole/weights.safetensors"));

    const std::string weights = folder / "whole/weights.safetensors";
    const ProgramResult evaluated = run({"evaluate", "-m", weights, "-d", folder / "data.h5", "--split",
                                         "all", "--training-data", folder / "data.h5", "--json", "-", "-q"});
    ASSERT_EQ(evaluated.code, 0) << evaluated.err;
    const auto json = nlohmann::json::parse(evaluated.out);
    EXPECT_EQ(json.at("overall").at("n"), 16);
    for (const char* baseline :
         {"heavy_atoms", "pocket_blanked", "pocket_swapped", "nearest_neighbour", "target_mean"})
        EXPECT_TRUE(json.at("baselines").contains(baseline)) << baseline;
    EXPECT_DOUBLE_EQ(
        json.at("baselines").at("heavy_atoms").at("mean_group_spearman").at("value").get<double>(), 1.0);

    EXPECT_EQ(run({"evaluate", "-m", weights, "-d", folder / "other_cut.h5", "--split", "valid", "-q"}).code,
              4);

    std::vector<std::string> pretraining = training(folder, "masked");
    pretraining.front() = "pretrain";
    const ProgramResult masked = run(pretraining);
    ASSERT_EQ(masked.code, 0) << masked.err;
    std::vector<std::string> further = training(folder, "further");
    further.insert(further.end(), {"--init", folder / "masked/weights.safetensors"});
    const ProgramResult continued = run(further);
    EXPECT_EQ(continued.code, 0) << continued.err;
    EXPECT_NE(read_bytes(folder.path() / "further/weights.safetensors"), read_bytes(weights));

    folder.write("known.csv", "smiles,pk\nCCO,7\nCCCO,7.5\nCCCCO,8\nCCCCCO,8.5\nCCCCCCO,9\n");
    const ProgramResult tuned = run({"finetune", "-r", folder / "data.h5", "--pocket", "one", "-m", weights,
                                     "--known", folder / "known.csv", "--steps", "10", "--repeats", "1", "-o",
                                     folder / "tuned", "--force", "-q"});
    ASSERT_EQ(tuned.code, 0) << tuned.err;
    const std::string tuned_weights = folder / "tuned/weights.safetensors";
    EXPECT_NE(tuned.out.find("\t" + tuned_weights + "\n"), std::string::npos) << tuned.out;
    EXPECT_EQ(run({"evaluate", "-m", tuned_weights, "-d", folder / "data.h5", "--split", "valid", "-q"}).code,
              0);

    folder.write("library.smi", "CCCCO butanol\nC1CC broken\nc1ccccc1 benzene\n");
    ASSERT_EQ(run({"library", "build", folder / "library.smi", "-o", folder / "library.h5", "-q"}).code, 0);
    const auto screen = [&](const std::string& library, const std::string& batch) {
        return run({"screen", "-r", folder / "data.h5", "--pocket", "one", "-l", folder / library, "-m",
                    weights, "-b", batch, "--columns", "smiles,nearest_train_similarity,nearest_train_ligand",
                    "-q"});
    };
    const ProgramResult text = screen("library.smi", "64"), alone = screen("library.smi", "1"),
                        stored = screen("library.h5", "64");
    ASSERT_EQ(text.code, 0) << text.err;
    EXPECT_EQ(text.out, alone.out);
    EXPECT_EQ(lines_of(text.out).size(), 4u);    // header, two scored, one rejected
    EXPECT_EQ(lines_of(stored.out).size(), 3u);  // the library never held the broken one
    for (std::size_t row = 1; row < 3; ++row) {
        const auto score = [](const std::string& line) { return line.substr(line.find("\tok\t")); };
        EXPECT_EQ(score(lines_of(text.out)[row]), score(lines_of(stored.out)[row]));
    }
}

}  // namespace
}  // namespace keyway::apps

/// Ligand files to a library: every record in order, refused ones on a list.
#include "keyway/workflows/build_library.hpp"

#include "support/temporary_folder.hpp"

#include "keyway/core/error.hpp"
#include "keyway/store/dataset_file.hpp"
#include "keyway/workflows/inspect_library.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace keyway::workflows {
namespace {

using ::testing::HasSubstr;
using testing::TemporaryFolder;

TEST(BuildLibrary, KeepsOrderIdsAndRepeats) {
    const TemporaryFolder folder;
    BuildLibraryOptions options;
    options.ligands = {folder.write("a.smi", "CCO ethanol\nC1CC ring\nOCC ethanol again\n"),
                       folder.write("b.csv", "smiles,id\nc1ccccc1,benzene\n")};
    options.out = folder / "lib.h5";
    options.threads = 3;

    const auto summary = build_library(options, silent_context());

    EXPECT_EQ(summary.read, 4u);
    EXPECT_EQ(summary.written, 3u);
    EXPECT_EQ(summary.rejected_by_reason.at("SMILES_SYNTAX"), 1u);
    EXPECT_THAT(testing::read_bytes(folder / "lib.rejected.csv"),
                HasSubstr("ring,a.smi,2,parse,SMILES_SYNTAX,"));
    const store::DatasetReader reader(options.out);
    ASSERT_EQ(reader.passport().ligands, 3u);
    EXPECT_EQ(reader.passport().pockets, 0u);
    EXPECT_EQ(reader.passport().sources.size(), 2u);
    EXPECT_EQ(reader.ligand(0).id, "ethanol");
    EXPECT_EQ(reader.ligand(1).smiles, reader.ligand(0).smiles);
    EXPECT_EQ(reader.ligand(2).id, "benzene");
    EXPECT_NO_THROW(reader.verify());
}

TEST(BuildLibrary, GivesTheSameBytesForAnyNumberOfThreads) {
    const TemporaryFolder folder;
    std::string smiles;
    for (int i = 1; i <= 200; ++i)
        smiles += std::string(static_cast<std::size_t>(1 + i % 30), 'C') + "N l" + std::to_string(i) +
                  (i % 9 == 0 ? "\nC(\n" : "\n");
    BuildLibraryOptions options;
    options.ligands = {folder.write("a.smi", smiles)};
    std::string first;
    for (const int threads : {1, 4}) {
        options.threads = threads;
        options.out = folder / ("lib" + std::to_string(threads) + ".h5");
        build_library(options, silent_context());
        const std::string bytes = testing::read_bytes(options.out);
        if (first.empty()) first = bytes;
        EXPECT_TRUE(bytes == first);
    }
}

TEST(BuildLibrary, EveryRecordIsALigandARepeatOrRefused) {
    const TemporaryFolder folder;
    BuildLibraryOptions options;
    options.ligands = {folder.write("a.smi", "CCO ethanol\nC1CC ring\nOCC again\nCCN amine\n"),
                       folder.write("b.smi", "C(C)O thrice\nCCC propane\n")};
    options.out = folder / "lib.h5";
    options.duplicates = Duplicates::first;

    const auto summary = build_library(options, silent_context());

    EXPECT_EQ(summary.read, 6u);
    EXPECT_EQ(summary.written, 3u);
    EXPECT_EQ(summary.duplicates, 2u);
    EXPECT_EQ(summary.rejected, 1u);
    const store::DatasetReader reader(options.out);
    const auto records = reader.records(0, reader.passport().records);
    ASSERT_EQ(records.size(), 5u);
    EXPECT_EQ(records[1].id, "again");
    EXPECT_EQ(records[1].ligand, 0);
    EXPECT_EQ(records[1].line, 3);
    EXPECT_EQ(records[1].number, 2);
    EXPECT_EQ(records[3].id, "thrice");
    EXPECT_EQ(records[3].ligand, 0);
    EXPECT_EQ(reader.name(records[3].file), "b.smi");
    EXPECT_EQ(reader.ligand(records[4].ligand).id, "propane");

    const auto description = inspect_library(options.out, 2);
    EXPECT_EQ(description.different, 3u);
    EXPECT_EQ(description.repeats, 2u);
    EXPECT_EQ(description.left_out, 2u);
    EXPECT_EQ(description.records_by_file.at("a.smi"), 3u);
    ASSERT_EQ(description.first_rows.size(), 2u);
    EXPECT_EQ(description.first_rows[1].file, "a.smi");
    EXPECT_EQ(description.first_rows[1].line, 4);
    EXPECT_THAT(to_text(description), HasSubstr("repeats              2, of which left out 2"));
    EXPECT_THAT(to_json(description), HasSubstr("\"left_out\": 2"));
}

TEST(BuildLibrary, IsolationDoesNotShowInTheFile) {
    const TemporaryFolder folder;
    std::string smiles;
    for (int i = 1; i <= 400; ++i)
        smiles += "C[C@H](N)" + std::string(static_cast<std::size_t>(1 + i % 20), 'C') + "O l" +
                  std::to_string(i) + (i % 7 == 0 ? "\nC(\nnot\n" : "\n");
    BuildLibraryOptions options;
    options.ligands = {folder.write("a.smi", smiles)};
    options.threads = 2;
    std::string first;
    for (const auto isolation : {Isolation::process, Isolation::none}) {
        options.guard.isolation = isolation;
        options.out = folder / (isolation == Isolation::none ? "none.h5" : "process.h5");
        build_library(options, silent_context());
        const std::string bytes = testing::read_bytes(options.out);
        if (first.empty()) first = bytes;
        EXPECT_TRUE(bytes == first);
    }
}

TEST(BuildLibrary, ARecordOverItsTimeIsRefusedAlone) {
    const TemporaryFolder folder;
    BuildLibraryOptions options;
    options.ligands = {
        folder.write("a.smi", "CCO ethanol\n" + std::string(990, 'C') + "[C@H](F)Cl slow\nCCN amine\n")};
    options.out = folder / "lib.h5";
    options.guard.max_seconds = 0.001;
    options.ligand.max_heavy_atoms = 1000;

    const auto summary = build_library(options, silent_context());

    EXPECT_EQ(summary.read, 3u);
    EXPECT_EQ(summary.written + summary.rejected, 3u);
    EXPECT_EQ(summary.rejected_by_reason.at("TIMEOUT"), summary.rejected);
    EXPECT_THAT(testing::read_bytes(folder / "lib.rejected.csv"), HasSubstr("slow,a.smi,2,parse,TIMEOUT,"));
}

TEST(BuildLibrary, FailsBeforeWritingWhenAFileIsMissing) {
    const TemporaryFolder folder;
    BuildLibraryOptions options;
    options.ligands = {folder.write("a.smi", "CCO x\n"), folder / "absent.smi"};
    options.out = folder / "lib.h5";
    EXPECT_THROW(build_library(options, silent_context()), Error);
    EXPECT_FALSE(std::filesystem::exists(folder / "lib.rejected.csv"));
}

TEST(BuildLibrary, StrictMakesNoLibrary) {
    const TemporaryFolder folder;
    BuildLibraryOptions options;
    options.ligands = {folder.write("a.smi", "CCO x\nC( y\n")};
    options.out = folder / "lib.h5";
    options.strict = true;
    EXPECT_THROW(build_library(options, silent_context()), Error);
    EXPECT_FALSE(std::filesystem::exists(options.out));
}

}  // namespace
}  // namespace keyway::workflows

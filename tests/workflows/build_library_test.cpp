/// Ligand files to a library: every record in order, refused ones on a list.
#include "keyway/workflows/build_library.hpp"

#include "support/temporary_folder.hpp"

#include "keyway/core/error.hpp"
#include "keyway/store/dataset_file.hpp"

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

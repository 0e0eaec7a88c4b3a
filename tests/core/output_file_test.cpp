/// Output appears whole or not at all.
#include "keyway/core/output_file.hpp"

#include "support/temporary_folder.hpp"

#include "keyway/core/error.hpp"
#include "keyway/core/text_input.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

namespace keyway {
namespace {

using testing::read_bytes;
using testing::TemporaryFolder;

ErrorKind kind_of(const std::function<void()>& action) {
    try {
        action();
    } catch (const Error& error) {
        return error.kind();
    }
    return ErrorKind::failure;
}

TEST(OutputFile, AppearsUnderItsNameOnlyAfterCommit) {
    const TemporaryFolder folder;
    {
        OutputFile out(folder / "a.csv", IfExists::refuse);
        out.write("one\n");
        out.flush();
        EXPECT_FALSE(std::filesystem::exists(folder / "a.csv"));
        EXPECT_TRUE(std::filesystem::exists(folder / "a.csv.part"));
        out.commit();
    }
    EXPECT_EQ(read_bytes(folder / "a.csv"), "one\n");
    EXPECT_FALSE(std::filesystem::exists(folder / "a.csv.part"));
}

TEST(OutputFile, LeavesNothingWithoutCommit) {
    const TemporaryFolder folder;
    { OutputFile(folder / "a.csv", IfExists::refuse).write("one\n"); }
    EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(OutputFile, RefusesAnExistingFileUnlessToldToOverwrite) {
    const TemporaryFolder folder;
    folder.write("a.csv", "old");
    EXPECT_EQ(kind_of([&] { OutputFile(folder / "a.csv", IfExists::refuse); }), ErrorKind::usage);
    EXPECT_EQ(read_bytes(folder / "a.csv"), "old");
    write_file(folder / "a.csv", "new", IfExists::overwrite);
    EXPECT_EQ(read_bytes(folder / "a.csv"), "new");
}

TEST(OutputFile, SaysSoWhenTheFolderIsMissingOrTheNameIsAFolder) {
    const TemporaryFolder folder;
    EXPECT_EQ(kind_of([&] { OutputFile(folder / "no/a.csv", IfExists::refuse); }), ErrorKind::output);
    EXPECT_EQ(kind_of([&] { OutputFile(folder.path(), IfExists::overwrite); }), ErrorKind::usage);
}

TEST(OutputFile, NeverPutsAFileInThePlaceOfADeviceOrPipe) {
    const TemporaryFolder folder;
    const auto pipe = folder / "pipe";
    ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
    for (const auto& path : {pipe, std::filesystem::path("/dev/null"), std::filesystem::path("/dev/stdout")})
        EXPECT_EQ(kind_of([&] { check_output_path(path, IfExists::overwrite); }), ErrorKind::usage) << path;
    EXPECT_TRUE(std::filesystem::is_fifo(pipe));
}

TEST(OutputFile, CompressesByEndingAndReadsBack) {
    const TemporaryFolder folder;
    std::string text;
    for (int i = 0; i < 100000; ++i) text += "line " + std::to_string(i) + "\n";
    write_file(folder / "a.tsv.gz", text, IfExists::refuse);
    EXPECT_LT(std::filesystem::file_size(folder / "a.tsv.gz"), text.size() / 3);
    EXPECT_EQ(read_text_file(folder / "a.tsv.gz"), text);
}

TEST(OutputFile, AFullDiskIsAnOutputError) {
    if (!std::filesystem::exists("/dev/full")) GTEST_SKIP() << "this system has no /dev/full";
    const TemporaryFolder folder;
    std::filesystem::create_symlink("/dev/full", folder / "a.csv.part");
    EXPECT_EQ(kind_of([&] {
                  OutputFile out(folder / "a.csv", IfExists::refuse);
                  out.write("one\n");
                  out.commit();
              }),
              ErrorKind::output);
    EXPECT_FALSE(std::filesystem::exists(folder / "a.csv"));
}

}  // namespace
}  // namespace keyway

/// Text input: line ends, marks, gzip, and damage that must not pass for an end of file.
#include "keyway/core/text_input.hpp"

#include "support/temporary_folder.hpp"

#include "keyway/core/error.hpp"
#include "keyway/core/output_file.hpp"

#include <gtest/gtest.h>
#include <zlib.h>

namespace keyway {
namespace {

using testing::read_bytes;
using testing::TemporaryFolder;

std::vector<std::string> lines_of(TextInput input) {
    std::vector<std::string> lines;
    for (std::string line; input.next_line(line);) lines.push_back(line);
    return lines;
}

TEST(TextInput, ReadsEveryKindOfLineEndAndDropsTheByteOrderMark) {
    const std::vector<std::string> expected{"a", "b", "", "c"};
    const TemporaryFolder folder;
    for (const std::string text : {"a\nb\n\nc\n", "a\r\nb\r\n\r\nc", "a\rb\r\rc\r",
                                   "\xEF\xBB\xBF"
                                   "a\nb\n\nc"})
        EXPECT_EQ(lines_of(TextInput(folder.write("x", text))), expected) << text;
    EXPECT_TRUE(lines_of(TextInput(folder.write("empty", ""))).empty());
}

TEST(TextInput, CutsOverlongLinesAndGoesOnWithTheNext) {
    auto input = TextInput::from_string(std::string(50, 'x') + "\nnext\n", "test");
    input.max_line_bytes = 10;
    std::string line;
    ASSERT_TRUE(input.next_line(line));
    EXPECT_EQ(line, std::string(10, 'x'));
    EXPECT_TRUE(input.line_was_cut());
    ASSERT_TRUE(input.next_line(line));
    EXPECT_EQ(line, "next");
    EXPECT_FALSE(input.line_was_cut());
    EXPECT_EQ(input.line_number(), 2u);
}

TEST(TextInput, ATruncatedOrDamagedGzipFileIsAnErrorAtEveryCut) {
    const TemporaryFolder folder;
    std::string text;
    for (int i = 0; i < 3000; ++i) text += std::to_string(i * 7919 % 10007) + "\n";
    write_file(folder / "whole.gz", text, IfExists::refuse);
    const std::string whole = read_bytes(folder / "whole.gz");
    EXPECT_EQ(lines_of(TextInput(folder / "whole.gz")).size(), 3000u);
    for (const std::size_t keep :
         {whole.size() - 1, whole.size() - 4, whole.size() - 8, whole.size() / 2, std::size_t{30}})
        EXPECT_THROW(lines_of(TextInput(folder.write("cut.gz", whole.substr(0, keep)))), Error) << keep;
    std::string damaged = whole;
    damaged[whole.size() / 2] ^= 0x10;
    EXPECT_THROW(lines_of(TextInput(folder.write("flip.gz", damaged))), Error);
}

TEST(TextInput, RefusesFoldersAndMissingFilesByName) {
    const TemporaryFolder folder;
    for (const auto& path : {folder.path(), folder / "missing"}) try {
            TextInput input(path);
            FAIL() << path;
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::input);
            EXPECT_NE(std::string(error.what()).find(path.string()), std::string::npos);
        }
}

TEST(ReadTextFile, RefusesFilesAboveTheLimit) {
    const TemporaryFolder folder;
    const auto path = folder.write("x", std::string(100, 'a'));
    EXPECT_EQ(read_text_file(path), std::string(100, 'a') + "\n");
    EXPECT_THROW(read_text_file(path, 50), Error);
}

TEST(ReadTextFile, NeverCutsALongLine) {
    const TemporaryFolder folder;
    const std::string line(3 << 20, 'a');
    EXPECT_EQ(read_text_file(folder.write("x", line + "\nb\n")), line + "\nb\n");
}

}  // namespace
}  // namespace keyway

/// Log lines, and texts that must not harm a terminal.
#include "terminal.hpp"

#include "support/temporary_folder.hpp"

#include "keyway/core/error.hpp"

#include <gtest/gtest.h>

namespace keyway::apps {
namespace {

TEST(Terminal, ShowsControlCharactersAsText) {
    EXPECT_EQ(printable("a\x1b[2Jb\x7f\r"), "a\\x1b[2Jb\\x7f\\x0d");
    EXPECT_EQ(printable("two\nlines\tand a tab"), "two\nlines\tand a tab");
    EXPECT_EQ(printable("\xc2\xb5M"), "\xc2\xb5M");
}

TEST(Terminal, DurationsReadLikeAClock) {
    EXPECT_EQ(readable_duration(0.04), "0.0 s");
    EXPECT_EQ(readable_duration(59), "59 s");
    EXPECT_EQ(readable_duration(130), "2:10 min");
    EXPECT_EQ(readable_duration(3723), "1:02:03 h");
    EXPECT_EQ(readable_duration(-1), "?");
}

TEST(Terminal, WritesEveryLevelToTheLogFile) {
    const testing::TemporaryFolder folder;
    TerminalOptions options;
    options.quiet = true;
    options.log_file = folder / "log";
    {
        Terminal terminal(options);
        terminal.log().debug("small print");
        terminal.log().warning("take \x1b[31mcare");
    }
    const std::string text = testing::read_bytes(folder / "log");
    EXPECT_NE(text.find("debug   small print\n"), std::string::npos) << text;
    EXPECT_NE(text.find("warning take \\x1b[31mcare\n"), std::string::npos) << text;
}

TEST(Terminal, RefusesALogFileThatCannotBeOpened) {
    TerminalOptions options;
    options.log_file = "/no/such/folder/log";
    EXPECT_THROW(Terminal{options}, Error);
}

TEST(Terminal, QuietSaysWarningsOnly) {
    TerminalOptions options;
    options.quiet = true;
    ::testing::internal::CaptureStderr();
    Terminal terminal(options);
    terminal.log().info("not this");
    terminal.log().warning("but this");
    EXPECT_EQ(::testing::internal::GetCapturedStderr(), "warning: but this\n");
}

TEST(Terminal, DrawsABarOnlyWhenAskedOrWatched) {
    TerminalOptions options;
    for (const auto mode : {ProgressMode::automatic, ProgressMode::always}) {
        options.progress = mode;
        ::testing::internal::CaptureStderr();
        {
            Terminal terminal(options);
            terminal.progress().start("screening", "ligands", 10);
            terminal.log().info("a line");
            terminal.progress().finish();
        }
        const std::string text = ::testing::internal::GetCapturedStderr();
        EXPECT_EQ(text.find('\r') != std::string::npos, mode == ProgressMode::always) << text;
        EXPECT_NE(text.find("a line\n"), std::string::npos);
    }
}

}  // namespace
}  // namespace keyway::apps

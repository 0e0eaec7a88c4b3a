/// F10, F11: full disks and failing system calls end with code 74, never with a bad file, and can be resumed.
#include "fault/long_screen.hpp"

#include <sys/mount.h>

#include <cstdlib>
#include <iostream>

namespace keyway::testing {
namespace {

struct Disk : LongScreen {};

TEST_F(Disk, AFullOneIsExitCode74AndTheSameCommandGoesOn) {
    if (mount("tmpfs", folder.c_str(), "tmpfs", 0, "size=64k") != 0)
        GTEST_SKIP() << "cannot mount a tmpfs here (needs root): full disks are NOT tested";
    int full = 0;
    std::string message;
    for (int kilobytes = 8; kilobytes <= 400; kilobytes += 8) {
        const std::string size = "size=" + std::to_string(kilobytes) + "k";
        EXPECT_EQ(mount("tmpfs", folder.c_str(), "tmpfs", MS_REMOUNT, size.c_str()), 0);
        const auto result = run_program(command({"-o", out.string(), "-q"}));
        if (result.code == 0) break;
        ++full;
        EXPECT_EQ(result.code, 74) << kilobytes << " kB: " << result.err;
        EXPECT_NE(result.err.find("make room"), std::string::npos) << result.err;
        expect_nothing_half_done();
    }
    EXPECT_GT(full, 5);
    EXPECT_EQ(mount("tmpfs", folder.c_str(), "tmpfs", MS_REMOUNT, "size=16m"), 0);
    if (!std::filesystem::exists(out)) EXPECT_EQ(run_program(command({"-o", out.string(), "-q"})).code, 0);
    expect_complete();
    std::cout << full << " full disks\n";
    umount(folder.c_str());
}

/// From one call that fails to the next that is tried; a prime, so that the sample does not keep step with
/// the chunks.
int stride() { return std::getenv("KEYWAY_FAULT_ALL") ? 1 : 11; }

/// One call after the other fails, until a run makes fewer calls than that. Only the thread that writes is
/// traced: the others talk to child processes.
TEST_F(Disk, EveryFailingCallLeavesNothingBadAndTheSameCommandGoesOn) {
    if (std::system("strace -o /dev/null true > /dev/null 2>&1") != 0)
        GTEST_SKIP() << "strace is missing or may not trace: failing system calls are NOT tested";
    std::string line;
    for (const auto& word : command({"-o", out.string(), "-q"})) line += " '" + word + "'";
    const std::string environment = "KEYWAY_NETWORK_LIBRARY=" KEYWAY_FAKE_NETWORK;
    int injected = 0, kind = 0;
    for (const auto& [call, error] : {std::pair<std::string, std::string>{"write", "ENOSPC"},
                                      {"write", "EDQUOT"},
                                      {"fsync", "EIO"},
                                      {"rename", "EIO"},
                                      {"close", "EIO"},
                                      {"mkdir", "ENOSPC"},
                                      {"openat", "ENOSPC"}}) {
        for (int n = stride() == 1 ? 1 : 1 + kind++ % stride(); n < 400; n += stride()) {
            clear();
            const auto trace = files.folder / "trace";
            const std::string shell = environment + " strace -qq -o " + trace.string() + " -e trace=" + call +
                                      " -e inject=" + call + ":error=" + error +
                                      ":when=" + std::to_string(n) + " " KEYWAY_PROGRAM + line + " 2> " +
                                      (files.folder / "err").string();
            const int status = std::system(shell.c_str());
            const int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
            const bool hit = read_bytes(trace).find("INJECTED") != std::string::npos;
            if (!hit) break;
            ++injected;
            const std::string place = call + " " + error + " at call " + std::to_string(n) + ": code " +
                                      std::to_string(code) + ", " + read_bytes(files.folder / "err");
            EXPECT_LT(code, 128) << place;
            expect_nothing_half_done();
            if (call == "write" || call == "fsync" || call == "rename")
                EXPECT_TRUE(code == 74 || code == 0) << place;
            if (code == 0) {
                EXPECT_TRUE(read_bytes(out) == golden) << place;
                continue;
            }
            const auto rest = run_program(command({"-o", out.string(), "-q"}));
            EXPECT_TRUE(rest.code == 0 || (rest.code == 2 && std::filesystem::exists(out)))
                << place << rest.err;
            EXPECT_TRUE(read_bytes(out) == golden) << place;
            ASSERT_FALSE(HasFailure()) << place;
        }
    }
    std::cout << injected << " failing calls"
              << (stride() == 1 ? "" : ", every 11th of all; KEYWAY_FAULT_ALL=1 tries each") << "\n";
    EXPECT_GT(injected, 100 / stride());
}

}  // namespace
}  // namespace keyway::testing

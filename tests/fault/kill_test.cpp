/// F01, F03: killed at random moments, a run gives the bytes of an undisturbed one.
#include "fault/long_screen.hpp"

#include <chrono>
#include <iostream>
#include <random>

namespace keyway::testing {
namespace {

constexpr int kKills = 200;

/// The same seed each time; what it hits still depends on the machine's load.
struct Killed : LongScreen {
    std::mt19937 random{20260101};
    double seconds = 0.25;

    double uniform(double low, double high) {
        return std::uniform_real_distribution<double>(low, high)(random);
    }
    std::vector<std::string> some_command(std::vector<std::string> more) {
        const std::string threads = std::to_string(1 + random() % 3),
                          batch = std::to_string(1 + random() % 40);
        more.insert(more.end(), {"-q", "-b", batch});
        auto words = command(more);
        words[words.size() - more.size() - 1] = threads;
        return words;
    }
    static RunningProgram::Streams slowly() {
        RunningProgram::Streams streams;
        streams.environment["KEYWAY_FAKE_MICROSECONDS"] = "300";
        return streams;
    }
    /// True if the signal came in time.
    bool run_and_signal(const std::vector<std::string>& words, int signal) {
        const auto start = std::chrono::steady_clock::now();
        RunningProgram program(words, slowly());
        std::this_thread::sleep_for(std::chrono::duration<double>(uniform(0, seconds)));
        program.signal(signal);
        const auto result = program.wait();
        if (result.code == 0)
            seconds = 0.9 * seconds +
                      0.1 * std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
        else if (result.code == 2)  // the last one was killed between its last step and its exit
            return false;
        else
            EXPECT_TRUE(result.code == 128 + signal || result.code == 75) << result.code << result.err;
        return result.code != 0;
    }
};

TEST_F(Killed, TwoHundredTimesAtRandomItGivesTheSameBytes) {
    int kills = 0, tables = 0;
    while (kills < kKills) {
        const int most = 1 + static_cast<int>(random() % 5);
        bool done = false;
        for (int i = 0; i < most && !done; ++i) {
            done = !run_and_signal(some_command({"-o", out.string()}), SIGKILL);
            kills += done ? 0 : 1;
            expect_nothing_half_done();
        }
        if (!done) {
            const auto rest = run_program(some_command({"-o", out.string()}));
            // Killed between its last step and its exit: everything is there already.
            if (rest.code != 2) ASSERT_EQ(rest.code, 0) << rest.err;
        }
        expect_complete();
        if (HasFailure()) FAIL() << "after " << kills << " kills";
        clear();
        ++tables;
    }
    std::cout << kills << " kills, " << tables << " tables, all equal\n";
}

TEST_F(Killed, ShardsKilledAtRandomMergeToTheSameBytes) {
    const auto parts = files.folder / "run";
    int kills = 0;
    for (int i = 0; i < 30; ++i) {
        const int count = 1 + static_cast<int>(random() % 5), number = 1 + static_cast<int>(random() % count);
        const auto shard = std::to_string(number) + "/" + std::to_string(count);
        kills +=
            run_and_signal(some_command({"--work-dir", parts.string(), "--shard", shard}), SIGKILL) ? 1 : 0;
    }
    ASSERT_EQ(run_program(command({"-q", "--work-dir", parts.string(), "--shard", "1/1"})).code, 0);
    ASSERT_EQ(run_program({"merge", parts.string(), "-o", out.string()}).code, 0);
    EXPECT_TRUE(read_bytes(out) == golden) << kills;
}

TEST_F(Killed, ASignalThatAsksEndsItSoonAndSafely) {
    for (int i = 0; i < 12; ++i) {
        run_and_signal(some_command({"-o", out.string()}), i % 2 == 0 ? SIGTERM : SIGINT);
        expect_nothing_half_done();
        const auto rest = run_program(some_command({"-o", out.string()}));
        if (rest.code != 2) ASSERT_EQ(rest.code, 0) << rest.err;
        expect_complete();
        clear();
    }
}

}  // namespace
}  // namespace keyway::testing

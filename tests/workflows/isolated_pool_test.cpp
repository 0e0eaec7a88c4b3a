/// Real crashes, hangs and floods of memory in child processes: they cost their own request and nothing else.
#include "workflows/isolated_pool.hpp"

#include "keyway/core/error.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <memory>
#include <stdexcept>
#include <thread>

namespace keyway::workflows {
namespace {

using ::testing::HasSubstr;
using Kind = IsolatedAnswer::Kind;

/// What the worker does is in the request.
std::string obey(std::string_view request) {
    if (request == "crash") raise(SIGSEGV);
    if (request == "abort") std::abort();
    if (request == "leave") _exit(3);
    if (request == "throw") throw std::runtime_error("no such molecule");
    if (request == "spin")
        for (static std::atomic<unsigned> turns;;) ++turns;
    if (request == "sleep") pause();
    if (request == "eat") {  // takes what it uses, which costs processor time
        std::vector<std::string> held;
        for (;;) held.emplace_back(1 << 20, 'x');
    }
    if (request == "claim") {  // takes what it never uses, which costs none
        std::vector<std::unique_ptr<char[]>> held;
        for (;;) held.push_back(std::make_unique_for_overwrite<char[]>(1 << 20));
    }
    if (request == "talk") {
        write(STDOUT_FILENO, "noise\n", 6);
        write(STDERR_FILENO, "noise\n", 6);
    }
    if (request == "files") {
        int open_files = 0;
        for (int number = 0; number < 256; ++number) open_files += fcntl(number, F_GETFD) >= 0 ? 1 : 0;
        return std::to_string(open_files);
    }
    if (request == "big") return std::string(3 << 20, 'b');
    return "<" + std::string(request) + ">";
}

struct IsolatedPoolTest : ::testing::Test {
    IsolatedPool pool{obey};
    RecordGuard guard{Isolation::process, 0.1, 64};

    std::vector<IsolatedAnswer> run(const std::vector<std::string>& requests) {
        return pool.run(requests, guard);
    }
    /// "<a>" for good answers, the kind in letters for others.
    std::vector<std::string> texts(const std::vector<std::string>& requests) {
        std::vector<std::string> out;
        for (const auto& answer : run(requests))
            out.push_back(answer.kind == Kind::answered    ? answer.text
                          : answer.kind == Kind::crashed   ? "crashed"
                          : answer.kind == Kind::timed_out ? "timed out"
                                                           : "out of memory");
        return out;
    }
};

TEST_F(IsolatedPoolTest, AnswersInOrder) {
    std::vector<std::string> requests, expected;
    for (int i = 0; i < 2000; ++i) {
        requests.push_back(std::to_string(i));
        expected.push_back("<" + std::to_string(i) + ">");
    }
    EXPECT_EQ(texts(requests), expected);
    EXPECT_TRUE(run({}).empty());
}

TEST_F(IsolatedPoolTest, CarriesLargeRequestsAndAnswers) {
    const std::string large(5 << 20, 'q');
    const auto answers = run({large, "big", large});
    EXPECT_EQ(answers[0].text.size(), large.size() + 2);
    EXPECT_EQ(answers[1].text.size(), std::size_t{3 << 20});
    EXPECT_EQ(answers[2].text, answers[0].text);
}

TEST_F(IsolatedPoolTest, ACrashCostsItsOwnRequest) {
    const std::vector<std::string> expected{"<a>", "crashed", "<b>", "crashed", "crashed", "crashed", "<c>"};
    EXPECT_EQ(texts({"a", "crash", "b", "abort", "leave", "throw", "c"}), expected);
}

/// Answers travel in groups of 1, 2, 4, ... 16: those of a group that a death takes along are given again.
TEST_F(IsolatedPoolTest, ADeathAnywhereInAGroupCostsItsOwnRequest) {
    for (const int place : {0, 1, 6, 13, 44}) {
        for (const std::string death : {"crash", "spin"}) {
            std::vector<std::string> requests, expected;
            for (int i = 0; i < 60; ++i) {
                const bool dies = i == place || i == 45;
                requests.push_back(dies ? death : std::to_string(i));
                expected.push_back(!dies             ? "<" + requests.back() + ">"
                                   : death == "spin" ? "timed out"
                                                     : "crashed");
            }
            EXPECT_EQ(texts(requests), expected) << death << " at " << place;
        }
    }
}

TEST_F(IsolatedPoolTest, SaysWhatHappened) {
    EXPECT_THAT(run({"crash"})[0].text, HasSubstr("signal 11"));
    EXPECT_THAT(run({"leave"})[0].text, HasSubstr("code 3"));
    EXPECT_THAT(run({"throw"})[0].text, HasSubstr("no such molecule"));
    EXPECT_THAT(run({"spin"})[0].text, HasSubstr("more than 0.1 s"));
    EXPECT_THAT(run({"claim"})[0].text, HasSubstr("more than 64 MB"));
}

TEST_F(IsolatedPoolTest, AHangCostsItsOwnRequest) {
    const std::vector<std::string> expected{"<a>", "timed out", "<b>", "timed out", "<c>"};
    EXPECT_EQ(texts({"a", "spin", "b", "sleep", "c"}), expected);
}

TEST_F(IsolatedPoolTest, AWorkerThatIsKeptFromComputingIsNotTakenForStuck) {
    run({"a"});
    const pid_t worker = pool.idle_workers().at(0);
    kill(worker, SIGSTOP);
    const std::jthread waker([worker] {
        std::this_thread::sleep_for(std::chrono::milliseconds(1500));  // a sleeper is given up after 1 s
        kill(worker, SIGCONT);
    });
    EXPECT_EQ(texts({"b"}), std::vector<std::string>{"<b>"});
    EXPECT_EQ(pool.idle_workers(), std::vector<pid_t>{worker});
}

TEST_F(IsolatedPoolTest, AFloodOfMemoryCostsItsOwnRequest) {
    guard.max_seconds = 20;  // filling 64 MB may take long on a busy machine
    const std::vector<std::string> expected{"<a>", "out of memory", "<b>"};
    EXPECT_EQ(texts({"a", "eat", "b"}), expected);
}

TEST_F(IsolatedPoolTest, WorkersHoldNoFileOfTheParentAndSayNothing) {
    ::testing::internal::CaptureStdout();
    ::testing::internal::CaptureStderr();
    EXPECT_EQ(texts({"talk", "files"}), (std::vector<std::string>{"<talk>", "4"}));
    EXPECT_EQ(::testing::internal::GetCapturedStdout(), "");
    EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
}

TEST_F(IsolatedPoolTest, WorkersIgnoreCtrlC) {
    run({"a"});
    const auto before = pool.idle_workers();
    ASSERT_EQ(before.size(), 1u);
    kill(before[0], SIGINT);
    kill(before[0], SIGTERM);
    EXPECT_EQ(texts({"b"}), std::vector<std::string>{"<b>"});
    EXPECT_EQ(pool.idle_workers(), before);
}

TEST_F(IsolatedPoolTest, WorkersKilledFromOutsideAtAnyMomentAreReplaced) {
    std::vector<std::string> requests, expected;
    for (int i = 0; i < 20000; ++i) {
        requests.push_back(std::to_string(i));
        expected.push_back("<" + std::to_string(i) + ">");
    }
    for (int round = 0; round < 20; ++round) {
        for (const pid_t pid : pool.idle_workers()) {
            std::jthread killer([pid, round] {
                std::this_thread::sleep_for(std::chrono::microseconds(500 * round));
                kill(pid, SIGKILL);
            });
            EXPECT_EQ(texts(requests), expected);
        }
        run({"a"});
    }
}

TEST_F(IsolatedPoolTest, EveryThreadHasItsOwnWorker) {
    std::vector<std::vector<std::string>> found(6);
    {
        std::vector<std::jthread> threads;
        for (auto& out : found)
            threads.emplace_back([&] { out = texts({"a", "crash", "b", "claim", "spin", "c"}); });
    }
    const std::vector<std::string> expected{"<a>", "crashed", "<b>", "out of memory", "timed out", "<c>"};
    for (const auto& out : found) EXPECT_EQ(out, expected);
}

TEST_F(IsolatedPoolTest, AKilledServerIsReplaced) {
    run({"a"});
    const pid_t worker = pool.idle_workers().at(0);
    // The worker's parent is the server.
    std::FILE* file = std::fopen(("/proc/" + std::to_string(worker) + "/stat").c_str(), "r");
    ASSERT_NE(file, nullptr);
    int server = 0;
    ASSERT_EQ(std::fscanf(file, "%*d (%*[^)]) %*c %d", &server), 1);
    std::fclose(file);
    ASSERT_GT(server, 1);
    kill(server, SIGKILL);
    EXPECT_EQ(texts({"b", "crash", "c"}), (std::vector<std::string>{"<b>", "crashed", "<c>"}));
}

TEST_F(IsolatedPoolTest, NothingOutlivesThePool) {
    std::vector<pid_t> workers;
    {
        IsolatedPool other(obey);
        other.run(std::vector<std::string>{"a"}, guard);
        workers = other.idle_workers();
    }
    ASSERT_EQ(workers.size(), 1u);
    const auto runs = [&] {  // a zombie that nobody has collected yet does not count
        char state = 'X';
        if (std::FILE* file = std::fopen(("/proc/" + std::to_string(workers[0]) + "/stat").c_str(), "r")) {
            if (std::fscanf(file, "%*d (%*[^)]) %c", &state) != 1) state = 'X';
            std::fclose(file);
        }
        return state != 'X' && state != 'Z';
    };
    for (int i = 0; i < 500 && runs(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
    EXPECT_FALSE(runs());
}

TEST(RecordGuard, RefusesImpossibleLimits) {
    EXPECT_NO_THROW(RecordGuard().check());
    EXPECT_THROW((RecordGuard{Isolation::process, 0, 2048}.check()), Error);
    EXPECT_THROW((RecordGuard{Isolation::process, 20, 1}.check()), Error);
}

}  // namespace
}  // namespace keyway::workflows

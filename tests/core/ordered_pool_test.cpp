/// The ordered parallel map keeps order, bounds what is in flight, and passes errors on.
#include "keyway/core/ordered_pool.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <stdexcept>

namespace keyway {
namespace {

std::vector<int> squares(int count, std::size_t threads, std::size_t window, int* most_in_flight = nullptr) {
    int given = 0;
    std::atomic<int> in_flight{0}, most{0};
    std::vector<int> out;
    ordered_map<int, int>(
        threads, window,
        [&]() -> std::optional<int> {
            if (given == count) return std::nullopt;
            most = std::max(most.load(), ++in_flight);
            return given++;
        },
        [](int&& x, std::size_t) {
            if (x % 7 == 0)
                std::this_thread::sleep_for(std::chrono::microseconds(200));  // finish out of order
            return x * x;
        },
        [&](int&& y) {
            --in_flight;
            out.push_back(y);
            return true;
        });
    if (most_in_flight) *most_in_flight = most;
    return out;
}

TEST(OrderedMap, ResultsComeInInputOrderForAnyNumberOfThreads) {
    std::vector<int> expected;
    for (int i = 0; i < 500; ++i) expected.push_back(i * i);
    for (const std::size_t threads : {1, 2, 5}) EXPECT_EQ(squares(500, threads, 8), expected) << threads;
    EXPECT_TRUE(squares(0, 3, 4).empty());
}

TEST(OrderedMap, NoMoreThanTheWindowIsInFlight) {
    int most = 0;
    squares(300, 4, 5, &most);
    EXPECT_LE(most, 6);  // the window, plus the one being handed out
}

TEST(OrderedMap, AnErrorOfEachStageReachesTheCaller) {
    for (const int stage : {0, 1, 2}) {
        int given = 0;
        const auto run = [&] {
            ordered_map<int, int>(
                3, 4,
                [&]() -> std::optional<int> {
                    if (stage == 0 && given == 10) throw std::runtime_error("next");
                    return given < 100 ? std::optional(given++) : std::nullopt;
                },
                [&](int&& x, std::size_t) {
                    if (stage == 1 && x == 20) throw std::runtime_error("work");
                    return x;
                },
                [&](int&& x) {
                    if (stage == 2 && x == 30) throw std::runtime_error("consume");
                    return true;
                });
        };
        EXPECT_THROW(run(), std::runtime_error) << "stage " << stage;
    }
}

TEST(OrderedMap, StopsEarlyWhenTheConsumerSaysSo) {
    int given = 0, seen = 0;
    ordered_map<int, int>(
        2, 4, [&]() -> std::optional<int> { return given++; }, [](int&& x, std::size_t) { return x; },
        [&](int&&) { return ++seen < 5; });
    EXPECT_EQ(seen, 5);
}

}  // namespace
}  // namespace keyway

/// Random numbers are fixed by the seed, have the right moments, and continue after a restore.
#include "keyway/core/random.hpp"

#include "keyway/core/error.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

namespace keyway {
namespace {

TEST(Random, TheSeedFixesTheSequence) {
    // 10000th output of the standard's mt19937_64 with its default seed (ISO C++ [rand.predef]).
    Random random(5489);
    std::uint64_t last = 0;
    for (int i = 0; i < 10000; ++i) last = random.below(0xFFFFFFFFFFFFFFFFull);
    EXPECT_EQ(last, 9981545732273789042ull);
}

TEST(Random, UniformAndNormalHaveTheirMoments) {
    Random random(7);
    const int n = 200000;
    double sum = 0, squares = 0, uniform = 0;
    for (int i = 0; i < n; ++i) {
        const double x = random.normal();
        sum += x;
        squares += x * x;
        uniform += random.uniform();
    }
    EXPECT_NEAR(sum / n, 0.0, 0.01);
    EXPECT_NEAR(squares / n, 1.0, 0.01);
    EXPECT_NEAR(uniform / n, 0.5, 0.005);
}

TEST(Random, BelowReachesEveryValueEvenly) {
    Random random(3);
    std::vector<int> counts(6);
    for (int i = 0; i < 60000; ++i) ++counts[random.below(6)];
    for (const int count : counts) EXPECT_NEAR(count, 10000, 500);
}

TEST(Random, ContinuesWithTheSameNumbersAfterRestore) {
    Random first(11), second(12);
    first.normal();
    second.restore(first.state());
    for (int i = 0; i < 100; ++i) EXPECT_EQ(first.uniform(), second.uniform());
    EXPECT_THROW(second.restore("not a state"), Error);
}

TEST(Random, ShuffleKeepsEveryItem) {
    std::vector<int> items(100);
    std::iota(items.begin(), items.end(), 0);
    auto shuffled = items;
    Random(5).shuffle(shuffled);
    EXPECT_NE(shuffled, items);
    std::sort(shuffled.begin(), shuffled.end());
    EXPECT_EQ(shuffled, items);
}

}  // namespace
}  // namespace keyway
